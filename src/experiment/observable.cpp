#include "aesweep/experiment/observable.hpp"

#include <stdexcept>

namespace aesweep {

std::size_t row_size(const Observable& observable, const Extents& extents) {
  std::size_t size = 1;
  for (const auto& dim : observable.dims) {
    if (dim == "component") size *= extents.component;
    else if (dim == "time") size *= extents.time;
    else throw std::logic_error("observable " + observable.name + " has an unknown dimension " + dim);
  }
  return size;
}

}  // namespace aesweep
