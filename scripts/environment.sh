# Sourced by the other scripts: where things are, and how mpirun behaves on a workstation.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cores=$(nproc)
# Debian's Python has Debian's packages; another python3 first on PATH may not.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
export PYTHONPATH="$root/analysis${PYTHONPATH:+:$PYTHONPATH}" MPLBACKEND=Agg
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi

# build PRESET [targets...]: configure and build, saying only what goes wrong.
build() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "build of preset $preset failed; whole log: $log" >&2
    return 1
  fi
  rm -f "$log"
}
