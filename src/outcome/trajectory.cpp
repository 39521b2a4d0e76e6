#include "aesweep/outcome/trajectory.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace aesweep {

Trajectory::Trajectory(std::vector<double> times, std::size_t components)
    : times_(std::move(times)), pmse_(times_.size(), std::numeric_limits<double>::quiet_NaN()),
      explained_(components * times_.size(), std::numeric_limits<double>::quiet_NaN()), components_(components) {
  assert(!times_.empty());
}

bool Trajectory::record(std::size_t index, double pmse, std::span<const double> explained, double chance) {
  assert(index < times_.size() && explained.size() == components_);
  const double start = index == 0 ? pmse : pmse_[0];
  if (!std::isfinite(pmse) || pmse > 10.0 * std::max(chance, start)) diverged_ = true;
  if (diverged_) return false;
  pmse_[index] = pmse;
  for (std::size_t m = 0; m < components_; ++m) explained_[m * times_.size() + index] = explained[m];
  return true;
}

std::span<const double> Trajectory::explained(std::size_t component) const {
  return std::span(explained_).subspan(component * times_.size(), times_.size());
}

}  // namespace aesweep
