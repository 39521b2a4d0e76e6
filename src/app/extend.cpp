#include <fmt/core.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <map>
#include <memory>

#include "commands.hpp"
#include "empty_result.hpp"
#include "kernel_modules.hpp"
#include "mpi_session.hpp"
#include "pending.hpp"
#include "phase_writer.hpp"
#include "refined_sweep.hpp"
#include "result_layout.hpp"
#include "row_transfer.hpp"
#include "sequential.hpp"
#include "stored_result.hpp"
#include "text.hpp"
#include "write_lock.hpp"

namespace aesweep {
namespace {

struct Options {
  std::string file, sweep, output;
  std::vector<std::string> overrides;
  InstructionSetRequest instruction_set;
};

/// What decides all rows of a file must be the same, or none of them fits.
void check_extendable(const std::string& path, const Sweep& from, const Sweep& to) {
  const auto refuse = [&](const std::string& difference, const std::string& advice) {
    throw UsageError(fmt::format("{}: {}, so none of its rows belongs to the new sweep{}", path, difference, advice));
  };
  if (from.seed != to.seed) refuse(fmt::format("sweep.seed is {} there and {} in the new sweep", from.seed, to.seed), "");
  if (from.common_randomness != to.common_randomness)
    refuse(fmt::format("sweep.common_randomness is {} there and {} in the new sweep", from.common_randomness, to.common_randomness), "");
  if (from.outcome.learnt_threshold != to.outcome.learnt_threshold)
    refuse(fmt::format("outcome.learnt_threshold is {} there and {} in the new sweep", from.outcome.learnt_threshold, to.outcome.learnt_threshold),
           from.refined ? "" : fmt::format("; judge it anew first:  aesweep judge {} --learnt-threshold {}", path, to.outcome.learnt_threshold));
}

/// Whether a sweep's file has rows for a point: not where it is excluded, or no place of a refined sweep yet.
bool has_rows(const Sweep& sweep, std::uint64_t point) {
  return !sweep.excluded(point) && (!sweep.refined || sweep.refined->site[point] != kNoSite);
}

/// Takes finished rows of a file into a new one, where they are found by content.
class Extension {
 public:
  Extension(const StoredResult& from, const Experiment& to, const FileLayout& layout, std::string path)
      : from_(from), to_(to), layout_(layout), path_(std::move(path)), looked_up_(to.sweep().points()) {
    for (std::uint64_t point = 0; point < from.sweep().points(); ++point)
      if (has_rows(from.sweep(), point)) there_[from.sweep().point_id(from.sweep().point(point))].push_back(point);
  }

  /// Rows of all points that the new file has rows for and that were not looked up before. @returns how many points were there.
  std::size_t take() {
    const auto points = matches();
    if (points.empty()) return 0;
    ResultFile file(path_, layout_, MPI_COMM_SELF);
    const auto targets = [&](std::uint64_t point) {
      const auto found = points.find(point);
      return found == points.end() ? std::vector<std::uint64_t>{} : found->second;
    };
    const auto lost = transfer_rows(from_, to_, targets, [&](const TransferredRow& row) {
      file.write_row(row.engine, row.task, row.row);
      ++taken_;
    });
    file.close();
    losses_.inconvertible += lost.inconvertible;
    losses_.reasons = lost.reasons;
    losses_.damaged.insert(losses_.damaged.end(), lost.damaged.begin(), lost.damaged.end());
    settle_replicas(path_, layout_);
    return points.size();
  }

  std::uint64_t taken() const { return taken_; }
  const TransferLosses& losses() const { return losses_; }

 private:
  /// Points of the file that are new points of the other sweep.
  std::map<std::uint64_t, std::vector<std::uint64_t>> matches() {
    // A point's identity holds record.first in the units of /time: with and without an axis over the horizon it may mean different times.
    const bool same_units = from_.sweep().relative_time() == to_.sweep().relative_time();
    std::map<std::uint64_t, std::vector<std::uint64_t>> result;
    for (std::uint64_t point = 0; point < looked_up_.size(); ++point) {
      if (looked_up_[point] || !has_rows(to_.sweep(), point)) continue;
      looked_up_[point] = true;
      const auto config = to_.sweep().point(point);
      const auto found = there_.find(to_.sweep().point_id(config));
      if (found == there_.end()) continue;
      for (const auto other : found->second)
        if (same_units || from_.experiment.times(from_.sweep().point(other)) == to_.times(config)) result[other].push_back(point);
    }
    return result;
  }

