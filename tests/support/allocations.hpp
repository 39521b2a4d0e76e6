#pragma once
// Counts heap allocations of the whole program, Eigen's included. Include it in one source of a test program only: it replaces malloc.
#include <atomic>
#include <cstddef>
#ifdef __SANITIZE_ADDRESS__
// sanitizer/allocator_interface.h, which g++ does not install
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t), void (*on_free)(const volatile void*));
#else
#include <cerrno>
#endif

namespace aesweep::testing {
inline std::atomic<std::size_t> allocations{0};
}

#ifdef __SANITIZE_ADDRESS__
namespace {
const int hooks_installed =
    __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t) { ++aesweep::testing::allocations; }, [](const volatile void*) {});
}
#else
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void* malloc(std::size_t size) {
  ++aesweep::testing::allocations;
  return __libc_malloc(size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++aesweep::testing::allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  ++aesweep::testing::allocations;
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
}
#endif
