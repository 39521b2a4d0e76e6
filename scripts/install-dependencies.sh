#!/usr/bin/env bash
# Installs what aesweep needs to build, test and draw, on Debian and Ubuntu; elsewhere says what is missing.
#   scripts/install-dependencies.sh            install (as root, or through sudo)
#   scripts/install-dependencies.sh --check    only say what is missing; exit 1 if anything is
#   scripts/install-dependencies.sh --slurm    also SLURM, for the tests on a cluster of virtual nodes
#   scripts/install-dependencies.sh --bench    also what the benchmarks compare with: Google Benchmark, PyTorch, and OpenBLAS for NumPy and PyTorch
#   scripts/install-dependencies.sh --browser  also Chromium, for the test that looks at the replication report
set -euo pipefail

build=(g++ cmake ninja-build pkg-config git openmpi-bin libopenmpi-dev libhdf5-openmpi-dev libeigen3-dev libboost-dev libtomlplusplus-dev
       librandom123-dev libcli11-dev libfmt-dev nlohmann-json3-dev libssl-dev zlib1g-dev)
test=(libgtest-dev hdf5-tools python3-pytest)
analysis=(python3 python3-numpy python3-h5py python3-h5netcdf python3-xarray python3-matplotlib python3-scipy)
data=(dataset-fashion-mnist)
slurm=(slurm-wlm munge)
bench=(libbenchmark-dev python3-torch libopenblas0-serial)
browser=(chromium)
packages=("${build[@]}" "${test[@]}" "${analysis[@]}" "${data[@]}")

case "${1:-}" in
  -h|--help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
  ""|--check) ;;
  --slurm) packages+=("${slurm[@]}") ;;
  --bench) packages+=("${bench[@]}") ;;
  --browser) packages+=("${browser[@]}") ;;
  *) echo "install-dependencies: unknown option $1 (allowed: --check, --slurm, --bench, --browser)" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  cat >&2 <<TEXT
install-dependencies: this is not Debian or Ubuntu. aesweep needs, by whatever means your system has (modules, spack, conda-forge):
  a C++20 compiler (g++ >= 12), CMake >= 3.25, Ninja, pkg-config
  an MPI (developed with Open MPI 4.1) and HDF5 >= 1.10.7 built with that MPI, with its high-level library
  Eigen 3.4, Boost >= 1.74 headers, toml++ 3, Random123, CLI11 2, fmt 9, nlohmann-json 3, OpenSSL, zlib
  for tests and figures: GoogleTest, h5dump, Python >= 3.11 with numpy, h5py, h5netcdf, xarray, matplotlib, scipy, pytest
  for sweeps/fashion-mnist.toml: the four IDX files of Fashion-MNIST
Commands not found here:$(for c in g++ cmake ninja pkg-config mpirun h5dump python3; do command -v "$c" >/dev/null || printf ' %s' "$c"; done)
TEXT
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "install-dependencies: everything is there"
  exit 0
fi
if [ "${1:-}" = --check ]; then
  echo "install-dependencies: missing: ${missing[*]}" >&2
  exit 1
fi

root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "install-dependencies: needs root or sudo for: apt-get install ${missing[*]}" >&2; exit 1; }
  root=(sudo)
fi
echo "install-dependencies: installing ${missing[*]}"
"${root[@]}" apt-get update -qq
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "install-dependencies: done"
