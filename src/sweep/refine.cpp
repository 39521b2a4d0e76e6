#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <set>

#include "aesweep/sweep/duration.hpp"
#include "names.hpp"
#include "reading.hpp"

namespace aesweep {
namespace {

constexpr double kMostSites = 1 << 23;   // each has a value in /refined/dense
constexpr double kMostRows = 1e9;
// What stands beside the axes in the groups of /refined, but for what is named after engines and axes.
constexpr std::array<std::string_view, 16> kStored{"point",  "vertex", "site", "level", "generation", "parent_low", "parent_high", "value",
                                                   "points", "line",   "complete", "generations", "vertices", "exhausted", "boundary", "dense"};

/// Checks one [refine] table against the axes.
class RefineCheck {
 public:
  explicit RefineCheck(Reading& reading) : reading_(reading), sweep_(reading.sweep), refine_(reading.sweep.refine) {}

  void run() {
    if (!reading_.given.contains("refine.axes")) return fault("refine", "refine.axes: missing; name the axes to refine");
    if (refine_.axes.empty()) return;   // its fault is reported
    check_axes();
    check_engine();
    check_observable();
    fill_levels();
    check_names();
    if (parse_duration(refine_.wall_time).value_or(0.0) <= 0.0)
      fault("refine.wall_time", fmt::format("refine.wall_time = \"{}\": must be {}", refine_.wall_time, find_key("refine.wall_time")->allowed_text()));
    if (good_) check_budget();
  }

 private:
  void fault(const std::string& key, const std::string& message) {
    const auto given = reading_.given.find(key);
    reading_.report.add(given != reading_.given.end() ? given->second : reading_.section_place("refine"), message);
    good_ = false;
  }

