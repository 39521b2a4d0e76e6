#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "deep_rules.hpp"
#include "point_rules.hpp"
#include "reading.hpp"

namespace aesweep {
namespace {

/// Calls visit(coordinates, point) for all combinations of the given axes' values, the other axes staying at their first;
/// combinations at which an exclusion holds are left out if the axes of all exclusions are among them.
template <class Visit>
void for_each_combination(const Sweep::Grid& grid, const std::set<std::size_t>& axes, bool obey_exclusions, const Visit& visit) {
  const std::vector<std::size_t> moved(axes.begin(), axes.end());
  std::vector<std::size_t> at(grid.axes.size(), 0);
  PointDraft draft = grid.base;
  for (const GridAxis& axis : grid.axes) {
    axis.apply(0, draft);
  }
  while (true) {
    if (!obey_exclusions || !grid.excludes(at)) {
      visit(std::as_const(at), std::as_const(draft.point));
    }
    // Count up, the last axis fastest: mostly a single key changes.
    std::size_t m = moved.size();
    for (bool carry = true; carry; grid.axes[moved[m]].apply(at[moved[m]], draft)) {
      if (m == 0) {
        return;
      }
      --m;
      carry = ++at[moved[m]] == grid.axes[moved[m]].size;
      at[moved[m]] = carry ? 0 : at[moved[m]];
    }
  }
}

std::set<std::size_t> axes_of(const Sweep::Grid& grid, std::span<const std::string_view> keys) {
  std::set<std::size_t> axes;
  for (std::size_t a = 0; a < grid.axes.size(); ++a) {
    const auto& moved = grid.axes[a].keys;
    if (std::any_of(moved.begin(), moved.end(), [&](const Key* key) {
          return std::any_of(keys.begin(), keys.end(), [&](std::string_view one) { return related(one, key->path); });
        })) {
      axes.insert(a);
    }
  }
  return axes;
}

std::set<std::size_t> with_excluding_axes(const Sweep::Grid& grid, std::set<std::size_t> axes) {
  for (const Exclusion& exclusion : grid.exclusions) {
    for (const auto& part : exclusion.parts) {
      axes.insert(part.axis);
    }
  }
  return axes;
}

/// Applies one rule to the grid and reports its first failure.
class RuleCheck {
 public:
  RuleCheck(Reading& reading, const PointRule& rule, const RuleContext& context)
      : reading_(reading), rule_(rule), context_(context), axes_(axes_of(*reading.grid, rule.keys)) {}

  void run() {
    for (const std::string_view key : rule_.keys) {
      if (reading_.is_faulty(key)) {
        return;
      }
    }
    find_failures(axes_, false);
    if (failures_ > 0 && !reading_.grid->exclusions.empty()) {
      failures_ = 0;
      find_failures(with_excluding_axes(*reading_.grid, axes_), true);
    }
    if (failures_ > 0) {
      reading_.report.add(place(), message_ + circumstances());
    }
  }

 private:
  void find_failures(const std::set<std::size_t>& axes, bool obey_exclusions) {
    for_each_combination(*reading_.grid, axes, obey_exclusions, [&](const std::vector<std::size_t>& at, const PointConfig& point) {
      std::string message = rule_.fault(point, context_);
      if (!message.empty() && failures_++ == 0) {
        message_ = std::move(message);
        at_ = at;
      }
    });
  }

  Place place() const {
    for (const std::string_view key : rule_.keys) {
      if (const auto column = reading_.grid->moving(key)) {
        return reading_.rows[column->axis][at_[column->axis]];
      }
      if (const auto given = reading_.given.find(std::string(key)); given != reading_.given.end()) {
        return given->second;
      }
    }
    return {};
  }

  std::string circumstances() const {
    if (axes_.empty()) {
      return "";
    }
    std::vector<std::string> values;
    for (const std::size_t a : axes_) {
      values.push_back(fmt::format("{} = {}", reading_.sweep.axes[a].name, reading_.sweep.axes[a].labels[at_[a]]));
    }
    const std::string more = failures_ > 1 ? fmt::format(" and at {} more combination{}", failures_ - 1, failures_ > 2 ? "s" : "") : "";
    return fmt::format("; at {}{}", fmt::join(values, ", "), more);
  }

  Reading& reading_;
  const PointRule& rule_;
  const RuleContext& context_;
  std::set<std::size_t> axes_;
  std::uint64_t failures_ = 0;
  std::string message_;
  std::vector<std::size_t> at_;
};

/// Components that a point's data single out.
std::int64_t own_components(const PointConfig& point) {
  switch (point.data.kind) {
    case DataKind::spiked:
    case DataKind::marchenko_pastur: return static_cast<std::int64_t>(point.data.spikes.size());
    case DataKind::manifold: return facts(point.data.manifold).ambient;
    default: return point.model.hidden;
  }
}

/// Least D and most followed components of the points that are not excluded; reports if there is none.
struct Extent {
  std::int64_t dimension = std::numeric_limits<std::int64_t>::max();
  std::int64_t followed = 0;
  bool empty = true;
  bool infinite = false;   // some D is
};
Extent extent(Reading& reading) {
  constexpr std::string_view keys[]{"data", "model.hidden"};
  const Sweep::Grid& grid = *reading.grid;
  Extent extent;
  for_each_combination(grid, with_excluding_axes(grid, axes_of(grid, keys)), true, [&](const auto&, const PointConfig& point) {
    extent.empty = false;
    extent.followed = std::max(extent.followed, own_components(point));
    // At D = ∞ only the spikes are components; the bulk has no modes of its own.
    const std::int64_t dimension = grid.files.dimension(point.data);
    extent.infinite = extent.infinite || dimension == kInfinity;
    extent.dimension = std::min(extent.dimension, dimension == kInfinity ? static_cast<std::int64_t>(point.data.spikes.size()) : dimension);
  });
  if (extent.empty) {
    const auto& tables = *reading.root.get_as<toml::array>("exclude");
    reading.report.add(place_of(tables[0].source()), "exclude: the exclusions leave no point");
  }
  return extent;
}

void fill_components(Reading& reading) {
  auto& components = reading.sweep.record.components;
  const auto [dimension, followed, empty, infinite] = extent(reading);
  if (empty) {
    return;
  }
  if (!reading.given.contains("record.components")) {
    components = std::min({followed, kMostComponents, dimension});
  } else if (components > dimension && dimension > 0) {
    reading.report.add(reading.given.at("record.components"),
                       fmt::format("record.components = {}: must be at most the smallest data.dimension of the grid{}, {}", components,
                                   infinite ? " (at D = infinity the number of spikes)" : "", dimension));
  }
}

}  // namespace

void check_points(Reading& reading) {
  if (!reading.points_checkable) {
    return;
  }
  const RuleContext context{reading.grid->files, reading.given.contains("data.dimension") || reading.on_axes.contains("data.dimension"),
                            reading.sweep.relative_time(), reading.sweep.record, reading.sweep.outcome, reading.sweep.engines};
  fill_components(reading);
  for (const auto rules : {point_rules(), deep_rules()}) {
    for (const PointRule& rule : rules) {
      RuleCheck(reading, rule, context).run();
    }
  }
}

}  // namespace aesweep
