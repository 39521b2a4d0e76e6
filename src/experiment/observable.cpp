#include "aesweep/experiment/observable.hpp"

#include <stdexcept>

namespace aesweep {

std::size_t extent_of(const Extents& extents, const std::string& dim) {
  if (dim == "component") return extents.component;
  if (dim == "time") return extents.time;
  if (dim == "k" || dim == "l") return extents.hidden;
  if (dim == "coordinate") return extents.coordinate;
  throw std::logic_error("no dimension is called " + dim);
}

std::size_t row_size(const Observable& observable, const Extents& extents) {
  std::size_t size = 1;
  for (const auto& dim : observable.dims) size *= extent_of(extents, dim);
  return size;
}

}  // namespace aesweep
