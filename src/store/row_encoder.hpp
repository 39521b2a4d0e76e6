#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aesweep/store/layout.hpp"

namespace aesweep {

/// The store's own columns of every engine: uint8, uint64, one value a row.
const Observable& status_observable();
const Observable& checksum_observable();

/// Sizes of the further dimensions in a file of this layout.
Extents extents(const FileLayout& layout);

/// Bytes of one row as its datasets hold them, in a buffer that is used again for every row.
class RowEncoder {
 public:
  RowEncoder(const EngineLayout& engine, const Extents& extents);

  /// @throws std::invalid_argument naming the observable, if a value does not fit its type or their number is wrong.
  void encode(const Row& row);
  /// Bytes of one observable of the row encoded last, in the layout's order.
  std::span<const std::byte> column(std::size_t observable) const;
  /// The first eight bytes (little endian) of the SHA-256 of: all observables with result = true, in the layout's order, as stored; then the
  /// status, one byte.
  std::uint64_t checksum() const;

 private:
  struct Part {
    Observable observable;
    std::size_t values = 0, offset = 0, bytes = 0;
  };
  std::vector<Part> parts_;          // in the layout's order
  std::size_t status_offset_ = 0;    // results lie before it, costs behind
  std::vector<std::byte> buffer_;
};

/// A row of nothing but fill values.
Row fill_row(const EngineLayout& engine, const Extents& extents, Status status);

}  // namespace aesweep
