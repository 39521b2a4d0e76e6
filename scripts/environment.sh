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

# need_analysis SCRIPT: ends the script where Python packages of the analysis are missing, with a line that says which and how to get them.
need_analysis() {
  local package absent=
  "$python" -c 'import h5netcdf, h5py, matplotlib, numpy, scipy, xarray' 2>/dev/null && return
  for package in h5netcdf h5py matplotlib numpy scipy xarray; do
    "$python" -c "import $package" 2>/dev/null || absent+=" $package"
  done
  echo "$1: $python has no$absent: run scripts/install-dependencies.sh" >&2
  exit 1
}
