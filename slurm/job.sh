#!/bin/bash
@SBATCH@
# Runs a sweep in this allocation, stops in time, and requeues itself until the result file says that nothing is pending.
# Written by `aesweep submit`; it may also be submitted by hand, at any time:  sbatch @SCRIPT@
# The environment (modules, PATH) is the one that it is submitted from.
set -u
aesweep=@AESWEEP@
sweep=@SWEEP@
options=(@OPTIONS@)
file=@FILE@
launcher=(@LAUNCHER@)
parts=@PARTS@ # tasks of the job array that share the sweep, each with a file of its own; 0: this job runs all of it
script=@SCRIPT@

job=$SLURM_JOB_ID
mine=$file
part=()
if [ "$parts" -gt 0 ]; then
  job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID # the plain id of one of the tasks would mean all of them
  mine=${file%.h5}.part${SLURM_ARRAY_TASK_ID}of$parts.h5
  part=(--part "$SLURM_ARRAY_TASK_ID/$parts")
fi

say() { echo "$(date -u +%FT%TZ) job $job, start $((${SLURM_RESTART_COUNT:-0} + 1)): $*"; }
# pending FILE [--part I/N]: how many tasks the file lacks; nothing if there is no file that can be read.
pending() { "$aesweep" status --json "$@" 2>/dev/null | sed -n 's/^ *"pending_tasks": *\([0-9]*\).*/\1/p'; }
# results: how far this job's file is, in points of a refined sweep too.
results() { "$aesweep" status --json "$mine" 2>/dev/null | grep -E '"(done|diverged|failed|points)":'; }

# The last part to end puts all of them together; should two end at once, one of them is refused and waits for the other's file.
merge_parts() {
  local i files=()
  for i in $(seq "$parts"); do
    files+=("${file%.h5}.part${i}of$parts.h5")
    [ "$(pending "${files[-1]}" --part "$i/$parts")" = 0 ] || return 0
  done
  say "all $parts parts are complete: merging them into $file"
  if ! "$aesweep" merge "${files[@]}" -o "$file"; then
    while [ -e "$file.part" ]; do sleep 1; done
    [ -e "$file" ] || return 1
  fi
  local left
  left=$(pending "$file")
  [ "$left" = 0 ] && return
  say "$left tasks are pending in $file: failed rows are not merged. Go on with: aesweep run $sweep -o $file"
  return 3
}
# Whether this start has got on: there are more results (fewer tasks need not be pending: results may ask for further ones), or a long task has kept its state.
started=$(date +%s)
begun_with=$(results)
got_on() { [ "$(results)" != "$begun_with" ] || find "$mine.ckpt" -type f -newermt "@$started" 2>/dev/null | grep -q .; }

# SLURM's warnings reach this shell alone: USR1 some time before the limit, TERM at the limit, at preemption and from scancel. mpirun hands USR1 on to
# every rank, which then stop and leave a file that can be continued (TERM would kill them).
stopping=no
preempted=no
run=
stop() {
  # A job that was cancelled, or lost a node, is on its way out already: whether it comes back is SLURM's affair. One that was warned before stays warned.
  if [ "$stopping" = no ]; then
    stopping=requeue
    case $(timeout 10 squeue -h -j "$job" -o %T 2>/dev/null) in COMPLETING | CANCELLED) stopping=ended ;; esac
  fi
  if [ "$1" = TERM ]; then preempted=yes; fi
  if [ "$stopping" = ended ]; then say "$1: stopping, SLURM ends this job"; else say "$1: stopping, to go on later"; fi
  if [ -n "$run" ]; then kill -USR1 "$run" 2>/dev/null; fi
}
trap 'stop USR1' USR1
trap 'stop TERM' TERM

before=$(pending "$mine" ${part[@]+"${part[@]}"})
say "${before:-all} tasks pending in $mine; ${SLURM_NTASKS:-1} ranks on ${SLURM_JOB_NODELIST:-this host}"
status=0
if [ "$stopping" = no ] && [ "$before" != 0 ]; then
  "${launcher[@]}" "$aesweep" run "$sweep" -o "$mine" ${part[@]+"${part[@]}"} ${options[@]+"${options[@]}"} &
  run=$!
  if [ "$stopping" != no ]; then kill -USR1 "$run" 2>/dev/null; fi # it came in between
  wait "$run" # a signal ends this early
  status=$?
  while kill -0 "$run" 2>/dev/null; do
    wait "$run"
    status=$?
  done
fi
trap '' USR1 TERM

# The launcher's status says little (killed ranks, lost nodes): the file tells what was done.
after=$(pending "$mine" ${part[@]+"${part[@]}"})
say "the run ended with status $status; ${after:-all} tasks pending"
if [ "$after" = 0 ]; then
  if [ "$parts" -gt 0 ]; then merge_parts || exit $?; fi
  say "done"
  if "$aesweep" status --json "$mine" | grep -q '"failed": [1-9]'; then
    say "some points failed: messages in $mine.events.jsonl"
    exit 3
  fi
  exit 0
fi
if [ "$stopping" = ended ]; then exit 75; fi
# A start that got nothing done may have met a sick node, or a task that takes longer than a time limit; three in a row, or a sweep that aesweep refuses,
# are not worth another. Preemption is nobody's fault.
fruitless=$mine.fruitless
if got_on; then
  rm -f "$fruitless"
elif [ "$preempted" = no ]; then
  echo "$job" >>"$fruitless"
  if [ "$status" = 2 ] || [ "$(wc -l <"$fruitless")" -ge 3 ]; then
    rm -f "$fruitless"
    say "nothing got done: giving up (the reason stands above; if none does, a task takes longer than this job's time limit, or the one in [refine])"
    exit 1
  fi
fi
say "going on later"
if scontrol requeue "$job"; then
  # SLURM ends this shell: at once if it takes TERM. Ending by itself could get there first, and make a failed job of it.
  trap - USR1 TERM
  sleep infinity
fi
say "this job cannot be requeued: submitting another"
exec sbatch --parsable ${SLURM_ARRAY_TASK_ID:+--array="$SLURM_ARRAY_TASK_ID"} "$script"
