#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/store/result_file.hpp"
#include "commands.hpp"
#include "kernel_modules.hpp"
#include "mpi_session.hpp"
#include "pending.hpp"
#include "phase_writer.hpp"
#include "result_layout.hpp"
#include "stored_result.hpp"
#include "text.hpp"
#include "write_lock.hpp"

namespace aesweep {
namespace {

constexpr std::uint64_t kBytesAtOnce = 64'000'000;

struct Options {
  std::string file, output;
  std::optional<double> learnt_threshold, success_excess;
  InstructionSetRequest instruction_set;
};

void check_judgeable(const ResultReader& reader, const Sweep& sweep) {
  const auto& path = reader.path();
  check_reads_as_before(reader, sweep);
  if (!sweep.record.trajectories)
    throw UsageError(path + ": holds no trajectories (record.trajectories = false), so there is nothing to judge anew; run the sweep again");
  if (const auto pending = pending_tasks(reader).size(); pending > 0)
    throw UsageError(fmt::format("{}: {} pending; `aesweep run` with the sweep it was made from finishes it, then it can be judged anew", path,
                                 counted(pending, "task")));
}

/// A stored trajectory as it was recorded; `explained` has the shape (component, time).
Trajectory trajectory_of(const std::vector<double>& times, const std::vector<double>& pmse, const std::vector<double>& explained) {
  const std::size_t components = explained.size() / times.size();
  Trajectory trajectory(times, components);
  std::vector<double> now(components);
  for (std::size_t i = 0; i < times.size(); ++i) {
    for (std::size_t m = 0; m < components; ++m) now[m] = explained[m * times.size() + i];
    // A divergence was stored as NaN: no bound is needed to find it again.
    if (!trajectory.record(i, pmse[i], now, std::numeric_limits<double>::infinity())) break;
  }
  return trajectory;
}

struct Count {
  std::uint64_t rows = 0, changed = 0;
};

/// Judges the rows of one engine in `to` by the trajectories in `from`. Only what the criteria decide is written anew: learnt and learning_time.
Count judge_engine(Experiment& experiment, const FileLayout& layout, std::size_t e, const ResultReader& from, ResultFile& to) {
  const auto& sweep = experiment.sweep();
  const auto engine = sweep.engines[e];
  const auto pmse = experiment.column(engine, "pmse"), explained = experiment.column(engine, "explained");
  const auto learnt = experiment.column(engine, "learnt"), learning_time = experiment.column(engine, "learning_time");
  const std::uint64_t replicas = layout.replicas;
  const std::uint64_t points_at_once = std::max<std::uint64_t>(1, kBytesAtOnce / (layout.row_bytes() * replicas));
  Count count;
  for (std::uint64_t first = 0; first < layout.points(); first += points_at_once) {
    const std::uint64_t points = std::min(points_at_once, layout.points() - first);
    auto rows = from.rows(layout, e, first * replicas, points * replicas);
    for (std::uint64_t p = 0; p < points; ++p) {
      if (sweep.excluded(first + p)) continue;
      const auto point = sweep.point(first + p);
      const auto times = experiment.times(point);
      const auto yardstick = experiment.yardstick(point);
      for (std::uint64_t r = 0; r < replicas; ++r) {
        auto& row = rows[p * replicas + r];
        if (row.status != Status::done && row.status != Status::diverged) continue;
        const auto trajectory = trajectory_of(times, row.values[pmse], row.values[explained]);
        const auto verdict = experiment.judge(trajectory, std::nan(""), yardstick);
        ++count.rows;
        if (row.values[learnt][0] != verdict.learnt) ++count.changed;
        row.values[learnt] = {static_cast<double>(verdict.learnt)};
        row.values[learning_time] = verdict.learning_time;
        to.write_row(e, (first + p) * replicas + r, row);
      }
    }
  }
  return count;
}

/// Sequential replicas are as many as their success asked for.
void check_success_stays(const Options& options, const ResultReader& reader, const Sweep& sweep) {
  const auto stored = stored_sweep(reader, {}).outcome.success_excess;
  if (sweep.sequential.min == 0 || stored == sweep.outcome.success_excess) return;
  throw UsageError(fmt::format("--success-excess {}: how many replicas each point of {} has was decided by success at {}; `aesweep extend` into a sweep "
                               "with outcome.success_excess = {} takes what is there and leaves the rest pending",
                               sweep.outcome.success_excess, options.file, stored, sweep.outcome.success_excess));
}

int judge_file(const Options& options) {
  std::vector<std::string> overrides;
  if (options.learnt_threshold) overrides.push_back(fmt::format("outcome.learnt_threshold={}", *options.learnt_threshold));
  if (options.success_excess) overrides.push_back(fmt::format("outcome.success_excess={}", *options.success_excess));
  const std::string target = options.output.empty() ? options.file : options.output;
  const bool in_place = std::filesystem::exists(target) && std::filesystem::equivalent(options.file, target);
  if (!in_place && std::filesystem::exists(target)) throw UsageError(target + ": exists already; it is not overwritten");
  if (!in_place && is_being_written(options.file)) throw std::runtime_error(options.file + ": a run is writing to this file");
  const WriteLock lock(target);

  const MpiSession mpi;   // before the files: HDF5 wants MPI for as long as it has one open
  Count count;
  const ResultReader reader(options.file);
  refuse_refined(stored_sweep(reader, {}), options.file, "which points it has rests on how they were judged: run it into another file");
  check_judgeable(reader, stored_sweep(reader, {}));
  const auto sweep = stored_sweep(reader, overrides);
  check_success_stays(options, reader, sweep);
  const auto choice = choose_instruction_set(instruction_sets_here(), options.instruction_set, options.file, reader.attribute("instruction_set"));
  const auto made = load_kernels(choice.name).make_experiment(sweep, load_pool, [] { return 0.0; });
  auto& experiment = *made;
  const auto layout = layout_of(experiment);
  Replacement copy(options.file, in_place ? std::filesystem::canonical(target).string() : target);
  {
    ResultFile file(copy.path(), layout, MPI_COMM_SELF);
    for (std::size_t e = 0; e < layout.engines.size(); ++e) {
      const auto judged = judge_engine(experiment, layout, e, reader, file);
      count.rows += judged.rows;
      count.changed += judged.changed;
    }
    file.close();
  }
  write_phase(copy.path(), layout, sweep);
  replace_attributes(copy.path(), {{"sweep", sweep.text}, {"sweep_id", hex(sweep.id())}, {"sweep_values", sweep.canonical}});
  copy.commit();
  fmt::print("{}: {} judged with learnt_threshold = {}, success_excess = {}; learnt changed in {}\n", target, counted(count.rows, "row"),
             sweep.outcome.learnt_threshold, sweep.outcome.success_excess, grouped(count.changed));
  fmt::print("look at it:  aesweep show {}\n", target);
  return kAllDone;
}

}  // namespace

void add_judge(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("judge", "Judge the stored trajectories anew, by other criteria; computes nothing else");
  command->add_option("FILE.h5", options->file, "a finished result file with trajectories")->required()->check(CLI::ExistingFile);
  command->add_option("--learnt-threshold", options->learnt_threshold, "new value of outcome.learnt_threshold (default: the file's)");
  command->add_option("--success-excess", options->success_excess, "new value of outcome.success_excess (default: the file's)");
  command->add_option("-o,--output", options->output, "write to this new file and leave FILE.h5 as it is");
  add_instruction_sets(*command, options->instruction_set);
  command->footer("Example:  aesweep judge quickstart.h5 --learnt-threshold 0.9\n"
                  "Work is done on a copy, FILE.h5.part, that takes FILE.h5's place at the end: whatever happens before, FILE.h5 stays as it was.\n"
                  "The file is then that of the sweep with these criteria; `aesweep run` takes it as finished with\n"
                  "  --set outcome.learnt_threshold=0.9, or with the sweep file changed likewise.");
  command->callback([options, &status] { status = judge_file(*options); });
}

}  // namespace aesweep
