#!/usr/bin/env bash
# Throughput of one run on two ranks over that of two one-rank runs side by side, each with half of the replicas: median and range of interleaved repetitions.
#   scripts/bench-ranks.sh [REPETITIONS]        default 5; needs the release build and two idle cores
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/environment.sh
case "${1:-5}" in *[!0-9]*) sed -n '2,3s/^# \{0,1\}//p' "$0"; exit 2 ;; esac
aesweep=$root/build/release/aesweep
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run OUTPUT SEED RANKS REPLICAS: 40 points of mixed cost
cat > "$work/bench.toml" <<TOML
[sweep]
name = "bench"
[data]
kind = "spiked"
spikes = [2.0, 1.0]
[training]
horizon = 10.0
[record]
count = 16
[[axis]]
key = "data.dimension"
values = [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]
[[axis]]
key = "model.hidden"
values = [1, 2, 4, 8]
TOML
run() { mpirun --bind-to none -n "$3" "$aesweep" run "$work/bench.toml" -q -o "$work/$1.h5" --set "sweep.seed=$2" --set "sweep.replicas=$4"; }
seconds() { local start=$EPOCHREALTIME; "$@"; awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'; }
together() { run together 1 2 4; }
apart() { run left 1 1 2 & run right 2 1 2 & wait; }

for repetition in $(seq "${1:-5}"); do
  rm -f "$work"/*.h5*
  echo "$(seconds apart) $(seconds together)"
done | "$python" -c '
import statistics, sys
ratios = []
for line in sys.stdin:
    apart, together = map(float, line.split())
    ratios.append(apart / together)
    print(f"two runs side by side {apart:.2f} s, one run on two ranks {together:.2f} s, ratio {ratios[-1]:.3f}", flush=True)
print(f"throughput of two ranks over two independent runs: median {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")'
