#include <fmt/core.h>

#include <array>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "aesweep/store/result_file.hpp"
#include "commands.hpp"
#include "event_log.hpp"
#include "pending.hpp"
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

int show_status(const Options& options) {
  const ResultReader reader(options.file);
  const std::uint64_t pending = pending_tasks(reader, parse_part(options.part)).size();
  double rate = 0.0, eta = std::nan("");
  const bool writing = is_being_written(options.file);
  const auto running = EventLog(options.file).running();
  if (writing && running) {
    const double elapsed = wall_clock() - running->started;
    if (running->pending > pending && elapsed > 0.0) rate = static_cast<double>(running->pending - pending) / elapsed;
    if (rate > 0.0) eta = static_cast<double>(pending) / rate;
  }
  nlohmann::ordered_json json{{"file", options.file}, {"running", writing}, {"pending_tasks", pending}, {"tasks_per_second", rate}};
  json["eta_seconds"] = std::isnan(eta) ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(eta);
  for (const auto& engine : reader.engines()) {
    const auto count = count_rows(reader, engine);
    json["engines"][engine] = {{"done", count.of(Status::done)},         {"diverged", count.of(Status::diverged)},
                               {"failed", count.of(Status::failed)},     {"pending", count.of(Status::pending)},
                               {"excluded", count.of(Status::excluded)}, {"not_needed", count.of(Status::not_needed)}, {"cpu_seconds", count.seconds}};
    if (!options.json)
      fmt::print("{:<4} {} done, {} diverged, {} failed, {} pending{}, {} of CPU time\n", engine, grouped(count.of(Status::done)),
                 grouped(count.of(Status::diverged)), grouped(count.of(Status::failed)), grouped(count.of(Status::pending)),
                 count.of(Status::excluded) == 0 ? "" : fmt::format(", {} excluded", grouped(count.of(Status::excluded))), duration(count.seconds));
  }
  if (options.json) {
    fmt::print("{}\n", json.dump(2));
  } else if (pending == 0) {
    fmt::print("complete\n");
  } else {
    const std::string pace = rate > 0.0 ? fmt::format(", {:.3g} tasks/s, ETA {}", rate, duration(eta)) : "";
    fmt::print("{} pending{}\n", counted(pending, "task"), writing ? pace : "; no run is writing: aesweep run with the same sweep file continues");
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
