#include <fmt/core.h>

#include <cmath>
#include <memory>

#include "aesweep/experiment/row_difference.hpp"
#include "clock.hpp"
#include "commands.hpp"
#include "kernel_modules.hpp"
#include "point_name.hpp"
#include "stored_result.hpp"
#include "text.hpp"

namespace aesweep {
namespace {

struct Options {
  std::string file, point;
  std::int64_t replica = 0;
  InstructionSetRequest instruction_set;
};

/// "final_pmse = 0.01, ...": a row's scalars.
std::string scalars(const std::vector<Observable>& columns, const Row& row) {
  std::string text;
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (columns[c].dims.empty() && columns[c].name != "rank" && columns[c].name != "attempts" && columns[c].name != "instruction_set")
      text += fmt::format("{}{} = {:.6g}", text.empty() ? "" : ", ", columns[c].name, row.values[c][0]);
  return text;
}

/// What the task's rows were computed with; the file's, if they are pending.
std::string instruction_set_of(const StoredResult& stored, std::uint64_t task) {
  for (std::size_t e = 0; e < stored.layout.engines.size(); ++e) {
    const auto row = stored.reader.rows(stored.layout, e, task, 1).front();
    const auto code = row.values[stored.experiment.column(stored.sweep().engines[e], "instruction_set")][0];
    if (row.status != Status::pending && code > 0.0) return instruction_set_name(static_cast<std::uint8_t>(code));
  }
  return stored.reader.attribute("instruction_set");
}

/// The kernels that computed the task, or those that are asked for.
const Kernels& kernels_for(const StoredResult& stored, std::uint64_t task, const Options& options) {
  auto request = options.instruction_set;
  const auto stored_with = instruction_set_of(stored, task);
  if (request.name == "auto") return kernels_of(stored_with, options.file);
  const auto chosen = choose_instruction_set(instruction_sets_here(), request, options.file, {}).name;
  if (chosen != stored_with) fmt::print("computed with {}, recomputed with {}: other last digits are to be expected\n", stored_with, chosen);
  return load_kernels(chosen);
}

int replay(const Options& options) {
  const StoredResult stored(options.file);
  const auto& sweep = stored.sweep();
  const auto point = point_named(sweep, options.point);
  if (sweep.excluded(point)) throw UsageError(fmt::format("{}: the sweep leaves it out ([[exclude]])", name_of_point(sweep, point)));
  if (sweep.refined && sweep.refined->site[point] == kNoSite) throw UsageError(fmt::format("{}: the refinement did not ask for this point", options.point));
  if (options.replica >= sweep.replicas)
    throw UsageError(fmt::format("--replica {}: the sweep has {}, counted from 0", options.replica,
                                 counted(static_cast<std::uint64_t>(sweep.replicas), "replica")));
  warn_of_another_build(stored.reader);
  const std::uint64_t task = point * stored.layout.replicas + static_cast<std::uint64_t>(options.replica);
  fmt::print("{}, replica {}\n", name_of_point(sweep, point), options.replica);
  std::fflush(stdout);

  const auto experiment = kernels_for(stored, task, options).make_experiment(sweep, load_pool, seconds_now);
  const auto result = recompute(*experiment, task);
  bool same = true;
  for (std::size_t e = 0; e < sweep.engines.size(); ++e) {
    const auto& [name_of_engine, columns] = stored.layout.engines[e];
    const auto& now = result.rows[e];
    fmt::print("{}: {}; {}\n", name_of_engine, name(now.status), scalars(columns, now));
    const auto checked = stored.reader.checked_rows(stored.layout, e, task, 1);
    const auto& row = checked.rows.front();
    std::string verdict = name(row.status) + " in the file, nothing to compare";
    if (row.status != Status::pending && row.status != Status::not_needed) {
      const auto difference = first_difference(columns, row, now);
      verdict = difference.empty() ? "the same bits as in the file" : "differs, file against now: " + difference;
      if (!checked.damaged.empty()) verdict += " (the row in the file is not what its checksum says: damaged)";
      same = same && difference.empty() && checked.damaged.empty();
    } else {
      same = false;
    }
    fmt::print("{}: {}\n", name_of_engine, verdict);
  }
  for (const auto& failure : result.failures) fmt::print("{}\n", failure);
  return same ? kAllDone : kError;
}

}  // namespace

void add_replay(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("replay", "Recompute one replica of one point on one core and compare it with the stored bits");
  command->add_option("FILE.h5", options->file, "a result file")->required()->check(CLI::ExistingFile);
  command
      ->add_option("POINT", options->point,
                   "row-major index as in `aesweep plan --list`, or AXIS=VALUE,... (a number stands for the nearest within 1 %)")
      ->required();
  command->add_option("--replica", options->replica, "which replica, counted from 0")->check(CLI::NonNegativeNumber)->capture_default_str();
  add_instruction_set(*command, options->instruction_set);
  command->footer("Example:  aesweep replay quickstart.h5 activation=erf,learning_rate=1,weight_decay=0.1 --replica 2\n"
                  "Everything comes from the file, nothing is written. Exit status: 0 the same bits in all engines, 1 not (or pending or not needed in the file)");
  command->callback([options, &status] { status = replay(*options); });
}

}  // namespace aesweep
