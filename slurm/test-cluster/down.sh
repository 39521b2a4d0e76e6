#!/usr/bin/env bash
# Ends a cluster of up.sh: its jobs, then its daemons, each by its process id; the logs in STATE/log stay.
#   slurm/test-cluster/down.sh STATE
set -uo pipefail
state=$(cd "${1:?STATE}" && pwd) || exit 2
export SLURM_CONF=$state/slurm.conf
[ -e "$SLURM_CONF" ] || { echo "down.sh: no cluster in $state" >&2; exit 2; }

# A daemon that has ended may stay a zombie until process 1 reaps it, in a container for ever.
alive() {
  local fields
  fields=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) && [ -n "$fields" ] && [ "${fields%% *}" != Z ]
}
# end PIDFILE NAME: only if that process still is that daemon.
end() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  if [ -n "$pid" ] && alive "$pid" && grep -q "$2" "/proc/$pid/comm"; then
    kill -TERM "$pid"
    for _ in $(seq 100); do alive "$pid" || break; sleep 0.05; done
    if alive "$pid"; then kill -KILL "$pid"; fi
  fi
  rm -f "$1"
}

jobs=$(timeout 5 squeue -h -o %A 2>/dev/null | sort -u)
if [ -n "$jobs" ]; then
  # shellcheck disable=SC2086  # one word a job
  timeout 10 scancel -f -s KILL $jobs 2>/dev/null
  # shellcheck disable=SC2086
  timeout 10 scancel $jobs 2>/dev/null
  for _ in $(seq 75); do [ -n "$(timeout 5 squeue -h -o %A 2>/dev/null)" ] || break; sleep 0.2; done
fi
for file in "$state"/slurmd.*.pid; do end "$file" slurmd; done
end "$state/slurmctld.pid" slurmctld
end "$state/munge/munged.pid" munged
rm -f "$state/socket"/munge.socket* "$SLURM_CONF"
