#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "aesweep/experiment/cost.hpp"
#include "aesweep/experiment/deep_shape.hpp"
#include "aesweep/experiment/experiment.hpp"
#include "aesweep/sweep/sgd_method.hpp"
#include "commands.hpp"
#include "refined_forecast.hpp"
#include "result_layout.hpp"
#include "sequential.hpp"
#include "shared_pools.hpp"
#include "text.hpp"

namespace aesweep {
namespace {

struct Options {
  std::string sweep;
  std::vector<std::string> overrides;
  std::uint64_t ranks = 1;
  bool list = false;
};

struct Plan {
  std::uint64_t points = 0, excluded = 0;
  double seconds = 0.0, longest = 0.0;   // of all tasks, of the longest one or group
  double working_set = 0.0;              // bytes of the largest point's weights and inputs
  std::uint64_t grid = 0;                // of a refined sweep: points of the grid of equal resolution
  double grid_seconds = 0.0;             // and their tasks
};

/// Bytes of a deep network's weights with their moments and gradients, its layers' values over a batch, and the test set.
double deep_working_set(const PointConfig& point) {
  const auto batch = static_cast<double>(point.training.batch), D = static_cast<double>(point.data.dimension);
  const auto shape = deep_shape_of(point);
  const auto units = static_cast<double>(shape.units()), weights = static_cast<double>(shape.parameters()) - units;
  const double number = point.training.precision == Precision::float32 ? 4.0 : 8.0;
  constexpr double kTestPoints = 1e4;
  return number * (4.0 * weights + 2.0 * batch * (D + units)) + 8.0 * kTestPoints * (2.0 * D + static_cast<double>(point.model.hidden));
}

/// Bytes of a point's weights, eigenvectors and, for descent, inputs.
double working_set(const PointConfig& point, const Sweep& sweep) {
  const auto& data = point.data;
  const auto K = static_cast<double>(point.model.hidden);
  const double followed = static_cast<double>(std::max(static_cast<std::int64_t>(data.spikes.size()), kMostComponents));
  const double D = data.dimension > kLargestDimension ? followed + 2.0 * K : static_cast<double>(data.dimension);   // no coordinate of the bulk is kept
  if (data.kind == DataKind::manifold) return deep_working_set(point);
  const bool images = data.kind == DataKind::images;
  const double eigenvectors = images ? 4.0 * D * D : data.kind == DataKind::spectrum ? 2.0 * D * D : 0.0;
  const auto samples = data.training_samples != kInfinity ? data.training_samples : images ? data.samples : 0;
  const double inputs = sweep.has(Engine::descent) ? static_cast<double>(samples) * (D + 8.0 * K) : 0.0;
  return 8.0 * (40.0 * D * K + 8.0 * D + eigenvectors + inputs);
}

Plan plan_of_refined(const Experiment& experiment) {
  const auto& sweep = experiment.sweep();
  const auto forecast = forecast_refinement(sweep);
  const double replicas = forecast_replicas(sweep).mean, batch = static_cast<double>(sweep.sequential.min > 0 ? sweep.sequential.min : sweep.replicas);
  Plan plan{.points = forecast.points, .grid = forecast.grid};
  double seconds = 0.0;
  for (const auto& corner : forecast.corners) {
    const double one = expected_seconds(corner, sweep);
    seconds += one * replicas / static_cast<double>(forecast.corners.size());
    plan.longest = std::max(plan.longest, one * std::min(batch, static_cast<double>(experiment.group_size(corner))));
    plan.working_set = std::max(plan.working_set, working_set(corner, sweep));
  }
  plan.seconds = seconds * static_cast<double>(plan.points);
  plan.grid_seconds = seconds * static_cast<double>(plan.grid);
  return plan;
}

Plan plan_of(const Experiment& experiment) {
  const auto& sweep = experiment.sweep();
  if (sweep.refined) return plan_of_refined(experiment);
  const auto [fewest, most, replicas] = forecast_replicas(sweep);
  const double batch = static_cast<double>(sweep.sequential.min > 0 ? sweep.sequential.min : sweep.replicas);
  Plan plan;
  for (std::uint64_t index = 0; index < sweep.points(); ++index) {
    if (sweep.excluded(index)) {
      ++plan.excluded;
      continue;
    }
    ++plan.points;
    const auto point = sweep.point(index);
    const double seconds = expected_seconds(point, sweep);
    plan.seconds += seconds * replicas;
    plan.longest = std::max(plan.longest, seconds * std::min(batch, static_cast<double>(experiment.group_size(point))));
    plan.working_set = std::max(plan.working_set, working_set(point, sweep));
  }
  return plan;
}

void list_points(const Sweep& sweep) {
  for (std::uint64_t index = 0; index < sweep.points(); ++index) {
    const auto at = sweep.coordinates(index);
    std::string text;
    for (std::size_t a = 0; a < at.size(); ++a) text += fmt::format("  {} = {}", sweep.axes[a].name, sweep.axes[a].labels[at[a]]);
    fmt::print("{:>8}{}{}\n", index, text, sweep.excluded(index) ? "  (excluded)" : "");
  }
}

int show_plan(const Options& options) {
  const auto sweep = load_sweep(options.sweep, options.overrides);
  if (sweep.refined && options.list) throw UsageError("--list: which points of a refined sweep are run is decided while it runs; FILE.h5 has them in /refined/point");
  const auto experiment = make_experiment(sweep, load_pool, [] { return 0.0; });
  const auto layout = layout_of(*experiment);
  const auto plan = plan_of(*experiment);
  const auto replicas = forecast_replicas(sweep);
  constexpr double kProgram = 60e6;   // libraries, MPI buffers
  const double queue = 40.0 * static_cast<double>(layout.rows());
  const double tables = 2.0 * static_cast<double>(layout.bytes() - layout.rows() * layout.row_bytes());   // of the whole sweep, as numbers, as their bytes
  const double rows = 2.0 * static_cast<double>(layout.row_bytes());   // as numbers, as their bytes
  const double pools = [&] {
    double size = 0.0;
    for (const auto& data : image_pools_of(sweep)) size += static_cast<double>(data.samples * data.dimension);
    return size;
  }();
  const double wall = std::max(plan.longest, plan.seconds / static_cast<double>(options.ranks));

  fmt::print("sweep            {}\n", sweep.name);
  for (const auto* axis : sweep.moved())
    fmt::print("axis             {}: {} ({} .. {})\n", axis->name, counted(axis->size(), "value"), axis->labels.front(), axis->labels.back());
  if (sweep.refined)
    fmt::print("refined          {} by {} of {}; at most {}, about {} for a boundary that crosses once; the grid has {}\n", fmt::join(sweep.refine.axes, ", "),
               sweep.refine.observable, name(sweep.refine.engine), counted(sweep.points(), "point"), grouped(plan.points), grouped(plan.grid));
  fmt::print("points           {}{}\n", grouped(plan.points), plan.excluded == 0 ? "" : fmt::format(" ({} excluded)", grouped(plan.excluded)));
  std::string engines;
  for (const auto engine : sweep.engines) engines += " " + name(engine);
  if (replicas.least == replicas.most) {
    fmt::print("tasks            {} ({} a point; engines:{})\n", grouped(plan.points * replicas.most), counted(replicas.most, "replica"), engines);
  } else {
    const auto about = static_cast<std::uint64_t>(std::llround(replicas.mean * static_cast<double>(plan.points)));
    fmt::print("tasks            {} .. {} ({} replicas a point where all agree, up to {} elsewhere; engines:{})\n", grouped(plan.points * replicas.least),
               grouped(plan.points * replicas.most), replicas.least, replicas.most, engines);
    fmt::print("estimate         {} tasks, if success changes along one line of the grid: on this rest CPU-hours and wall time\n", grouped(about));
  }
  fmt::print("result file      {}\n", bytes(static_cast<double>(layout.bytes())));
  fmt::print("memory per rank  {} (rank 0: {}){}\n", bytes(kProgram + plan.working_set + rows),
             bytes(kProgram + plan.working_set + rows + queue + tables),
             pools == 0.0 ? "" : fmt::format(" and {} of images a node", bytes(pools)));
  fmt::print("CPU-hours        {:.3g} ({}; longest task {}), to a factor of about two\n", plan.seconds / 3600.0, duration(plan.seconds),
             duration(plan.longest));
  if (sweep.refined) fmt::print("grid             {:.3g} CPU-hours for every point of equal resolution\n", plan.grid_seconds / 3600.0);
  fmt::print("wall time        {} on {}\n", duration(wall), counted(options.ranks, "rank"));
  if (options.list) list_points(sweep);
  return kAllDone;
}

}  // namespace

void add_plan(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("plan", "Check a sweep file and say what it costs: points, tasks, bytes, memory, CPU-hours; runs nothing");
  command->add_option("SWEEP.toml", options->sweep, "the sweep file")->required();
  command->add_option("--set", options->overrides, "KEY=VALUE: override a value of the sweep file")->take_all();
  command->add_option("--ranks", options->ranks, "number of MPI ranks for the wall time")->check(CLI::Range(1, 1 << 24))->capture_default_str();
  command->add_flag("--list", options->list, "also list the points with their index");
  command->footer("Example:  aesweep plan sweeps/quickstart.toml --ranks 64");
  command->callback([options, &status] { status = show_plan(*options); });
}

}  // namespace aesweep
