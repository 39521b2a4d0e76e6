#!/usr/bin/env bash
# Starts the slurmd of one virtual node, at first or after its death, in namespaces of its own.
#   slurm/test-cluster/node.sh STATE NODE
set -euo pipefail
state=$(cd "${1:?STATE}" && pwd)
node=${2:?NODE}
PATH=$PATH:/usr/sbin
mkdir -p "$state/spool/$node" "$state/pmix.$node"
# shellcheck disable=SC2016  # expanded by the inner shell
unshare --uts --mount sh -c '
  hostname "$2" && mount -t tmpfs none /dev/shm && mount --bind "$1/pmix.$2" "$1/pmix" && exec slurmd -f "$1/slurm.conf" -N "$2"' \
  sh "$state" "$node" </dev/null >>"$state/log/slurmd.$node.out" 2>&1 || { cat "$state/log/slurmd.$node.out" >&2; exit 1; }
