#!/usr/bin/env bash
# The pictures of docs/gallery.md and of README.md, drawn anew from the results of scripts/replicate.sh.
#   scripts/gallery.sh [RESULTS] [NAME...]     RESULTS: a folder of result files (default results/replication-quick); NAME: figures (default all)
# Example:   scripts/replicate.sh --quick && scripts/gallery.sh
# Exit status: 0 done, 2 wrong arguments, 3 some results are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "${1:-}" in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
results=${1:-results/replication-quick}
[ $# -eq 0 ] || shift
[ -d "$results" ] || { echo "gallery: no folder $results: run scripts/replicate.sh --quick first, or name another" >&2; exit 2; }
. scripts/environment.sh
need_analysis gallery
exec "$python" -m aesweep_analysis.gallery "$results" docs/images "$@"
