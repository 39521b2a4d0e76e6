#!/usr/bin/env bash
# All tests: release build, unit, physics, command line, MPI on 1 to 4 ranks, analysis, and the package as a user would build against it.
#   scripts/test.sh            at most 20 minutes on two cores from a clean checkout
#   scripts/test.sh --full     also with sanitizers (preset debug) and with assertions (preset audit), and what takes long
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
full=no
case "${1:-}" in
  "") ;;
  --full) full=yes ;;
  -h|--help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "test: unknown option $1 (allowed: --full)" >&2; exit 2 ;;
esac
scripts/install-dependencies.sh
. scripts/environment.sh

# run_tests PRESET [ctest options...]
run_tests() {
  local preset=$1
  shift
  echo "test: building preset $preset"
  build "$preset"
  ctest --test-dir "build/$preset" --output-on-failure -j "$cores" "$@"
}

run_tests release
if [ "$full" = yes ]; then
  run_tests audit
  run_tests debug -LE "physics|analysis|package"
fi
