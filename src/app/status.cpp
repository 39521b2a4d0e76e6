#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "aesweep/store/result_file.hpp"
#include "commands.hpp"
#include "event_log.hpp"
#include "instruction_sets.hpp"
#include "pending.hpp"
#include "refined_state.hpp"
#include "sequential.hpp"
#include "stored_result.hpp"
#include "task_costs.hpp"
#include "text.hpp"
#include "write_lock.hpp"

namespace aesweep {
namespace {

struct Options {
  std::string file, part = "1/1";
  bool json = false;
};

/// Rows of one engine by status, and the time they took.
struct Count {
  std::array<std::uint64_t, 6> rows{};
  double seconds = 0.0;
  std::uint64_t of(Status status) const { return rows[static_cast<std::size_t>(status)]; }
  /// Of the pending rows, those of replicas that may never be needed are no longer counted. @param needed  tasks.   @returns how many they are
  std::uint64_t take_undecided(const std::vector<std::uint8_t>& status, const std::vector<TaskId>& needed) {
    auto& pending = rows[static_cast<std::size_t>(Status::pending)];
    const auto before = pending;
    pending = static_cast<std::uint64_t>(std::ranges::count_if(needed, [&](TaskId task) { return status[task] == 0; }));
    return before - pending;
  }
};

Count count_rows(const ResultReader& reader, const std::string& engine) {
  Count count;
  for (const auto status : reader.status(engine)) {
    if (status >= count.rows.size()) throw std::runtime_error(fmt::format("{}: a row of {} has the unknown status {}", reader.path(), engine, status));
    ++count.rows[status];
  }
  for (const double seconds : reader.read("/" + engine + "/seconds"))
    if (!std::isnan(seconds)) count.seconds += seconds;
  return count;
}

/// Rows of each instruction set, by name.
std::map<std::string, std::uint64_t> count_instruction_sets(const ResultReader& reader) {
  std::map<std::string, std::uint64_t> rows;
  for (const auto& engine : reader.engines())
    for (const double code : reader.read("/" + engine + "/instruction_set"))
      if (code > 0.0) ++rows[instruction_set_name(static_cast<std::uint8_t>(code))];
  return rows;
}

/// What is left to compute; nothing where the sweep can't be read any more (its input files are gone, or on another machine).
std::optional<CostForecast> forecast_of(const ResultReader& reader, const std::vector<TaskId>& pending) {
  try {
    const auto sweep = stored_sweep(reader);
    const auto rows = reader.status(reader.engines().front()).size();
    if (sweep.points() * static_cast<std::uint64_t>(sweep.replicas) != rows) return std::nullopt;
    return forecast(reader, sweep, pending);
  } catch (const ConfigError&) {
    return std::nullopt;
  }
}

int show_status(const Options& options) {
  const ResultReader reader(options.file);
  const auto tasks = pending_tasks(reader, parse_part(options.part));
  const std::uint64_t pending = tasks.size();
  const auto refinement = refinement_state(reader);
  const bool decided = !refinement || refinement->complete;
  const auto costs = forecast_of(reader, tasks);
  double rate = 0.0, eta = std::nan("");
  const bool sequential = sequential_test(reader).has_value();
  const auto needed = sequential ? pending_tasks(reader) : std::vector<TaskId>{};
  const bool writing = is_being_written(options.file);
  const auto running = EventLog(options.file).running();
  if (writing && running) {
    const double elapsed = wall_clock() - running->started;
    if (running->pending > pending && elapsed > 0.0) rate = static_cast<double>(running->pending - pending) / elapsed;
    if (costs) {
      eta = std::max(costs->longest, costs->left / running->ranks);
    } else if (rate > 0.0) {
      eta = static_cast<double>(pending) / rate;
    }
  }
  // Between two generations nothing is known to be pending; whoever goes by the number must see that the sweep is not done.
  const auto at_least = std::max<std::uint64_t>(pending, decided ? 0 : 1);
  nlohmann::ordered_json json{{"file", options.file}, {"running", writing}, {"pending_tasks", at_least}, {"tasks_per_second", rate}};
  json["eta_seconds"] = std::isnan(eta) ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(eta);
  json["cpu_seconds_left"] = costs ? nlohmann::ordered_json(costs->left) : nlohmann::ordered_json(nullptr);
  json["measured_over_expected"] = costs ? nlohmann::ordered_json(costs->ratio) : nlohmann::ordered_json(nullptr);
  if (sequential) json["sequential_replicas"] = true;
  for (const auto& engine : reader.engines()) {
    auto count = count_rows(reader, engine);
    const auto undecided = sequential ? count.take_undecided(reader.status(engine), needed) : 0;
    json["engines"][engine] = {{"done", count.of(Status::done)},         {"diverged", count.of(Status::diverged)},
                               {"failed", count.of(Status::failed)},     {"pending", count.of(Status::pending)},
                               {"excluded", count.of(Status::excluded)}, {"not_needed", count.of(Status::not_needed)}, {"cpu_seconds", count.seconds}};
    if (sequential) json["engines"][engine]["undecided"] = undecided;
    if (!options.json)
      fmt::print("{:<4} {} done, {} diverged, {} failed, {} pending{}{}, {} of CPU time\n", engine, grouped(count.of(Status::done)),
                 grouped(count.of(Status::diverged)), grouped(count.of(Status::failed)), grouped(count.of(Status::pending)),
                 sequential ? fmt::format(", {} not needed, {} undecided", grouped(count.of(Status::not_needed)), grouped(undecided)) : "",
                 count.of(Status::excluded) == 0 ? "" : fmt::format(", {} excluded", grouped(count.of(Status::excluded))), duration(count.seconds));
  }
  if (refinement)
    json["refinement"] = {{"points", refinement->points}, {"budget", refinement->budget}, {"generations", refinement->generations},
                          {"exhausted", refinement->exhausted}, {"complete", refinement->complete}};
  const auto sets = count_instruction_sets(reader);
  json["instruction_sets"] = sets;
  if (options.json) {
    fmt::print("{}\n", json.dump(2));
    return kAllDone;
  }
  if (sets.size() > 1) {
    fmt::print("mixed instruction sets:");
    for (const auto& [name, rows] : sets) fmt::print(" {} of {}{}", counted(rows, "row"), name, name == sets.rbegin()->first ? "\n" : ",");
  }
  if (refinement) fmt::print("{}\n", in_words(*refinement));
  if (pending == 0 && decided) {
    fmt::print("complete\n");
  } else if (pending == 0) {
    fmt::print("the next points are to be decided{}\n", writing ? "" : "; no run is writing: aesweep run with the same sweep file continues");
  } else {
    const std::string pace = rate > 0.0 ? fmt::format(", {:.3g} tasks/s, ETA {}", rate, duration(eta)) : "";
    const std::string left = (costs ? fmt::format(", about {:.3g} CPU-hours", costs->left / 3600.0) : "") + (decided ? "" : " in this generation");
    fmt::print("{} pending{}{}{}\n", counted(pending, "task"), sequential ? " at least" : "", left, writing ? pace : "; no run is writing: aesweep run with the same sweep file continues");
  }
  return kAllDone;
}

}  // namespace

void add_status(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("status", "How far a result file is; works while a run is writing to it");
  command->add_option("FILE.h5", options->file, "the result file")->required();
  command->add_option("--part", options->part, "I/N: count the pending tasks of this part of the sweep alone (see aesweep run --part)");
  command->add_flag("--json", options->json, "machine-readable");
  command->footer("Example:  aesweep status quickstart.h5 --json");
  command->callback([options, &status] { status = show_status(*options); });
}

}  // namespace aesweep
