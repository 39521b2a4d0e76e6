#!/usr/bin/env bash
# Compiles the compute layers for aarch64 with Debian's cross compiler (package g++-aarch64-linux-gnu), warnings as errors. Nothing is linked or run: it shows
# that the kernels need no x86. Sources that use HDF5, OpenSSL or zlib are left out, as their headers belong to one architecture.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/environment.sh
compiler=aarch64-linux-gnu-g++
if ! command -v "$compiler" >/dev/null; then
  echo "check-aarch64: SKIPPED: there is no $compiler (Debian: g++-aarch64-linux-gnu)"
  exit 0
fi

# Headers of libraries that are the same for every architecture; behind the compiler's own, as /usr/include has this machine's C library as well.
flags=(-std=c++20 -O1 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Werror -Wno-psabi
       -DEIGEN_MAX_ALIGN_BYTES=32 -DEIGEN_DONT_PARALLELIZE -DEIGEN_MPL2_ONLY -DEIGEN_STACK_ALLOCATION_LIMIT=4194304
       -Iinclude -isystem /usr/include/eigen3 -idirafter /usr/include)
sources=()
for source in src/{gaussian,data,outcome,dynamics,sgd,deep,experiment}/*.cpp; do
  grep -qE '#include (<(hdf5|openssl/|zlib)|"(hdf5_input|image_file)\.hpp")' "$source" || sources+=("$source")
done
printf '%s\n' "${sources[@]}" | xargs -P "$cores" -I{} "$compiler" "${flags[@]}" -c {} -o /dev/null
echo "check-aarch64: ${#sources[@]} sources compiled"
