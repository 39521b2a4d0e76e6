#include "aesweep/experiment/observable.hpp"

#include <stdexcept>

namespace aesweep {

std::size_t extent_of(const Extents& extents, const std::string& dim) {
  if (dim == "component") return extents.component;
  if (dim == "time") return extents.time;
  if (dim == "k" || dim == "l") return extents.hidden;
  if (dim == "coordinate") return extents.coordinate;
  if (const auto found = extents.further.find(dim); found != extents.further.end()) return found->second;
  throw std::logic_error("no dimension is called " + dim);
}

std::size_t row_size(const Observable& observable, const Extents& extents) {
  std::size_t size = 1;
  for (const auto& dim : observable.dims) size *= extent_of(extents, dim);
  return size;
}

std::string name(Status status) {
  switch (status) {
    case Status::pending: return "pending";
    case Status::done: return "done";
    case Status::diverged: return "diverged";
    case Status::failed: return "failed";
    case Status::excluded: return "excluded";
    case Status::not_needed: return "not needed";
  }
  return "unknown";
}

}  // namespace aesweep
