#!/usr/bin/env bash
# A first phase diagram: installs what is missing, builds, runs sweeps/quickstart.toml on all cores, shows the result here and as a picture.
#   scripts/quickstart.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ $# -gt 0 ]; then
  sed -n '2,3s/^# \{0,1\}//p' "$0"
  case "$1" in -h|--help) exit 0 ;; *) echo "quickstart: no arguments are needed" >&2; exit 2 ;; esac
fi
scripts/install-dependencies.sh
. scripts/environment.sh

echo "quickstart: building (a few minutes the first time)"
build release aesweep
aesweep=build/release/aesweep
mkdir -p results
mpirun -n "$cores" "$aesweep" run sweeps/quickstart.toml -o results/quickstart.h5
echo
"$aesweep" show results/quickstart.h5 --engine sgd
"$python" -m aesweep_analysis results/quickstart.h5 --figure phase --engine sgd -o results/quickstart.png
cat <<TEXT

The picture with theory's lines:  results/quickstart.png
Try next:
  $aesweep show results/quickstart.h5 --engine ode --value excess --at activation=erf
  PYTHONPATH=analysis $python -m aesweep_analysis results/quickstart.h5 --figure trajectories --at activation=erf --at learning_rate=1 --at weight_decay=0.1 -o results/trajectories.png
  mpirun -n $cores $aesweep run sweeps/fashion-mnist.toml -o results/fashion-mnist.h5      # theory against SGD on real images
  $aesweep keys                                                                 # everything a sweep file can say
TEXT
