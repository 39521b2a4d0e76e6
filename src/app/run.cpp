#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "aesweep/experiment/cost.hpp"
#include "aesweep/experiment/experiment.hpp"
#include "aesweep/experiment/phase.hpp"
#include "aesweep/schedule/coordinator.hpp"
#include "aesweep/store/result_file.hpp"
#include "aesweep/sweep/duration.hpp"
#include "checkpoints.hpp"
#include "clock.hpp"
#include "commands.hpp"
#include "empty_result.hpp"
#include "event_log.hpp"
#include "kernel_modules.hpp"
#include "mpi_session.hpp"
#include "pending.hpp"
#include "phase_writer.hpp"
#include "progress.hpp"
#include "refined_sweep.hpp"
#include "reset_rows.hpp"
#include "result_layout.hpp"
#include "sequential.hpp"
#include "shared_pools.hpp"
#include "signals.hpp"
#include "stored_result.hpp"
#include "task_costs.hpp"
#include "text.hpp"
#include "time_limit.hpp"
#include "write_lock.hpp"

namespace aesweep {
namespace {

struct Options {
  std::string sweep, output, part = "1/1";
  std::vector<std::string> overrides;
  std::string time_limit;
  std::string checkpoint_every = "60s";
  bool failed = false, quiet = false;
  InstructionSetRequest instruction_set;
};

/// A length of time among the options. @throws UsageError
double seconds_of(const std::string& option, const std::string& text) {
  if (const auto seconds = parse_duration(text)) return *seconds;
  throw UsageError(fmt::format("{} {}: expected a length of time such as 90s, 30m, 1:30:00 or 1-12:00:00 (D-HH:MM:SS)", option, text));
}

/// Runs what one rank does between collective calls. A fault ends the job here and now, with what is finished in the file: unwinding further would make
/// the destructors of collective things wait for ranks that know nothing of it.
template <class Action>
auto or_abort(const MpiSession& mpi, const Action& action) {
  try {
    return action();
  } catch (const std::exception& error) {
    fmt::print(stderr, "aesweep: rank {}: {}\n", mpi.rank(), error.what());
    std::fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, kError);
    throw;
  }
}

/// Rank 0 reads the sweep first, so that a bad file is reported once and every rank leaves.
std::unique_ptr<Sweep> load_everywhere(const MpiSession& mpi, const Options& options) {
  std::unique_ptr<Sweep> sweep;
  if (mpi.rank() == 0) {
    try {
      sweep = std::make_unique<Sweep>(load_sweep(options.sweep, options.overrides));
    } catch (const ConfigError& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
  }
  if (!mpi.broadcast(sweep ? 1 : 0)) return nullptr;
  if (!sweep) sweep = std::make_unique<Sweep>(load_sweep(options.sweep, options.overrides));
  return sweep;
}

/// Collective. What the options say, else what is left of the SLURM job, and what a refined sweep allows a run: each rank counts from this moment on its
/// own clock.
TimeLimit time_limit_of(const MpiSession& mpi, const Options& options, const RefineConfig& refine) {
  double seconds = std::numeric_limits<double>::infinity();
  if (mpi.rank() == 0) {
    std::string whose;
    if (!options.time_limit.empty()) {
      seconds = seconds_of("--time-limit", options.time_limit);
    } else if (const auto slurm = slurm_seconds_left()) {
      seconds = *slurm;
      whose = ", SLURM's limit";
    }
    if (const double allowed = std::min(parse_duration(refine.wall_time).value(), refine.cpu_hours * 3600.0 / mpi.size()); allowed < seconds) {
      seconds = allowed;
      whose = ", the limit in [refine]";
    }
    if (std::isfinite(seconds) && !options.quiet) {
      fmt::print("stops within {}{}\n", duration(seconds), whose);
      std::fflush(stdout);
    }
  }
  MPI_Bcast(&seconds, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  return TimeLimit(seconds);
}

/// Refuses a file that another sweep made, and says how the two differ.
void check_same_sweep(const std::string& path, const Sweep& sweep) {
  const ResultReader reader(path);
  if (reader.attribute("sweep_id") == hex(sweep.id())) {
    warn_of_another_build(reader);
    return;
  }
  const auto lines = differences(reader.attribute("sweep_values"), sweep.canonical);
  throw UsageError(fmt::format("{}: made from another sweep; in the file -> now:\n  {}\nGive another file with -o, or move this one away.", path,
                               fmt::join(lines, "\n  ")));
}

/// @throws UsageError for options that a refined sweep can't have.
void refuse_for_refinement(const Sweep& sweep, const Options& options) {
  if (!sweep.refined) return;
  if (options.part != "1/1") throw UsageError("--part: a refined sweep is decided as a whole; its other axes can be split into sweeps of their own");
  if (options.failed) throw UsageError("--failed: what failed has been decided upon; run the refined sweep into another file");
}

/// Collective. What rank 0 chooses for a new file, or one that is there; nothing if it refuses, which it says.
const Kernels* choose_kernels(const MpiSession& mpi, const Options& options, const std::string& path, const Sweep& sweep) {
  const auto sets = instruction_sets_everywhere(mpi);
  int chosen = -1;
  if (mpi.rank() == 0) {
    try {
      refuse_for_refinement(sweep, options);
      std::optional<std::string> of_file;
      if (std::filesystem::exists(path)) {
        check_same_sweep(path, sweep);
        of_file = ResultReader(path).attribute("instruction_set");
      }
      const auto choice = choose_instruction_set(sets, options.instruction_set, path, of_file);
      if (!options.quiet) fmt::print("computing with {}{}\n", choice.name, choice.remark.empty() ? "" : ", " + choice.remark);
      std::fflush(stdout);
      chosen = static_cast<int>(std::ranges::find(sets, choice.name, &InstructionSet::name) - sets.begin());
    } catch (const UsageError& error) {
      fmt::print(stderr, "aesweep: {}\n", error.what());
    }
  }
  chosen = mpi.broadcast(chosen);
  return chosen < 0 ? nullptr : &load_kernels(sets[static_cast<std::size_t>(chosen)].name);
}

/// How often each row has been computed so far, for each engine.
using Attempts = std::vector<std::vector<double>>;
Attempts stored_attempts(const std::string& path) {
  const ResultReader reader(path);
  Attempts attempts;
  for (const auto& engine : reader.engines()) attempts.push_back(reader.read("/" + engine + "/attempts"));
  return attempts;
}

/// Collective. The host of every rank, on rank 0.
std::vector<std::string> gather_hosts(const MpiSession& mpi) {
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  int length = 0;
  MPI_Get_processor_name(name.data(), &length);
  std::vector<char> all(mpi.rank() == 0 ? name.size() * static_cast<std::size_t>(mpi.size()) : 0);
  MPI_Gather(name.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR, all.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR, 0, MPI_COMM_WORLD);
  std::vector<std::string> hosts;
  for (std::size_t at = 0; at < all.size(); at += name.size()) hosts.emplace_back(all.data() + at);
  return hosts;
}

/// What one rank does tasks with.
struct Bench {
  Experiment& experiment;
  ResultFile& file;
  const std::string& path;
  const TimeLimit& limit;
  Checkpoints& checkpoints;
  const Attempts& attempts;
  const std::string& instruction_set;
  int rank;
  bool sequential;   ///< whether results decide how many replicas there are

  bool must_stop() const { return stop_requested() || limit.reached(); }
};

/// Whether tasks of a point are better left to the next run: they would be cut off in an engine that keeps nothing. @param unkept  the sweep without SGD.
bool comes_too_late(const TimeLimit& limit, const Sweep& unkept, std::uint64_t point, std::size_t count) {
  return limit.near_end() && !unkept.engines.empty() && static_cast<double>(count) * expected_seconds(unkept.point(point), unkept) > limit.left();
}

void write_rows(const Bench& bench, TaskId task, TaskResult& result) {
  const auto& experiment = bench.experiment;
  const auto& engines = experiment.sweep().engines;
  try {
    for (std::size_t e = 0; e < engines.size(); ++e) {
      auto& row = result.rows[e];
      row.values[experiment.column(engines[e], "rank")] = {static_cast<double>(bench.rank)};
      row.values[experiment.column(engines[e], "attempts")] = {bench.attempts[e][task] + 1.0};
      row.values[experiment.column(engines[e], "instruction_set")] = {static_cast<double>(instruction_set_code(bench.instruction_set))};
      bench.file.write_row(e, task, row);
    }
  } catch (const std::runtime_error& error) {
    // MPI-IO does not always say why: a disk without room is what it mostly is.
    std::error_code unknown;
    const auto free = std::filesystem::space(bench.path, unknown).available / 1024;
    throw std::runtime_error(fmt::format("{}\nEvery row that was finished is safe in {}. Remove the cause (make room if its disk is full{}), then run "
                                         "the same command again.", error.what(), bench.path, unknown ? "" : fmt::format(": {} kB free", free)));
  }
}

/// Those of the first tasks that a rank runs together: replicas of one point, as many as that makes cheaper.
std::span<const TaskId> group_of(const Experiment& experiment, std::span<const TaskId> tasks) {
  const auto replicas = static_cast<TaskId>(experiment.sweep().replicas);
  const std::uint64_t point = tasks.front() / replicas;
  if (tasks.size() == 1 || tasks[1] / replicas != point) return tasks.first(1);
  const auto most = std::min(tasks.size(), experiment.group_size(experiment.sweep().point(point)));
  std::size_t size = 1;
  while (size < most && tasks[size] / replicas == point) ++size;
  return tasks.first(size);
}

/// Runs replicas of one point and stores their rows, each as soon as it has ended; each one's seconds are its share. Rows of what nobody has asked for yet
/// are kept like the state of interrupted tasks.
std::vector<TaskReport> do_tasks(const Bench& bench, std::span<const TaskId> tasks, const Coordinator::Poll& poll) {
  const auto& sweep = bench.experiment.sweep();
  const auto replicas = static_cast<TaskId>(sweep.replicas);
  const std::uint64_t point = tasks.front() / replicas;
  const double start = seconds_now();
  const Poll stoppable = [&] {
    if (poll() || bench.must_stop()) throw Stopped();
  };
  std::vector<TaskReport> reports;
  std::vector<std::uint32_t> numbers;
  std::vector<Checkpoints::Task> checkpoints;
  std::vector<Checkpoint*> own;
  checkpoints.reserve(tasks.size());
  for (const auto task : tasks) {
    reports.push_back({.task = task, .state = TaskReport::State::skipped});
    numbers.push_back(static_cast<std::uint32_t>(task % replicas));
    own.push_back(&checkpoints.emplace_back(bench.checkpoints, bench.experiment, point, numbers.back()));
  }
  double writing = 0.0;
  const auto store = [&](std::size_t i, TaskResult result) {
    const double computed = seconds_now();
    write_rows(bench, tasks[i], result);
    if (checkpoints[i].exists()) {
      bench.file.flush();   // the row is on the device before what it could be made from is gone
      checkpoints[i].remove();
    }
    auto& report = reports[i];
    report.state = result.failures.empty() ? TaskReport::State::done : TaskReport::State::failed;
    report.message = fmt::format("{}", fmt::join(result.failures, "; "));
    report.whole = !checkpoints[i].loaded();
    if (bench.sequential) report.content = content_of(bench.experiment, result);
    if (sweep.refined) report.content += RefinedSweep::content_of(bench.experiment, point, result);
    report.io_seconds = seconds_now() - computed;
    writing += report.io_seconds;
  };
  try {
    if (point < sweep.points()) bench.experiment.run_group(point, numbers, stoppable, own, store);
    else bench.experiment.run_ahead(point, numbers, stoppable, own);
  } catch (const Stopped&) {   // those that are not stored are left as skipped
  }
  const double share = (seconds_now() - start - writing) / static_cast<double>(tasks.size());
  for (auto& report : reports) report.seconds = share + report.io_seconds;
  return reports;
}

/// What can't be logged is said once and changes nothing: the truth is in the result file.
class SafeLog {
 public:
  template <class Action>
  void operator()(const Action& action) {
    try {
      action();
    } catch (const std::runtime_error& error) {
      if (!said_) fmt::print(stderr, "aesweep: {}; the run goes on without its events\n", error.what());
      said_ = true;
    }
  }

 private:
  bool said_ = false;
};

/// Collective. Hands out what is pending and computes it, until all is done or a stop comes.
/// @param decisions  on rank 0 of a refined sweep: it hears of what has ended, and says what to work ahead on.
void compute(const MpiSession& mpi, Experiment& experiment, ResultFile& file, const std::string& path, const TimeLimit& limit,
             Checkpoints& checkpoints, const std::string& instruction_set, const Options& options, RefinedSweep* decisions) {
  const auto& sweep = experiment.sweep();
  std::vector<TaskId> tasks;
  Attempts attempts;
  or_abort(mpi, [&] {
    if (mpi.rank() == 0) tasks = pending_tasks(ResultReader(path), parse_part(options.part));
    attempts = stored_attempts(path);
  });
  const std::uint64_t count = tasks.size();
  const auto test = sequential_test(sweep);
  std::optional<SequentialRun> sequential;
  if (mpi.rank() == 0 && test) sequential.emplace(*test, ResultReader(path), tasks, file);
  TaskQueue queue(listed(std::move(tasks), experiment));

  EventLog events(path);
  SafeLog log;
  const auto hosts = gather_hosts(mpi);
  if (mpi.rank() == 0) {
    log([&] { events.start(mpi.size(), count, instruction_set); });
    const auto ranks = counted(static_cast<std::uint64_t>(mpi.size()), "rank");
    const std::string more = test ? " (and further replicas where success is uncertain)" : "";
    if (!options.quiet)
      fmt::print("{}: {} to do on {}, expected {} of CPU time{}\n", path, counted(count, "task"), ranks, duration(queue.remaining_cost()), more);
    std::fflush(stdout);
  }
  Progress progress(count, mpi.size(), options.quiet);
  const auto replicas = static_cast<TaskId>(sweep.replicas);
  std::uint64_t left = count;
  Sweep unkept = sweep;
  std::erase_if(unkept.engines, [](Engine engine) { return engine == Engine::sgd || engine == Engine::deep; });
  const Bench bench{experiment, file, path, limit, checkpoints, attempts, instruction_set, mpi.rank(), test.has_value()};

  Coordinator coordinator(MPI_COMM_WORLD);
  Coordinator::Callbacks callbacks;
  callbacks.work = [&](std::span<const TaskId> held, const Coordinator::Poll& poll) {
    const auto group = group_of(experiment, held);
    if (!comes_too_late(limit, unkept, group.front() / replicas, group.size())) return do_tasks(bench, group, poll);
    std::vector<TaskReport> reports;
    for (const auto task : group) reports.push_back({.task = task, .state = TaskReport::State::put_off});
    return reports;
  };
  callbacks.stop = [&] { return bench.must_stop(); };
  callbacks.told_to_stop = [] { request_stop(); };
  callbacks.ended = [&](const TaskReport& report, int rank) {
    if (report.state == TaskReport::State::skipped || report.state == TaskReport::State::put_off) return;
    --left;
    if (decisions) decisions->enter(report.task, std::string_view(report.content).substr(test ? sweep.engines.size() : 0));
    progress.ended(report, coordinator.unfinished_cost());
    if (report.state == TaskReport::State::failed)
      log([&] {
        events.failure({report.task / replicas, report.task % replicas, rank, hosts[static_cast<std::size_t>(rank)],
                        attempts.front()[report.task] + 1.0, report.message});
      });
  };
  if (sequential) {
    callbacks.decide = [&](std::span<const TaskReport> reports) {
      auto next = sequential->decide(reports);
      left += next.size();
      progress.more(next.size());
      return listed(std::move(next), experiment);
    };
  }
  if (decisions) callbacks.ahead = [&] { return limit.near_end() ? std::vector<TaskId>{} : decisions->ahead(); };
  callbacks.tick = [&] { progress.tick(); };
  or_abort(mpi, [&] { coordinator.run(std::move(queue), callbacks); });
  if (mpi.rank() != 0) return;
  progress.finish(left > 0, coordinator.efficiency());
  log([&] { events.end(left, left > 0); });
}

/// What the file says of the run's end.
int verdict(const std::string& path, const Part& part, bool quiet) {
  const ResultReader reader(path);
  const bool stopped = !pending_tasks(reader, part).empty() || (reader.exists("/refined/complete") && std::ranges::count(reader.read("/refined/complete"), 0.0) > 0);
  std::uint64_t failed = 0;
  for (const auto& engine : reader.engines())
    for (const auto status : reader.status(engine)) failed += status == static_cast<std::uint8_t>(Status::failed) ? 1 : 0;
  if (stopped && !quiet) fmt::print("stopped early: the same command continues\n");
  if (failed > 0 && !quiet) fmt::print("{} failed: messages in {}.events.jsonl\n", counted(failed, "row"), path);
  if (stopped) return kStoppedEarly;
  if (!quiet) fmt::print("look at it:  aesweep show {}\n", path);
  return failed > 0 ? kSomeFailed : kAllDone;
}

/// Collective. All that a file's pending rows are computed with, but for the file.
struct Workshop {
  const MpiSession& mpi;
  Experiment& experiment;
  const FileLayout& layout;
  const std::string& path;
  const TimeLimit& limit;
  Checkpoints& checkpoints;
  const std::string& instruction_set;
  const Options& options;

  void run_pending(RefinedSweep* decisions = nullptr) const {
    ResultFile file(path, layout, MPI_COMM_WORLD);
    compute(mpi, experiment, file, path, limit, checkpoints, instruction_set, options, decisions);
    or_abort(mpi, [&] { file.flush(); });   // where a write only seemed to succeed (NFS, a quota), this is when the system says so
    file.close();
  }

  /// What nobody asked for.
  void forget(const std::vector<TaskId>& tasks) const {
    const auto replicas = static_cast<TaskId>(experiment.sweep().replicas);
    for (const auto task : tasks) Checkpoints::Task(checkpoints, experiment, task / replicas, static_cast<std::uint32_t>(task % replicas)).remove();
  }

  /// Generation by generation, each decided by rank 0 from what the file holds of those before.
  void run_refined() const {
    const bool leads = mpi.rank() == 0;
    auto& sites = experiment.sweep().refined->site;
    const auto decisions = leads ? or_abort(mpi, [&] { return std::make_unique<RefinedSweep>(experiment, layout, path); }) : nullptr;
    while (true) {
      const bool more = mpi.broadcast(leads && or_abort(mpi, [&] { return decisions->advance() > 0; }) ? 1 : 0) != 0;
      MPI_Bcast(sites.data(), static_cast<int>(sites.size()), MPI_INT64_T, 0, MPI_COMM_WORLD);
      if (leads) or_abort(mpi, [&] { forget(decisions->vain()); });
      if (!more) break;
      run_pending(decisions.get());
      const bool stopped = leads && (stop_requested() || limit.reached() || !pending_tasks(ResultReader(path)).empty());
      if (mpi.broadcast(stopped ? 1 : 0) != 0) break;
      checkpoints.look();   // all ranks have kept what they keep
    }
    if (leads) or_abort(mpi, [&] { decisions->write_results(); });
  }
};

/// Collective.
int run_sweep(const MpiSession& mpi, const Options& options) {
  const auto sweep = load_everywhere(mpi, options);
  if (!sweep) return kBadInput;
  const auto limit = time_limit_of(mpi, options, sweep->refine);
  const std::string path = followed(options.output.empty() ? sweep->name + ".h5" : options.output);
  std::string command = "aesweep run " + options.sweep;
  for (const auto& override_text : options.overrides) command += " --set " + override_text;

  std::unique_ptr<WriteLock> lock;
  int status = kAllDone;
  if (mpi.rank() == 0) {
    try {
      lock = std::make_unique<WriteLock>(path);
    } catch (const std::runtime_error& error) {
      fmt::print(stderr, "aesweep: {}\n", error.what());
      status = kError;
    }
  }
  status = mpi.broadcast(status);
  if (status != kAllDone) return status;
  const auto* kernels = choose_kernels(mpi, options, path, *sweep);
  if (!kernels) return kBadInput;

  const auto image_data = image_pools_of(*sweep);
  const SharedPools pools(image_data, MPI_COMM_WORLD);
  const auto made = kernels->make_experiment(*sweep, pools.loader(), seconds_now);
  auto& experiment = *made;
  for (const auto& data : image_data) {   // every rank makes its eigenvectors now, all at the same time
    PointConfig point;
    point.data = data;
    experiment.reference(point);
  }
  const auto layout = layout_of(experiment);

  if (mpi.rank() == 0) {
    try {
      if (!std::filesystem::exists(path)) {
        create_empty_result(path, experiment, layout, command, kernels->instruction_set);
      } else if (options.failed) {
        reset_failed_rows(path, layout, parse_part(options.part));
      }
      settle_replicas(path, layout);
    } catch (const Stopped&) {
      if (!options.quiet) fmt::print("stopped before {} was made: the same command begins again\n", path);
      status = kStoppedEarly;
    } catch (const std::runtime_error& error) {
      fmt::print(stderr, "aesweep: {}\n", error.what());
      status = kError;
    }
  }
  status = mpi.broadcast(status);
  if (status != kAllDone) return status;

  Checkpoints checkpoints(path, seconds_of("--checkpoint-every", options.checkpoint_every), kernels->instruction_set);
  const Workshop workshop{mpi, experiment, layout, path, limit, checkpoints, kernels->instruction_set, options};
  sweep->refined ? workshop.run_refined() : workshop.run_pending();
  if (mpi.rank() == 0) {
    status = or_abort(mpi, [&] {
      write_phase(path, layout, *sweep);
      return verdict(path, parse_part(options.part), options.quiet);
    });
    // Another part of the sweep may have left its checkpoints here, or a next generation will find some.
    if (status != kStoppedEarly && pending_tasks(ResultReader(path)).empty()) checkpoints.clear();
    else checkpoints.tidy();
  }
  return mpi.broadcast(status);
}

int run_with_mpi(const Options& options) {
  if (!options.time_limit.empty()) seconds_of("--time-limit", options.time_limit);
  seconds_of("--checkpoint-every", options.checkpoint_every);
  const MpiSession mpi;
  catch_stop_signals(mpi.rank() == 0);
  return or_abort(mpi, [&] { return run_sweep(mpi, options); });
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("run", "Run what is missing in the result file, and nothing else; the same command resumes");
  command->add_option("SWEEP.toml", options->sweep, "the sweep file")->required();
  command->add_option("-o,--output", options->output, "result file (default: NAME.h5, with the sweep's name)");
  command->add_option("--set", options->overrides, "KEY=VALUE: override a value of the sweep file, e.g. --set model.hidden=4")->take_all();
  command->add_option("--time-limit", options->time_limit,
                      "stop in time to be over after this long: 90s, 30m, 1:30:00, 1-12:00:00, none (default: what is left of the SLURM job)");
  command->add_option("--checkpoint-every", options->checkpoint_every,
                      "how often a long SGD replica keeps its state in FILE.h5.ckpt/ (default: 60s)");
  command->add_flag("--failed", options->failed, "run again what has failed as well (a failed point fails again unless the program has changed)");
  command->add_option("--part", options->part, "I/N: only the I-th of N disjoint parts, for jobs side by side, each with its file; then merge them");
  add_instruction_sets(*command, options->instruction_set);
  command->add_flag("-q,--quiet", options->quiet, "no progress, only errors");
  command->footer("Examples:  aesweep run sweeps/quickstart.toml\n"
                  "           mpirun -n 8 aesweep run sweeps/quickstart.toml -o eight.h5 --set sweep.replicas=4\n"
                  "Exit status: 0 all done, 1 error, 2 bad sweep file or arguments, 3 some points failed, 75 stopped early (run again to continue)");
  command->callback([options, &status] {
    parse_part(options->part);   // refused before MPI starts
    status = run_with_mpi(*options);
  });
}

}  // namespace aesweep
