#include "slab.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>

#include "hdf5_handle.hpp"

namespace aesweep {

std::uint64_t product(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>{});
}

Shape position(const Shape& shape, std::uint64_t index) {
  Shape result(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; index /= shape[d]) result[d] = index % shape[d];
  return result;
}

std::vector<Slab> slabs(const Shape& shape, std::uint64_t first, std::uint64_t count) {
  assert(!shape.empty() && first + count <= product(shape));
  std::vector<Slab> result;
  while (count > 0) {
    // The slowest dimension along which whole steps fit, from here and into what is left.
    std::size_t dim = shape.size() - 1;
    std::uint64_t step = 1;
    while (dim > 0 && first % (step * shape[dim]) == 0 && count >= step * shape[dim]) step *= shape[dim--];
    Slab slab{position(shape, first), shape};
    std::fill_n(slab.count.begin(), dim, hsize_t{1});
    slab.count[dim] = std::min<std::uint64_t>(count / step, shape[dim] - slab.start[dim]);
    first += slab.count[dim] * step;
    count -= slab.count[dim] * step;
    result.push_back(std::move(slab));
  }
  return result;
}

Shape shape_of(hid_t dataset) {
  const Handle space{H5Dget_space(dataset), H5Sclose};
  Shape shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  return shape;
}

herr_t read_range(hid_t dataset, hid_t memory_type, std::size_t value_size, std::uint64_t first, std::uint64_t count, void* out) {
  const Shape shape = shape_of(dataset);
  if (shape.empty()) return H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
  const Handle file_space{H5Dget_space(dataset), H5Sclose};
  auto* bytes = static_cast<std::byte*>(out);
  for (const auto& slab : slabs(shape, first, count)) {
    const hsize_t values = product(slab.count);
    const Handle memory_space{H5Screate_simple(1, &values, nullptr), H5Sclose};
    if (H5Sselect_hyperslab(file_space, H5S_SELECT_SET, slab.start.data(), nullptr, slab.count.data(), nullptr) < 0) return -1;
    if (H5Dread(dataset, memory_type, memory_space, file_space, H5P_DEFAULT, bytes) < 0) return -1;
    bytes += values * value_size;
  }
  return 0;
}

}  // namespace aesweep
