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
           fmt::format("; judge it anew first:  aesweep judge {} --learnt-threshold {}", path, to.outcome.learnt_threshold));
}

/// Points of `to` that are a point of `from`, found by content.
std::map<std::uint64_t, std::vector<std::uint64_t>> matches(const Experiment& from, const Experiment& to) {
  // A point's identity holds record.first in the units of /time: with and without an axis over the horizon it may mean different times.
  const bool same_units = from.sweep().relative_time() == to.sweep().relative_time();
  std::map<Digest, std::vector<std::uint64_t>> wanted;
  for (std::uint64_t point = 0; point < to.sweep().points(); ++point)
    if (!to.sweep().excluded(point)) wanted[to.sweep().point_id(to.sweep().point(point))].push_back(point);
  std::map<std::uint64_t, std::vector<std::uint64_t>> result;
  for (std::uint64_t point = 0; point < from.sweep().points(); ++point) {
    if (from.sweep().excluded(point)) continue;
    const auto config = from.sweep().point(point);
    const auto found = wanted.find(from.sweep().point_id(config));
    if (found != wanted.end() && (same_units || from.times(config) == to.times(config))) result.emplace(point, found->second);
  }
  return result;
}

int extend_file(const Options& options) {
  const auto sweep = load_sweep(options.sweep, options.overrides);
  if (std::filesystem::exists(options.output)) throw UsageError(options.output + ": exists already; it is not overwritten");
  if (is_being_written(options.file)) throw std::runtime_error(options.file + ": a run is writing to this file");
  const WriteLock lock(options.output);

  const MpiSession mpi;   // before the files: HDF5 wants MPI for as long as it has one open
  const StoredResult from(options.file);
  refuse_refined(from.sweep(), options.file, "its points lie where its boundary is, and can't be extended to another sweep's");
  refuse_refined(sweep, options.sweep, "which points it needs is decided while it runs: aesweep run begins it");
  check_extendable(options.file, from.sweep(), sweep);
  warn_of_another_build(from.reader);
  const auto choice = choose_instruction_set(instruction_sets_here(), options.instruction_set, options.file, from.reader.attribute("instruction_set"));
  const auto made = load_kernels(choice.name).make_experiment(sweep, load_pool, [] { return 0.0; });
  auto& to = *made;
  const auto layout = layout_of(to);
  const auto points = matches(from.experiment, to);
  if (points.empty())
    throw UsageError(fmt::format("{}: no point of the sweep of {} is in it; in the file -> now:\n  {}", options.file, options.sweep,
                                 fmt::join(differences(from.sweep().canonical, sweep.canonical), "\n  ")));

  std::string command = fmt::format("aesweep extend {} {}", options.file, options.sweep);
  std::string set;
  for (const auto& override_text : options.overrides) set += " --set " + override_text;
  Replacement extended(options.output);
  create_empty_result(extended.path(), to, layout, command + set, choice.name);
  TransferLosses losses;
  std::uint64_t taken = 0;
  {
    ResultFile file(extended.path(), layout, MPI_COMM_SELF);
    const auto targets = [&](std::uint64_t point) {
      const auto found = points.find(point);
      return found == points.end() ? std::vector<std::uint64_t>{} : found->second;
    };
    losses = transfer_rows(from, to, targets, [&](const TransferredRow& row) {
      file.write_row(row.engine, row.task, row.row);
      ++taken;
    });
    file.close();
  }
  settle_replicas(extended.path(), layout);
  write_phase(extended.path(), layout, sweep);
  const auto pending = pending_tasks(ResultReader(extended.path())).size();
  extended.commit();
  report_losses(options.file, losses);
  if (!choice.remark.empty()) fmt::print("{}: {}, {}\n", options.output, choice.name, choice.remark);
  fmt::print("{}: {} taken from {}, {} pending\n", options.output, counted(taken, "row"), options.file, counted(pending, "task"));
  if (pending > 0) fmt::print("go on with:  aesweep run {} -o {}{}\n", options.sweep, options.output, set);
  return kAllDone;
}

}  // namespace

void add_extend(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("extend", "Begin a changed sweep with everything that a result file has of it already");
  command->add_option("FILE.h5", options->file, "a result file, finished or not")->required()->check(CLI::ExistingFile);
  command->add_option("SWEEP.toml", options->sweep, "the sweep file as it is now: more replicas, other values, further axes or engines")->required();
  command->add_option("-o,--output", options->output, "the new result file; FILE.h5 stays as it is")->required();
  command->add_option("--set", options->overrides, "KEY=VALUE: override a value of the sweep file")->take_all();
  add_instruction_sets(*command, options->instruction_set);
  command->footer(
      "Example:  aesweep extend coarse.h5 fine.toml -o fine.h5 && aesweep run fine.toml -o fine.h5\n"
      "A row is found by its content (all that its point is made of, seed, replica, engine), wherever it lies in either grid, and copied with its\n"
      "bits. What is not there, has failed or is damaged is pending in the new file. Nothing is computed here.");
  command->callback([options, &status] { status = extend_file(*options); });
}

}  // namespace aesweep
