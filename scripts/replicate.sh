#!/usr/bin/env bash
# Replicates the papers: runs the sweeps behind every figure and claim, draws the figures, and writes a report with a verdict on each claim.
# The same command goes on where it was stopped, and runs nothing twice.
#   scripts/replicate.sh [--quick]             four replicas and more; under 15 minutes on two cores
#   scripts/replicate.sh --full                many replicas and longer horizons: some core-hours; slurm/replicate.sh for a node of a cluster
#   scripts/replicate.sh --full --submit ...   gives each sweep to SLURM by `aesweep submit`; what follows --submit goes there, e.g. -p compute -t 12:00:00
#   -o DIR     where results, pictures and replication.html go (default results/replication-quick or -full)
#   -n RANKS   MPI ranks (default: the allocation's tasks, or all cores)
#   --report   run nothing: draw and report what is there
# Example:   scripts/replicate.sh --quick && xdg-open results/replication-quick/replication.html
# AESWEEP names a program to run instead of building one.
# Exit status: 0 the report is complete, 1 error, 2 wrong arguments, 3 some sweeps, figures or claims are missing from it, 75 stopped early (run again).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wrong() { echo "replicate: $1" >&2; exit 2; }
depth=quick out='' ranks=${SLURM_NTASKS:-} submit=no run=yes
submission=()
while [ $# -gt 0 ]; do
  case "$1" in
    --quick | --full) depth=${1#--} ;;
    -o | -n) [ $# -gt 1 ] || wrong "$1 needs a value"; if [ "$1" = -o ]; then out=$2; else ranks=$2; fi; shift ;;
    --report) run=no ;;
    --submit) submit=yes; shift; submission=("$@"); break ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) wrong "unknown option $1 (allowed: --quick, --full, --submit, --report, -o, -n, --help)" ;;
  esac
  shift
done
case "${ranks:-1}" in *[!0-9]* | 0) wrong "-n $ranks: the number of ranks must be a whole number above 0" ;; esac
out=${out:-results/replication-$depth}
mkdir -p "$out" && [ -w "$out" ] || { echo "replicate: can't write to $out" >&2; exit 1; }

[ -n "${AESWEEP:-}" ] || [ "$run" = no ] || scripts/install-dependencies.sh
. scripts/environment.sh
need_analysis replicate
ranks=${ranks:-$cores}
aesweep=${AESWEEP:-build/release/aesweep}
if [ -z "${AESWEEP:-}" ] && [ "$run" = yes ]; then
  echo "replicate: building (a few minutes the first time)"
  build release aesweep
fi
[ "$run" = no ] || command -v "$aesweep" >/dev/null || { echo "replicate: AESWEEP names no program: $aesweep" >&2; exit 1; }

# mpirun hands USR1 on to the ranks, which end with a file that can be continued; INT and TERM would have it kill them, so that it has a session
# of its own, which a terminal's Ctrl-C does not reach.
stopped=no job=
stop() { stopped=yes; if [ -n "$job" ]; then kill -USR1 "$job" 2>/dev/null || true; fi; }
trap stop INT TERM HUP
# run_sweep FILE.toml RESULT [options...]: the program's exit status
run_sweep() {
  local status=0
  setsid mpirun -n "$ranks" "$aesweep" run "$1" -o "${@:2}" ${quiet[@]+"${quiet[@]}"} </dev/null &
  job=$!
  wait "$job" || status=$? # a signal ends this early
  while kill -0 "$job" 2>/dev/null; do status=0; wait "$job" || status=$?; done
  job=
  return "$status"
}
quiet=()
[ -t 1 ] || quiet=(--quiet)
missing=0 number=0 started=$SECONDS
if [ "$run" = yes ]; then
  plan=$("$python" -m aesweep_analysis.replication "--$depth" sweeps)
  total=$(wc -l <<<"$plan")
  while IFS=$'\t' read -r -u 3 path changes; do
    number=$((number + 1))
    stem=$(basename "$path" .toml)
    options=()
    IFS=$'\t' read -r -a changes <<<"$changes"
    for change in ${changes[@]+"${changes[@]}"}; do options+=(--set "$change"); done
    echo "replicate: [$number/$total] $stem ${changes[*]:-} ($((SECONDS - started)) s so far)"
    if [ "$submit" = yes ]; then
      "$aesweep" submit "$path" -o "$out/$stem.h5" ${options[@]+"${options[@]}"} ${submission[@]+"${submission[@]}"} || missing=$((missing + 1))
      continue
    fi
    status=0
    run_sweep "$path" "$out/$stem.h5" ${options[@]+"${options[@]}"} || status=$?
    if [ "$status" = 75 ] || [ "$stopped" = yes ]; then
      echo "replicate: stopped; the same command goes on from here"
      exit 75
    fi
    if [ "$status" != 0 ]; then
      echo "replicate: $stem ended with status $status" >&2
      missing=$((missing + 1))
    fi
  done 3<<<"$plan"
fi
if [ "$submit" = yes ]; then
  echo "replicate: when the jobs have ended:  scripts/replicate.sh --$depth --report -o $out"
  [ "$missing" = 0 ] && exit 0
  exit 1
fi
echo "replicate: drawing and writing the report ($((SECONDS - started)) s so far)"
status=0
"$python" -m aesweep_analysis.report "$out" --sweeps sweeps -o "$out/replication.html" || status=$?
echo "replicate: $out/replication.html, pictures in $out/figures, after $((SECONDS - started)) s"
if [ "$status" = 0 ] && [ "$missing" != 0 ]; then status=3; fi
exit "$status"
