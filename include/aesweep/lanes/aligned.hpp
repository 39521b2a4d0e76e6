#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace aesweep::lanes {

/// Numbers, zeros at first, aligned to a cache line, so that no vector at a multiple of its length reaches across two.
template <class Scalar>
class Aligned {
 public:
  explicit Aligned(std::ptrdiff_t size)
      : data_(static_cast<Scalar*>(::operator new(static_cast<std::size_t>(size) * sizeof(Scalar), kAlignment))), size_(size) {
    std::fill_n(data_.get(), size, Scalar{});
  }
  Scalar* data() { return data_.get(); }
  const Scalar* data() const { return data_.get(); }
  std::ptrdiff_t size() const { return size_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(Scalar* data) const { ::operator delete(data, kAlignment); }
  };
  std::unique_ptr<Scalar[], Free> data_;
  std::ptrdiff_t size_;
};

}  // namespace aesweep::lanes
