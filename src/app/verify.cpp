#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>

#include "aesweep/experiment/row_difference.hpp"
#include "clock.hpp"
#include "commands.hpp"
#include "kernel_modules.hpp"
#include "mpi_session.hpp"
#include "phase_writer.hpp"
#include "point_name.hpp"
#include "reset_rows.hpp"
#include "sequential.hpp"
#include "stored_result.hpp"
#include "text.hpp"
#include "write_lock.hpp"

namespace aesweep {
namespace {

constexpr std::size_t kNamed = 10;   // faults of a kind that are named

struct Options {
  std::string file;
  std::uint64_t sample = 10;
  std::optional<std::uint64_t> seed;
  bool repair = false;
  InstructionSetRequest instruction_set;
};

std::string name_of_row(const StoredResult& stored, const RowPlace& row) {
  return fmt::format("{}, {}, replica {}", stored.layout.engines[row.engine].name, name_of_point(stored.sweep(), row.task / stored.layout.replicas),
                     row.task % stored.layout.replicas);
}

/// What the checksums say.
struct Checked {
  std::array<std::uint64_t, 6> count{};       ///< rows by status
  std::vector<RowPlace> damaged;
  std::vector<bool> whole;                    ///< of each task: every engine's row has been computed and is as it was written
};

Checked check_rows(const StoredResult& stored) {
  Checked checked;
  checked.whole.assign(stored.layout.rows(), true);
  const std::uint64_t at_once = stored.points_at_once() * stored.layout.replicas;
  for (std::size_t e = 0; e < stored.layout.engines.size(); ++e) {
    for (std::uint64_t first = 0; first < stored.layout.rows(); first += at_once) {
      const auto part = stored.reader.checked_rows(stored.layout, e, first, std::min(at_once, stored.layout.rows() - first));
      for (const auto task : part.damaged) {
        checked.damaged.push_back({e, task});
        checked.whole[task] = false;
      }
      for (std::size_t i = 0; i < part.rows.size(); ++i) {
        const auto status = static_cast<std::size_t>(part.rows[i].status);
        if (status < checked.count.size()) ++checked.count[status];
        if (part.rows[i].status != Status::done && part.rows[i].status != Status::diverged && part.rows[i].status != Status::failed)
          checked.whole[first + i] = false;
      }
    }
  }
  return checked;
}

/// Leaves out tasks of which some row was computed with another instruction set. @returns how many.
std::uint64_t leave_out_others(const StoredResult& stored, const std::string& instruction_set, std::vector<bool>& whole) {
  const double code = instruction_set_code(instruction_set);
  std::vector<bool> other(whole.size());
  for (const auto& engine : stored.layout.engines) {
    const auto codes = stored.reader.read("/" + engine.name + "/instruction_set");
    for (std::size_t task = 0; task < whole.size(); ++task)
      if (whole[task] && codes[task] != code) other[task] = true;
  }
  for (std::size_t task = 0; task < whole.size(); ++task)
    if (other[task]) whole[task] = false;
  return static_cast<std::uint64_t>(std::ranges::count(other, true));
}

std::vector<std::uint64_t> sample_of(const std::vector<bool>& whole, std::uint64_t size, std::uint64_t seed) {
  std::vector<std::uint64_t> tasks, chosen;
  for (std::uint64_t task = 0; task < whole.size(); ++task)
    if (whole[task]) tasks.push_back(task);
  std::ranges::sample(tasks, std::back_inserter(chosen), static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(size, tasks.size())),
                      std::mt19937_64(seed));
  return chosen;
}

/// Recomputes tasks. @returns how many rows came out otherwise.
std::uint64_t check_sample(const StoredResult& stored, Experiment& experiment, const std::vector<std::uint64_t>& tasks) {
  std::uint64_t different = 0;
  for (const auto task : tasks) {
    const auto result = recompute(experiment, task);
    for (std::size_t e = 0; e < result.rows.size(); ++e) {
      const auto row = stored.reader.rows(stored.layout, e, task, 1);
      const auto difference = first_difference(stored.layout.engines[e].observables, row.front(), result.rows[e]);
      if (!difference.empty() && ++different <= kNamed) fmt::print("differs, file against now: {}: {}\n", name_of_row(stored, {e, task}), difference);
    }
  }
  return different;
}

void repair(const StoredResult& stored, const std::vector<RowPlace>& damaged) {
  reset_rows(stored.reader.path(), stored.layout, damaged);
  settle_replicas(stored.reader.path(), stored.layout);
  write_phase(stored.reader.path(), stored.layout, stored.sweep());
  fmt::print("{} made pending: `aesweep run` with the sweep file computes them again\n", counted(damaged.size(), "damaged row"));
}

int verify(const Options& options) {
  std::unique_ptr<WriteLock> lock;
  std::unique_ptr<MpiSession> mpi;
  if (options.repair) {
    lock = std::make_unique<WriteLock>(options.file);
    mpi = std::make_unique<MpiSession>();
  }
  const StoredResult stored(options.file);
  warn_of_another_build(stored.reader);
  auto checked = check_rows(stored);
  for (std::size_t i = 0; i < std::min(checked.damaged.size(), kNamed); ++i)
    fmt::print("damaged, not what its checksum says: {}\n", name_of_row(stored, checked.damaged[i]));
  std::string counts;
  for (std::size_t s = 0; s < checked.count.size(); ++s)
    if (checked.count[s] > 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", grouped(checked.count[s]), name(static_cast<Status>(s)));
  fmt::print("{}: {} checked ({}), {} damaged\n", options.file, counted(stored.layout.rows() * stored.layout.engines.size(), "row"), counts,
             grouped(checked.damaged.size()));

  const auto seed = options.seed.value_or(std::random_device{}());
  const auto& asked = options.instruction_set.name;
  const auto instruction_set = asked == "auto" ? stored.reader.attribute("instruction_set") : asked;
  const auto others = leave_out_others(stored, instruction_set, checked.whole);
  const auto tasks = sample_of(checked.whole, options.sample, seed);
  std::uint64_t different = 0;
  if (!tasks.empty()) {
    const auto experiment = kernels_of(instruction_set, options.file).make_experiment(stored.sweep(), load_pool, seconds_now);
    different = check_sample(stored, *experiment, tasks);
  }
  fmt::print("{} recomputed (--seed {}): {} with {}\n", counted(tasks.size(), "task"), seed,
             different == 0 ? "the same bits" : counted(different, "row") + " otherwise", instruction_set);
  if (others > 0) fmt::print("{} of other instruction sets not recomputed: --instruction-set NAME takes those of NAME\n", counted(others, "task"));
  if (options.repair && !checked.damaged.empty()) repair(stored, checked.damaged);
  return checked.damaged.empty() && different == 0 ? kAllDone : kError;
}

}  // namespace

void add_verify(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("verify", "Check every row's checksum and recompute a random sample of tasks, bit for bit");
  command->add_option("FILE.h5", options->file, "a result file, finished or not; a run may be writing to it")->required()->check(CLI::ExistingFile);
  command->add_option("--sample", options->sample, "how many tasks to recompute, on one core")->capture_default_str();
  command->add_option("--seed", options->seed, "of the choice of tasks (default: another one each time, which is printed)");
  command->add_flag("--repair", options->repair, "make damaged rows pending, so that `aesweep run` computes them again");
  add_instruction_set(*command, options->instruction_set);
  command->footer("Example:  aesweep verify quickstart.h5 --sample 20\n"
                  "Exit status: 0 everything as it should be, 1 damaged or different rows (shown), also where --repair has mended them");
  command->callback([options, &status] { status = verify(*options); });
}

}  // namespace aesweep
