#!/bin/bash
#SBATCH --job-name=aesweep-replicate
#SBATCH --nodes=1
#SBATCH --exclusive
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append
# The full replication on one node, from the project's folder:  sbatch -p PARTITION slurm/replicate.sh
# Each sweep ends in time and the job requeues itself until the report is written. For one job a sweep instead: scripts/replicate.sh --full --submit
set -u
cd "${SLURM_SUBMIT_DIR:-.}" || exit 1
child=
trap 'if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null; fi' USR1 TERM # the sweep that runs keeps what it has (aesweep run --time-limit does so too)
SLURM_NTASKS=${SLURM_NTASKS:-$SLURM_CPUS_ON_NODE} scripts/replicate.sh --full "$@" &
child=$!
wait "$child"
status=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
if [ "$status" = 75 ] && scontrol requeue "$SLURM_JOB_ID"; then
  trap - USR1 TERM # SLURM ends this shell
  sleep infinity
fi
exit "$status"
