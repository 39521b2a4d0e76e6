#include "task_costs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "aesweep/experiment/cost.hpp"
#include "text.hpp"

namespace aesweep {
namespace {

/// Cost and class of a task; asks the sweep once a point, for tasks that come in order.
class Prior {
 public:
  explicit Prior(const Sweep& sweep) : sweep_(sweep), replicas_(static_cast<TaskId>(sweep.replicas)) {}

  void look_up(TaskId task) {
    if (task / replicas_ == point_) return;
    point_ = task / replicas_;
    const auto config = sweep_.point(point_);
    seconds = expected_seconds(config, sweep_);
    kind = cost_class(config);
  }

  double seconds = 0.0;
  CostClass kind = 0;

 private:
  const Sweep& sweep_;
  TaskId replicas_, point_ = ~TaskId{0};
};

}  // namespace

TaskList listed(std::vector<TaskId> tasks, const Experiment& experiment) {
  std::vector<double> costs;
  std::vector<CostClass> classes;
  std::vector<bool> joined;
  costs.reserve(tasks.size());
  classes.reserve(tasks.size());
  joined.reserve(tasks.size());
  const auto& sweep = experiment.sweep();
  const auto replicas = static_cast<TaskId>(sweep.replicas);
  Prior prior(sweep);
  TaskId point = 0;
  std::size_t most = 1, size = 0;   // of a group of that point, of the present one
  for (const auto task : tasks) {
    prior.look_up(task);
    costs.push_back(prior.seconds);
    classes.push_back(prior.kind);
    if (joined.empty() || task / replicas != point) {
      point = task / replicas;
      most = replicas > 1 ? experiment.group_size(sweep.point(point)) : 1;
      size = 0;
    }
    joined.push_back(size > 0 && size < most);
    size = joined.back() ? size + 1 : 1;
  }
  return {std::move(tasks), costs, classes, joined};
}

CostForecast forecast(const ResultReader& reader, const Sweep& sweep, const std::vector<TaskId>& pending) {
  std::vector<double> seconds;
  for (const auto& engine : reader.engines()) {
    const auto of_engine = reader.read("/" + engine + "/seconds");
    seconds.resize(of_engine.size());
    for (std::size_t task = 0; task < seconds.size(); ++task)
      if (!std::isnan(of_engine[task])) seconds[task] += of_engine[task];
  }
  CostForecast result;
  CostCorrection correction;
  Prior prior(sweep);
  double expected = 0.0;
  auto next = pending.begin();
  for (TaskId task = 0; task < seconds.size(); ++task) {
    if (next != pending.end() && *next == task) {
      ++next;
      continue;
    }
    if (seconds[task] <= 0.0) continue;   // excluded
    prior.look_up(task);
    correction.add(prior.kind, prior.seconds, seconds[task]);
    expected += prior.seconds;
    result.spent += seconds[task];
  }
  for (const auto task : pending) {
    prior.look_up(task);
    const double cost = prior.seconds * correction.factor(prior.kind);
    result.left += cost;
    result.longest = std::max(result.longest, cost);
  }
  if (expected > 0.0) result.ratio = result.spent / expected;
  return result;
}

std::string efficiency_line(const Efficiency& efficiency) {
  const double whole = static_cast<double>(efficiency.ranks) * efficiency.wall;
  const auto percent = [&](double part) { return whole > 0.0 ? 100.0 * part / whole : 0.0; };
  const auto ahead = efficiency.ahead > 0.0 ? fmt::format(", {:.1f} % ahead of decisions", percent(efficiency.ahead)) : "";
  return fmt::format("efficiency: {:.1f} % computing, {:.1f} % writing{}, {:.1f} % waiting for work, {:.1f} % idle at the end ({} for {})",
                     percent(efficiency.busy), percent(efficiency.io), ahead, percent(efficiency.waiting), percent(efficiency.tail),
                     counted(static_cast<std::uint64_t>(efficiency.ranks), "rank"), duration(efficiency.wall));
}

}  // namespace aesweep
