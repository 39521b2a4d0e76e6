#pragma once
#include <cstddef>

#include "aesweep/lanes/aligned.hpp"
#include "aesweep/lanes/products.hpp"

namespace aesweep {

using AlignedNumbers = lanes::Aligned<double>;

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
