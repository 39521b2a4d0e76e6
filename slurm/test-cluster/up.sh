#!/usr/bin/env bash
# A private SLURM cluster of virtual nodes on this one host, for tests: no systemd, no cgroups, no database, nothing outside STATE.
#   slurm/test-cluster/up.sh STATE [NODES]      then: export SLURM_CONF=STATE/slurm.conf;  STATE must not be on a path that others may write to
# Needs root, slurm-wlm, munge. AESWEEP_SLURM_CPUS: CPUs that each node pretends to have (2). Exit status 3: this host cannot do it, with a reason.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -ge 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
state=$(cd "$1" && pwd)
nodes=${2:-2}
cpus=${AESWEEP_SLURM_CPUS:-2}
PATH=$PATH:/usr/sbin

cannot() { echo "up.sh: $*" >&2; exit 3; }
[ "$(id -u)" = 0 ] || cannot "needs root"
for command in munged mungekey slurmctld slurmd sinfo; do
  command -v "$command" >/dev/null || cannot "no $command (packages slurm-wlm and munge)"
done
# Without a hostname and a /dev/shm of its own for each node, Open MPI takes two nodes for one and crashes in its shared-memory transport.
unshare --uts --mount true 2>/dev/null || cannot "this host allows no namespaces (unshare)"
[ ! -e "$state/slurm.conf" ] || { echo "up.sh: $state has a cluster already: down.sh first" >&2; exit 1; }

mkdir -p "$state"/{munge,socket,controller,spool,log,pmix}
chmod 755 "$state" "$state/socket"
chmod 700 "$state/munge"
mungekey --create --keyfile="$state/munge/key" --bits=1024
munged --force --key-file="$state/munge/key" --socket="$state/socket/munge.socket" --pid-file="$state/munge/munged.pid" \
  --log-file="$state/munge/munged.log" --seed-file="$state/munge/seed" --num-threads=2 </dev/null >"$state/log/munged.out" 2>&1

# A block of ports that nobody listens on.
port=0
for _ in $(seq 50); do
  port=$((20000 + RANDOM % 1200 * 10))
  taken=no
  for offset in $(seq 0 "$nodes"); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$((port + offset))") 2>/dev/null; then taken=yes; fi
  done
  [ "$taken" = yes ] || break
done

host=$(hostname -s)
memory=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 1024 / 2))
echo "PMIxCliTmpDirBase=$state/pmix" >"$state/mpi.conf"
{
  cat <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$state/socket/munge.socket
StateSaveLocation=$state/controller
SlurmdSpoolDir=$state/spool/%n
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.%n.pid
SlurmctldLogFile=$state/log/slurmctld.log
SlurmdLogFile=$state/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=2,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=30
InactiveLimit=0
MinJobAge=300
KillWait=10
OverTimeLimit=0
JobRequeue=1
MailProg=/bin/true
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
CONF
  for i in $(seq "$nodes"); do
    echo "NodeName=n$i NodeHostname=n$i NodeAddr=127.0.0.1 Port=$((port + i)) CPUs=$cpus RealMemory=$memory State=UNKNOWN"
  done
  echo "PartitionName=main Nodes=$(seq -s, -f 'n%g' "$nodes") Default=YES MaxTime=INFINITE DefaultTime=10 State=UP"
} >"$state/slurm.conf"

export SLURM_CONF=$state/slurm.conf
slurmctld -f "$SLURM_CONF" </dev/null >"$state/log/slurmctld.out" 2>&1
for i in $(seq "$nodes"); do "$here/node.sh" "$state" "n$i"; done
for _ in $(seq 150); do
  [ "$(timeout 5 sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" != "$nodes" ] || { echo "export SLURM_CONF=$SLURM_CONF"; exit 0; }
  sleep 0.1
done
echo "up.sh: the nodes did not come up; see $state/log" >&2
tail -n 5 "$state"/log/*.log >&2
exit 1
