#pragma once
#include <cstdint>
#include <vector>

#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// What a refined sweep is expected to run, over all combinations of the other axes, before anything is known.
struct RefinementForecast {
  std::uint64_t points = 0;           ///< that a boundary of each level asks for that crosses once; at most the budget
  std::uint64_t grid = 0;             ///< points of the grid of equal resolution
  std::vector<PointConfig> corners;   ///< of the coarsest cells, which stand for all points
};
RefinementForecast forecast_refinement(const Sweep& sweep);

}  // namespace aesweep
