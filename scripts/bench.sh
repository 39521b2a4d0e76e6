#!/usr/bin/env bash
# Builds the program and its benchmarks (build/bench) and prints one table: what would be used instead over what it takes here (docs/performance.md).
#   scripts/bench.sh                          everything, about half an hour on an idle machine; 1 if a target is missed
#   scripts/bench.sh --quick                  fewer sizes, rounds and steps: some minutes
#   scripts/bench.sh --only kernels --levels x86-64-v3
#   scripts/bench.sh --write docs/performance.md   everything, and puts it into that file
# All options are those of bench/compare.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/environment.sh
case "${1:-}" in
  -h|--help) sed -n '2,7s/^# \{0,1\}//p' "$0"; "$python" -B bench/compare.py --help | sed -n '/^options/,$p'; exit 0 ;;
esac
scripts/install-dependencies.sh --bench >&2
echo "bench: building" >&2
build bench aesweep bench_kernels
exec "$python" -B bench/compare.py build/bench "$@"
