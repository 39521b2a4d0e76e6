#include "grid.hpp"

#include <algorithm>
#include <cmath>

#include "aesweep/sweep/sgd_method.hpp"

namespace aesweep {
namespace {

std::size_t coordinate(const GridAxis& axis, std::uint64_t point) { return static_cast<std::size_t>(point / axis.stride % axis.size); }

}  // namespace

void GridAxis::apply(std::size_t i, PointDraft& draft) const {
  for (std::size_t c = 0; c < keys.size(); ++c) {
    if (keys[c]->point.set) {
      keys[c]->point.set(draft, value(i, c));
    }
  }
}

std::optional<Sweep::Grid::Column> Sweep::Grid::moving(std::string_view key) const {
  for (std::size_t a = 0; a < axes.size(); ++a) {
    for (std::size_t c = 0; c < axes[a].keys.size(); ++c) {
      if (related(axes[a].keys[c]->path, key)) {
        return Column{a, c};
      }
    }
  }
  return std::nullopt;
}

bool Sweep::Grid::excludes(std::span<const std::size_t> coordinates) const {
  return std::any_of(exclusions.begin(), exclusions.end(), [&](const Exclusion& exclusion) {
    return std::all_of(exclusion.parts.begin(), exclusion.parts.end(), [&](const auto& part) { return part.hit[coordinates[part.axis]]; });
  });
}

void Sweep::Grid::set_strides() {
  std::uint64_t stride = 1;
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    axis->stride = stride;
    stride *= axis->size;
  }
}

bool Sweep::has(Engine engine) const { return std::find(engines.begin(), engines.end(), engine) != engines.end(); }

std::uint64_t Sweep::points() const {
  std::uint64_t product = 1;
  for (const Axis& axis : axes) {
    product *= axis.size();
  }
  return product;
}

std::vector<std::size_t> Sweep::coordinates(std::uint64_t point) const {
  std::vector<std::size_t> result(axes.size());
  for (std::size_t a = axes.size(); a-- > 0; point /= axes[a].size()) {
    result[a] = static_cast<std::size_t>(point % axes[a].size());
  }
  return result;
}

std::vector<const Axis*> Sweep::moved() const {
  std::vector<const Axis*> result;
  for (const Axis& axis : axes) {
    if (!refined || &axis != &axes.back()) {
      result.push_back(&axis);
    }
  }
  if (refined) {
    for (std::size_t r = 0; r < refined->axes.size(); ++r) {
      result.insert(result.begin() + static_cast<std::ptrdiff_t>(refined->positions[r]), &refined->axes[r]);
    }
  }
  return result;
}

std::uint64_t Sweep::grid_index(std::uint64_t point) const {
  if (!refined) {
    return point;
  }
  const bool stored = point < points();
  auto others = stored ? point / axes.back().size() : (point - points()) / refined->sites;
  auto site = stored ? static_cast<std::uint64_t>(std::max(refined->site[point], std::int64_t{0})) : (point - points()) % refined->sites;
  std::uint64_t index = 0;
  for (std::size_t a = grid->axes.size(); a-- > 0;) {
    const bool is_refined = std::find(refined->positions.begin(), refined->positions.end(), a) != refined->positions.end();
    auto& rest = is_refined ? site : others;
    index += rest % grid->axes[a].size * grid->axes[a].stride;
    rest /= grid->axes[a].size;
  }
  return index;
}

PointConfig Sweep::point(std::uint64_t point) const {
  PointDraft draft = grid->base;
  const auto index = grid_index(point);
  for (const GridAxis& axis : grid->axes) {
    axis.apply(coordinate(axis, index), draft);
  }
  grid->files.fill(draft.point);
  draft.point.training.sgd_method = resolved_method(draft.point, record);
  return std::move(draft.point);
}

bool Sweep::excluded(std::uint64_t point) const {
  const auto index = grid_index(point);
  const auto hits = [&](const Exclusion::Part& part) { return part.hit[coordinate(grid->axes[part.axis], index)]; };
  return std::any_of(grid->exclusions.begin(), grid->exclusions.end(),
                     [&](const Exclusion& exclusion) { return std::all_of(exclusion.parts.begin(), exclusion.parts.end(), hits); });
}

bool Sweep::relative_time() const { return grid->moving("training.horizon").has_value(); }

std::vector<double> Sweep::times() const {
  const double end = relative_time() ? 1.0 : grid->base.point.training.horizon;
  const auto count = static_cast<std::size_t>(record.count);
  std::vector<double> result(count + 1, 0.0);
  for (std::size_t i = 1; i < count; ++i) {
    const double step = static_cast<double>(i);
    result[i] = record.spacing == Spacing::linear ? end * (step / static_cast<double>(count))
                                                  : record.first * std::pow(end / record.first, (step - 1.0) / static_cast<double>(count - 1));
  }
  result[count] = end;
  return result;
}

}  // namespace aesweep
