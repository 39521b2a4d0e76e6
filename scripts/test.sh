#!/usr/bin/env bash
# All tests: release build, unit, physics, command line, MPI on 1 to 4 ranks, SLURM, analysis, and the package as a user would build against it.
#   scripts/test.sh            at most 20 minutes on two cores from a clean checkout
#   scripts/test.sh --full     also with sanitizers (preset debug) and with assertions (preset audit), the kernels for
#                              another architecture (scripts/check-aarch64.sh), and what takes long
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
full=no
case "${1:-}" in
  "") ;;
  --full) full=yes ;;
  -h|--help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "test: unknown option $1 (allowed: --full)" >&2; exit 2 ;;
esac
scripts/install-dependencies.sh
. scripts/environment.sh

# The SLURM tests start a real SLURM of virtual nodes, as root; what takes minutes there and in the torture is left to --full.
without=(-LE slurm-long)
if [ "$full" = yes ]; then
  export AESWEEP_FULL=1
  scripts/install-dependencies.sh --bench || echo "test: what the benchmarks compare with is not all there; what is missing is left out"
  without=()
fi
if [ "$(id -u)" != 0 ] || ! unshare --uts --mount true 2>/dev/null || ! scripts/install-dependencies.sh --slurm; then
  echo "test: the SLURM tests are SKIPPED: they need root, the packages slurm-wlm and munge, and a host that allows namespaces (unshare)"
  without=(-LE slurm)
fi
if ! scripts/install-dependencies.sh --browser; then
  echo "test: the replication report is NOT LOOKED AT in a browser: it needs the package chromium"
fi

# run_tests PRESET JOBS [ctest options...]
run_tests() {
  local preset=$1 jobs=$2
  shift 2
  echo "test: building preset $preset"
  build "$preset"
  ctest --test-dir "build/$preset" --output-on-failure -j "$jobs" "$@"
}

# Tests of the program spend half their time waiting for MPI, files and signals. The other presets are near enough to the tests' time limits as it is.
run_tests release $((cores + 2)) ${without[@]+"${without[@]}"}
if [ "$full" = yes ]; then
  unset AESWEEP_FULL
  scripts/check-aarch64.sh
  run_tests audit "$cores" -LE slurm
  run_tests debug "$cores" -LE "physics|analysis|package|slurm"
fi
