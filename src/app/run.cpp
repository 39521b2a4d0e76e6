#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <memory>

#include "aesweep/experiment/cost.hpp"
#include "aesweep/experiment/experiment.hpp"
#include "aesweep/schedule/coordinator.hpp"
#include "aesweep/store/result_file.hpp"
#include "commands.hpp"
#include "event_log.hpp"
#include "mpi_session.hpp"
#include "pending.hpp"
#include "phase_writer.hpp"
#include "progress.hpp"
#include "result_layout.hpp"
#include "shared_pools.hpp"
#include "signals.hpp"
#include "text.hpp"
#include "write_lock.hpp"

namespace aesweep {
namespace {

struct Options {
  std::string sweep, output, part = "1/1";
  std::vector<std::string> overrides;
  bool quiet = false;
};

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

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

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

/// Refuses a file that another sweep made, and says how the two differ.
void check_same_sweep(const std::string& path, const Sweep& sweep) {
  const ResultReader reader(path);
  if (reader.attribute("sweep_id") == hex(sweep.id())) {
    for (const auto& [name, now] : provenance_of(sweep, ""))
      if ((name == "git_commit" || name == "version" || name == "compiler" || name == "instruction_set") && reader.attribute(name) != now)
        fmt::print(stderr, "aesweep: {}: begun with {} {}, continued with {}; same bits are promised for one build only\n", path, name,
                   reader.attribute(name), now);
    return;
  }
  const auto lines = differences(reader.attribute("sweep_values"), sweep.canonical);
  throw UsageError(fmt::format("{}: made from another sweep; in the file -> now:\n  {}\nGive another file with -o, or move this one away.", path,
                               fmt::join(lines, "\n  ")));
}

void create(const std::string& path, Experiment& experiment, const FileLayout& layout, const std::string& command) {
  const auto& sweep = experiment.sweep();
  std::vector<std::vector<double>> reference(3, std::vector<double>(layout.points()));
  std::vector<bool> excluded(layout.points());
  for (std::uint64_t point = 0; point < layout.points(); ++point) {
    excluded[point] = sweep.excluded(point);
    const auto known = excluded[point] ? Reference{std::nan(""), std::nan(""), std::nan("")} : experiment.reference(sweep.point(point));
    reference[0][point] = known.chance;
    reference[1][point] = known.pca_error;
    reference[2][point] = known.denoising_error;
  }
  create_result_file(path, layout, provenance_of(sweep, command), reference, excluded);
}

std::vector<double> costs_of(const std::vector<TaskId>& tasks, const Sweep& sweep) {
  const auto replicas = static_cast<TaskId>(sweep.replicas);
  std::vector<double> costs;
  costs.reserve(tasks.size());
  TaskId known = ~TaskId{0};
  double cost = 0.0;
  for (const auto task : tasks) {
    if (task / replicas != known) {
      known = task / replicas;
      cost = expected_seconds(sweep.point(known), sweep);
    }
    costs.push_back(cost);
  }
  return costs;
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

/// Runs one task and stores its rows.
TaskReport do_task(Experiment& experiment, ResultFile& file, int rank, const Attempts& attempts, TaskId task, const Poll& poll) {
  const auto& sweep = experiment.sweep();
  const auto replicas = static_cast<TaskId>(sweep.replicas);
  const double start = seconds_now();
  auto result = experiment.run(task / replicas, static_cast<std::uint32_t>(task % replicas), poll);
  for (std::size_t e = 0; e < sweep.engines.size(); ++e) {
    auto& row = result.rows[e];
    row.values[experiment.column(sweep.engines[e], "rank")] = {static_cast<double>(rank)};
    row.values[experiment.column(sweep.engines[e], "attempts")] = {attempts[e][task] + 1.0};
    file.write_row(e, task, row);
  }
  const auto state = result.failures.empty() ? TaskReport::State::done : TaskReport::State::failed;
  return {task, state, seconds_now() - start, fmt::format("{}", fmt::join(result.failures, "; "))};
}

/// Collective. Hands out what is pending and computes it. @returns whether a stop came before the end.
bool compute(const MpiSession& mpi, Experiment& experiment, ResultFile& file, const std::string& path, const Options& options) {
  const auto& sweep = experiment.sweep();
  std::vector<TaskId> tasks;
  Attempts attempts;
  or_abort(mpi, [&] {
    if (mpi.rank() == 0) tasks = pending_tasks(ResultReader(path), parse_part(options.part));
    attempts = stored_attempts(path);
  });
  const auto costs = costs_of(tasks, sweep);
  double total = 0.0;
  for (const double cost : costs) total += cost;

  EventLog events(path);
  const auto hosts = gather_hosts(mpi);
  if (mpi.rank() == 0) {
    or_abort(mpi, [&] { events.start(mpi.size(), tasks.size()); });
    const auto ranks = counted(static_cast<std::uint64_t>(mpi.size()), "rank");
    if (!options.quiet) fmt::print("{}: {} to do on {}, expected {} of CPU time\n", path, counted(tasks.size(), "task"), ranks, duration(total));
    std::fflush(stdout);
  }
  Progress progress(tasks.size(), total, options.quiet);
  const auto replicas = static_cast<TaskId>(sweep.replicas);
  std::uint64_t left = tasks.size();

  Coordinator coordinator(MPI_COMM_WORLD);
  Coordinator::Callbacks callbacks;
  callbacks.work = [&](TaskId task, const Poll& poll) { return do_task(experiment, file, mpi.rank(), attempts, task, poll); };
  callbacks.stop = stop_requested;
  callbacks.ended = [&](const TaskReport& report, int rank) {
    if (report.state == TaskReport::State::skipped) return;
    --left;
    const bool failed = report.state == TaskReport::State::failed;
    progress.ended(failed, expected_seconds(sweep.point(report.task / replicas), sweep));
    if (failed)
      events.failure({report.task / replicas, report.task % replicas, rank, hosts[static_cast<std::size_t>(rank)], attempts.front()[report.task] + 1.0,
                      report.message});
  };
  callbacks.tick = [&] { progress.tick(); };
  or_abort(mpi, [&] { coordinator.run(TaskQueue(std::move(tasks), costs), callbacks); });
  const bool stopped = left > 0;
  if (mpi.rank() == 0) {
    progress.finish(stopped);
    or_abort(mpi, [&] { events.end(left, stopped); });
  }
  return stopped;
}

/// What the file says of the run's end.
int verdict(const std::string& path, bool stopped, bool quiet) {
  const ResultReader reader(path);
  std::uint64_t failed = 0;
  for (const auto& engine : reader.engines())
    for (const auto status : reader.status(engine)) failed += status == static_cast<std::uint8_t>(Status::failed) ? 1 : 0;
  if (stopped && !quiet) fmt::print("stopped early: the same command continues\n");
  if (failed > 0 && !quiet) fmt::print("{} failed: messages in {}.events.jsonl\n", counted(failed, "row"), path);
  if (stopped) return kStoppedEarly;
  if (!quiet) fmt::print("look at it:  aesweep show {}\n", path);
  return failed > 0 ? kSomeFailed : kAllDone;
}

/// Collective.
int run_sweep(const MpiSession& mpi, const Options& options) {
  const auto sweep = load_everywhere(mpi, options);
  if (!sweep) return kBadInput;
  const std::string path = options.output.empty() ? sweep->name + ".h5" : options.output;
  std::string command = "aesweep run " + options.sweep;
  for (const auto& override_text : options.overrides) command += " --set " + override_text;

  const auto image_data = image_pools_of(*sweep);
  const SharedPools pools(image_data, MPI_COMM_WORLD);
  Experiment experiment(*sweep, pools.loader(), seconds_now);
  for (const auto& data : image_data) {   // every rank makes its eigenvectors now, all at the same time
    PointConfig point;
    point.data = data;
    experiment.reference(point);
  }
  const auto layout = layout_of(experiment);

  std::unique_ptr<WriteLock> lock;
  int status = kAllDone;
  if (mpi.rank() == 0) {
    try {
      lock = std::make_unique<WriteLock>(path);
      if (std::filesystem::exists(path)) {
        check_same_sweep(path, *sweep);
      } else {
        create(path, experiment, layout, command);
      }
    } catch (const UsageError& error) {
      fmt::print(stderr, "aesweep: {}\n", error.what());
      status = kBadInput;
    } catch (const std::runtime_error& error) {
      fmt::print(stderr, "aesweep: {}\n", error.what());
      status = kError;
    }
  }
  status = mpi.broadcast(status);
  if (status != kAllDone) return status;

  ResultFile file(path, layout, MPI_COMM_WORLD);
  const bool stopped = compute(mpi, experiment, file, path, options);
  file.close();
  if (mpi.rank() == 0) {
    status = or_abort(mpi, [&] {
      write_phase(path, layout, *sweep);
      return verdict(path, stopped, options.quiet);
    });
  }
  return mpi.broadcast(status);
}

int run_with_mpi(const Options& options) {
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
  command->add_option("--part", options->part, "I/N: only the I-th of N disjoint parts, for jobs side by side, each with its file; then merge them");
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