  const StoredResult& from_;
  const Experiment& to_;
  const FileLayout& layout_;
  std::string path_;
  std::map<Digest, std::vector<std::uint64_t>> there_;
  std::vector<bool> looked_up_;
  std::uint64_t taken_ = 0;
  TransferLosses losses_;
};

/// @returns how many points of the file are in the new one. A refined sweep asks for its points generation by generation, as far as rows reach.
std::size_t take_all(Extension& extension, Experiment& to, const FileLayout& layout, const std::string& path) {
  if (!to.sweep().refined) return extension.take();
  RefinedSweep decisions(to, layout, path);
  std::size_t points = 0;
  for (std::size_t more = 1; more > 0 && decisions.advance() > 0; points += more) more = extension.take();
  decisions.write_results();
  return points;
}

int extend_file(const Options& options) {
  const auto sweep = load_sweep(options.sweep, options.overrides);
  if (std::filesystem::exists(options.output)) throw UsageError(options.output + ": exists already; it is not overwritten");
  if (is_being_written(options.file)) throw std::runtime_error(options.file + ": a run is writing to this file");
  const WriteLock lock(options.output);

  const MpiSession mpi;   // before the files: HDF5 wants MPI for as long as it has one open
  const StoredResult from(options.file);
  check_extendable(options.file, from.sweep(), sweep);
  warn_of_another_build(from.reader);
  const auto choice = choose_instruction_set(instruction_sets_here(), options.instruction_set, options.file, from.reader.attribute("instruction_set"));
  const auto made = load_kernels(choice.name).make_experiment(sweep, load_pool, [] { return 0.0; });
  auto& to = *made;
  const auto layout = layout_of(to);

  std::string command = fmt::format("aesweep extend {} {}", options.file, options.sweep);
  std::string set;
  for (const auto& override_text : options.overrides) set += " --set " + override_text;
  Replacement extended(options.output);
  create_empty_result(extended.path(), to, layout, command + set, choice.name);
  Extension extension(from, to, layout, extended.path());
  if (take_all(extension, to, layout, extended.path()) == 0)
    throw UsageError(fmt::format("{}: no point of the sweep of {} is in it; in the file -> now:\n  {}", options.file, options.sweep,
                                 fmt::join(differences(from.sweep().canonical, sweep.canonical), "\n  ")));
  write_phase(extended.path(), layout, sweep);
  const auto pending = pending_tasks(ResultReader(extended.path())).size();
  extended.commit();
  report_losses(options.file, extension.losses());
  if (!choice.remark.empty()) fmt::print("{}: {}, {}\n", options.output, choice.name, choice.remark);
  fmt::print("{}: {} taken from {}, {} pending\n", options.output, counted(extension.taken(), "row"), options.file, counted(pending, "task"));
  if (pending > 0) fmt::print("go on with:  aesweep run {} -o {}{}\n", options.sweep, options.output, set);
  return kAllDone;
}

}  // namespace

void add_extend(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("extend", "Begin a changed sweep with everything that a result file has of it already");
  command->add_option("FILE.h5", options->file, "a result file, finished or not")->required()->check(CLI::ExistingFile);
  command->add_option("SWEEP.toml", options->sweep, "the sweep file as it is now: more replicas, other values, further axes or engines, [refine] or none")->required();
  command->add_option("-o,--output", options->output, "the new result file; FILE.h5 stays as it is")->required();
  command->add_option("--set", options->overrides, "KEY=VALUE: override a value of the sweep file")->take_all();
  add_instruction_sets(*command, options->instruction_set);
  command->footer(
      "Example:  aesweep extend coarse.h5 fine.toml -o fine.h5 && aesweep run fine.toml -o fine.h5\n"
      "A row is found by its content (all that its point is made of, seed, replica, engine), wherever it lies in either grid, and copied with its\n"
      "bits. What is not there, has failed or is damaged is pending in the new file. A refined sweep takes its points generation by generation, up to the\n"
      "first that needs a row which is not there: what lies behind is run again. Nothing is computed here.");
  command->callback([options, &status] { status = extend_file(*options); });
}

}  // namespace aesweep
