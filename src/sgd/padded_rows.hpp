#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

#include "aesweep/lanes/products.hpp"

namespace aesweep {

/// Zeros at first, aligned to a cache line, so that no vector of a row reaches across two.
class AlignedNumbers {
 public:
  explicit AlignedNumbers(std::ptrdiff_t size)
      : data_(static_cast<double*>(::operator new(static_cast<std::size_t>(size) * sizeof(double), kAlignment))) {
    std::fill_n(data_.get(), size, 0.0);
  }
  double* data() { return data_.get(); }
  const double* data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(double* data) const { ::operator delete(data, kAlignment); }
  };
  std::unique_ptr<double[], Free> data_;
};

/// Rows of `length` numbers each, padded with zeros.
class PaddedRows {
 public:
  PaddedRows(std::ptrdiff_t rows, std::ptrdiff_t length)
      : rows_(rows), length_(lanes::padded(length)), stride_(lanes::row_stride(length)), numbers_(rows * stride_) {}

  double* row(std::ptrdiff_t i) { return numbers_.data() + i * stride_; }
  const double* row(std::ptrdiff_t i) const { return numbers_.data() + i * stride_; }
  std::ptrdiff_t rows() const { return rows_; }
  std::ptrdiff_t length() const { return length_; }
  /// Columns first .. first + count of `rows` rows from row `from` on.
  lanes::Rows part(std::ptrdiff_t from, std::ptrdiff_t rows, std::ptrdiff_t first, std::ptrdiff_t count) { return {row(from) + first, rows, count, stride_}; }

 private:
  std::ptrdiff_t rows_, length_, stride_;
  AlignedNumbers numbers_;
};

}  // namespace aesweep
