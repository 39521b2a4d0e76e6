#include "refined_forecast.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "refined_sweep.hpp"

namespace aesweep {
namespace {

/// In one combination of the other axes, for a boundary that crosses half as many cells again as a straight one along an axis.
double expected_points(const Sweep& sweep) {
  const auto lattice = lattice_of(sweep);
  const auto d = static_cast<double>(lattice.dimensions());
  double crossed = 1.5;
  for (const auto cells : lattice.floor_cells) crossed *= static_cast<double>(cells);
  crossed /= static_cast<double>(std::ranges::max(lattice.floor_cells));
  const double new_points = std::pow(3.0, d - 1.0);   // of a cell that is split beside others
  double points = static_cast<double>(lattice.floor_sites());
  for (int level = 0; level < lattice.depth; ++level, crossed *= std::pow(2.0, d - 1.0))
    points += static_cast<double>(sweep.refine.levels.size()) * crossed * new_points * (level < sweep.refine.rim ? 3.0 : 1.0);
  return std::min({points, static_cast<double>(sweep.refine.points), static_cast<double>(lattice.sites())});
}

}  // namespace

RefinementForecast forecast_refinement(const Sweep& sweep) {
  const auto lattice = lattice_of(sweep);
  const auto budget = static_cast<std::uint64_t>(sweep.refine.points), slices = sweep.points() / budget;
  RefinementForecast forecast{.points = static_cast<std::uint64_t>(expected_points(sweep)) * slices, .grid = lattice.sites() * slices, .corners = {}};
  const auto floor = Refinement(lattice, rule_of_refinement(sweep)).next();
  Sweep copy = sweep;
  copy.refined = std::make_shared<RefinedAxes>(*sweep.refined);   // a copy shares its sites with the sweep otherwise
  for (std::uint64_t slice = 0; slice < slices; ++slice)
    for (const auto& corner : floor) {
      copy.refined->site[slice * budget] = static_cast<std::int64_t>(corner.site);
      forecast.corners.push_back(copy.point(slice * budget));
    }
  return forecast;
}

}  // namespace aesweep
