#pragma once
#include <cstdint>
#include <vector>

#include <hdf5.h>

namespace aesweep {

using Shape = std::vector<hsize_t>;

/// Number of values of a shape; 1 for a scalar.
std::uint64_t product(const Shape& shape);

/// A box of a dataset whose values follow each other in row-major order.
struct Slab {
  Shape start, count;
};

/// The values first..first+count of a dataset in row-major order, as at most 2 × rank − 1 boxes that follow each other.
/// Requires first + count <= product(shape) and a rank of at least 1.
std::vector<Slab> slabs(const Shape& shape, std::uint64_t first, std::uint64_t count);

/// Position of value `index` in row-major order.
Shape position(const Shape& shape, std::uint64_t index);

/// Shape of a dataset.
Shape shape_of(hid_t dataset);

/// Reads the values first..first+count in row-major order as `memory_type`, of `value_size` bytes each, into `out`. Negative on failure.
herr_t read_range(hid_t dataset, hid_t memory_type, std::size_t value_size, std::uint64_t first, std::uint64_t count, void* out);

}  // namespace aesweep