  void check_axes() {
    if (refine_.axes.size() > 3) return fault("refine.axes", fmt::format("refine.axes: {} axes; one to three can be refined", refine_.axes.size()));
    for (const auto& name : refine_.axes) {
      const auto found = std::find_if(sweep_.axes.begin(), sweep_.axes.end(), [&](const Axis& axis) { return axis.name == name; });
      if (std::count(refine_.axes.begin(), refine_.axes.end(), name) > 1) return fault("refine.axes", fmt::format("refine.axes: \"{}\" is there twice", name));
      if (found == sweep_.axes.end()) {
        std::vector<std::string> names;
        for (const Axis& axis : sweep_.axes) names.push_back(axis.name);
        fault("refine.axes", fmt::format("refine.axes: no axis \"{}\"; the sweep has {}", name, names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
      } else {
        check_axis(*found);
      }
    }
  }

  void check_axis(const Axis& axis) {
    const auto& numbers = axis.columns.front().numbers;
    const auto type = axis.columns.front().type;
    if ((type != AxisColumn::Type::number && type != AxisColumn::Type::integer) || std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal()) != numbers.end())
      return fault("refine.axes", fmt::format("refine.axes: \"{}\" must be an axis of increasing numbers", axis.name));
    for (const auto& column : axis.columns) {
      const bool deep = sweep_.has(Engine::deep);
      const bool of_data = deep ? column.key == "data.dimension" || column.key == "data.manifold" : column.key.starts_with("data.");
      const bool sizes = column.key == "model.hidden" || of_data;
      const bool needs_sizes = sweep_.record.order_parameters || sweep_.record.weights != WeightsRecord::none || deep;
      if (column.key == "data.samples" || (sizes && needs_sizes))
        return fault("refine.axes", fmt::format("refine.axes: \"{}\" moves {}, which can't be refined{}", axis.name, column.key,
                                                sizes && needs_sizes ? " where order parameters, weights or latents are recorded" : ""));
    }
    const auto steps = static_cast<std::int64_t>(axis.size()) - 1, block = std::int64_t{1} << refine_.depth;
    if (steps < block || steps % block != 0)
      fault("refine.axes", fmt::format("refine.axes: \"{}\" has {} values; with refine.depth = {} their number must be a multiple of {} and one more, such as {}", axis.name,
                                       axis.size(), refine_.depth, block, std::max(block, (steps + block / 2) / block * block) + 1));
  }

  void check_engine() {
    if (!reading_.given.contains("refine.engine")) refine_.engine = sweep_.has(Engine::sgd) ? Engine::sgd : sweep_.engines.front();
    else if (!sweep_.has(refine_.engine)) fault("refine.engine", "refine.engine: not among sweep.engines");
  }

  void check_observable() {
    const auto& wanted = refine_.observable;
    if (wanted == "theory_gap" && (refine_.engine != Engine::sgd || !sweep_.has(Engine::ode)))
      fault("refine.observable", "refine.observable = \"theory_gap\": only of sgd, where ode runs as well");
    if (wanted == "final_supremum" && refine_.engine != Engine::deep) fault("refine.observable", "refine.observable = \"final_supremum\": only of the engine deep");
    if (reading_.given.contains("refine.component") && wanted != "learning_time")
      fault("refine.component", fmt::format("refine.component: only with refine.observable = \"learning_time\", not with \"{}\"", wanted));
    else if (refine_.component >= sweep_.record.components)
      fault("refine.component", fmt::format("refine.component = {}: {} components are followed (record.components), counted from 0", refine_.component, sweep_.record.components));
  }

  void fill_levels() {
    auto& levels = refine_.levels;
    if (reading_.given.contains("refine.levels")) {
      std::sort(levels.begin(), levels.end());
      if (const auto twice = std::adjacent_find(levels.begin(), levels.end()); twice != levels.end())
        fault("refine.levels", fmt::format("refine.levels: {:g} is there twice", *twice));
      return check_levels();
    }
    if (refine_.observable == "success" || refine_.observable == "converged") levels = {0.5};
    else if (refine_.observable == "excess") levels = {sweep_.outcome.success_excess};
    else if (refine_.observable == "learnt")
      for (std::int64_t m = 0; m < sweep_.record.components; ++m) levels.push_back(static_cast<double>(m) + 0.5);
    else fault("refine.observable", fmt::format("refine.levels: missing; refine.observable = \"{}\" has no level of its own", refine_.observable));
  }

  /// A value on a level counts as below it.
  void check_levels() {
    double low = -std::numeric_limits<double>::infinity(), high = -low;
    if (refine_.observable == "success" || refine_.observable == "converged") low = 0.0, high = 1.0;
    if (refine_.observable == "learnt") low = 0.0, high = static_cast<double>(sweep_.record.components);
    if (refine_.observable == "learning_time") low = 0.0, high = longest_horizon();
    for (const double level : refine_.levels)
      if (level < low || level >= high)
        fault("refine.levels", fmt::format("refine.levels: {:g}: {} can't cross it; must be at least {:g} and less than {:g}{}", level, refine_.observable, low, high,
                                           refine_.observable == "learning_time" ? ", the horizon, which counts where nothing is learnt" : ""));
  }

  double longest_horizon() const {
    double longest = reading_.grid->base.point.training.horizon;
    for (const Axis& axis : sweep_.axes)
      for (const auto& column : axis.columns)
        if (column.key == "training.horizon") longest = *std::max_element(column.numbers.begin(), column.numbers.end());
    return longest;
  }

  void check_names() {
    std::set<std::string, std::less<>> stored(kStored.begin(), kStored.end());
    for (const auto& engine : names_of<Engine>()) stored.insert(engine + "_phase");
    for (const auto& axis : refine_.axes) stored.insert({axis + "_low", axis + "_high"});
    for (const Axis& axis : sweep_.axes)
      if (stored.contains(axis.name)) fault("refine.axes", fmt::format("axis \"{}\": /refined holds something else of this name; give the axis another `name`", axis.name));
  }

  void check_budget() {
    double floor = 1.0, sites = 1.0, others = 1.0;
    for (const Axis& axis : sweep_.axes) {
      const bool is_refined = std::find(refine_.axes.begin(), refine_.axes.end(), axis.name) != refine_.axes.end();
      const auto size = static_cast<double>(axis.size());
      (is_refined ? sites : others) *= size;
      if (is_refined) floor *= (size - 1.0) / static_cast<double>(std::int64_t{1} << refine_.depth) + 1.0;
    }
    if (!reading_.given.contains("refine.points")) return fault("refine", fmt::format("refine.points: missing; the coarsest cells alone have {:g} corners", floor));
    const auto points = std::min(static_cast<double>(refine_.points), sites);   // the file's tables are as long as the budget
    if (points < floor) fault("refine.points", fmt::format("refine.points = {}: the coarsest cells alone have {:g} corners", refine_.points, floor));
    if (sites > kMostSites) fault("refine.axes", fmt::format("refine.axes: {:g} points at the finest level; must be at most {:g}", sites, kMostSites));
    if (points * others > kMostRows) fault("refine.points", fmt::format("refine.points = {}: {:g} with the other axes; must be at most {:g}", refine_.points, points * others, kMostRows));
    if (!reading_.grid->exclusions.empty()) fault("refine", "refine: not together with [[exclude]]");
    refine_.points = static_cast<std::int64_t>(points);
  }

  Reading& reading_;
  Sweep& sweep_;
  RefineConfig& refine_;
  bool good_ = true;
};

}  // namespace

void read_refine(Reading& reading) {
  if (reading.root.contains("refine")) RefineCheck(reading).run();
}

void refine_axes(Sweep& sweep) {
  auto refined = std::make_shared<RefinedAxes>();
  std::vector<Axis> others;
  for (std::size_t a = 0; a < sweep.axes.size(); ++a) {
    const auto& names = sweep.refine.axes;
    if (std::find(names.begin(), names.end(), sweep.axes[a].name) == names.end()) {
      others.push_back(std::move(sweep.axes[a]));
      continue;
    }
    refined->positions.push_back(a);
    refined->sites *= sweep.axes[a].size();
    refined->axes.push_back(std::move(sweep.axes[a]));
  }
  Axis point{.name = "point", .columns = {{.key = "refine.points", .type = AxisColumn::Type::integer, .numbers = {}, .texts = {}}}, .labels = {}};
  for (std::int64_t i = 0; i < sweep.refine.points; ++i) {
    point.columns.front().numbers.push_back(static_cast<double>(i));
    point.labels.push_back(std::to_string(i));
  }
  others.push_back(std::move(point));
  sweep.axes = std::move(others);
  refined->site.assign(sweep.points(), kNoSite);
  sweep.refined = std::move(refined);
}

}  // namespace aesweep
