#include "refined_layout.hpp"

#include <fmt/core.h>

#include <limits>

namespace aesweep {
namespace {

Observable real(const std::string& name, const std::string& meaning) {
  return {.name = name, .dims = {}, .type = DataType::float64, .fill = std::numeric_limits<double>::quiet_NaN(), .units = "", .meaning = meaning};
}

Observable whole(const std::string& name, DataType type, double fill, const std::string& meaning) {
  return {.name = name, .dims = {}, .type = type, .fill = fill, .units = "", .meaning = meaning};
}

}  // namespace

void add_refinement(FileLayout& layout, const Sweep& sweep) {
  const auto& axes = sweep.refined->axes;
  std::vector<std::string> points, others, vertices, lattice;
  for (const auto& axis : layout.axes) points.push_back(axis.name);
  others.assign(points.begin(), points.end() - 1);
  vertices = lattice = others;
  vertices.emplace_back("vertex");
  for (const auto& axis : axes) lattice.push_back(axis.name);

  TableLayout reference{"/reference", points, {}};
  for (const auto& name : layout.references) reference.columns.push_back(real(name, ""));
  TableLayout whole_sweep{"/refined", others,
                          {whole("points", DataType::int32, 0, "points that were asked for"), whole("generations", DataType::int32, 0, "from the coarsest cells on"),
                           whole("exhausted", DataType::boolean, 0, "refine.points was too small for the boundary to be followed to cells of one step"),
                           whole("complete", DataType::boolean, 0, "every point that is asked for has been run"),
                           whole("vertices", DataType::int32, 0, "of the boundary; /refined/boundary holds as many of them as it has room for")}};
  TableLayout point{"/refined/point", points, {}}, boundary{"/refined/boundary", vertices, {}};
  for (const auto& axis : axes) {
    point.columns.push_back(real(axis.name, "coordinate"));
    boundary.columns.push_back(real(axis.name, "coordinate, interpolated"));
    boundary.columns.push_back(real(axis.name + "_low", "lowest place of the crossing"));
    boundary.columns.push_back(real(axis.name + "_high", "highest place of the crossing"));
  }
  for (const auto& [name, meaning] : {std::pair{"site", "row-major index in the grid of the refined axes"}, {"level", "halvings of the cells that it is a corner of"},
                                      {"generation", "in which it was asked for"}, {"parent_low", "lowest corner of the cell that was split, as point"},
                                      {"parent_high", "its highest corner"}})
    point.columns.push_back(whole(name, DataType::int32, -1, meaning));
  point.columns.push_back(real("value", "refine.observable, mean over replicas"));
  boundary.columns.push_back(real("level", "that is crossed"));
  boundary.columns.push_back(whole("line", DataType::int32, -1, "vertices of one polyline follow each other; -1: none"));

  for (const auto& engine : layout.engines) layout.links[fmt::format("/refined/point/{}", engine.name)] = fmt::format("/{}", engine.name);
  for (const auto& engine : layout.engines) layout.links[fmt::format("/refined/point/{}_phase", engine.name)] = fmt::format("/phase/{}", engine.name);
  layout.references.clear();
  layout.further_axes = axes;
  for (auto& axis : layout.further_axes) axis.columns.resize(1);   // the first of linked keys is the coordinate
  layout.counts["vertex"] = kVerticesAPoint * static_cast<std::size_t>(sweep.refine.points);
  layout.tables = {reference, whole_sweep, point, boundary, {"/refined/dense", lattice, {real("value", "refine.observable, between points interpolated in their cell")}}};
  layout.first_status = Status::not_needed;
}

}  // namespace aesweep
