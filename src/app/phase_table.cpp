#include "phase_table.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "aesweep/sweep/sweep.hpp"
#include "usage_error.hpp"

namespace aesweep {
namespace {

bool is(std::uint8_t status, Status wanted) { return status == static_cast<std::uint8_t>(wanted); }

/// One number a row, from the columns that are stored.
std::vector<double> row_values(const ResultReader& reader, const std::string& engine, const std::string& value, const std::vector<std::uint8_t>& status) {
  const std::string group = "/" + engine + "/";
  std::vector<double> values;
  if (value == "diverged") {
    for (const auto row : status) values.push_back(is(row, Status::diverged) ? 1.0 : 0.0);
  } else if (value == "success") {
    const double level = std::stod(canonical_value(reader.attribute("sweep_values"), "outcome.success_excess"));
    for (const double excess : reader.read(group + "excess")) values.push_back(excess <= level ? 1.0 : 0.0);
  } else {
    values = reader.read(group + value);
    if (value == "learnt")
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = is(status[i], Status::diverged) ? 0.0 : values[i];
  }
  return values;
}

}  // namespace

std::vector<std::string> phase_values() {
  return {"learnt", "success", "excess", "final_pmse", "theory_gap", "final_supremum", "diverged", "converged", "seconds", "steps"};
}

PhaseTable read_phase_table(const ResultReader& reader, const std::string& engine, const std::string& value) {
  const auto engines = reader.engines();
  PhaseTable table;
  const bool simulated = std::ranges::find(engines, "sgd") != engines.end();
  table.engine = !engine.empty() ? engine : simulated ? "sgd" : engines.front();
  table.value = value;
  if (std::ranges::find(engines, table.engine) == engines.end())
    throw UsageError(fmt::format("--engine {}: {} holds {}", table.engine, reader.path(), fmt::join(engines, ", ")));
  auto known = phase_values();
  std::erase_if(known, [&](const std::string& one) { return one != "diverged" && one != "success" && !reader.exists("/" + table.engine + "/" + one); });
  if (std::ranges::count(known, value) == 0)
    throw UsageError(fmt::format("--value {}: not in /{}; one of {}", value, table.engine, fmt::join(known, ", ")));

  auto names = reader.dimensions("/" + table.engine + "/status");
  names.pop_back();   // the replica
  for (const auto& name : names) table.axes.push_back({name, reader.axis_labels(name), reader.numeric(name)});

  const auto status = reader.status(table.engine);
  const auto rows = row_values(reader, table.engine, value, status);
  const std::size_t replicas = reader.shape("/" + table.engine + "/status").back();
  for (std::size_t first = 0; first < status.size(); first += replicas) {
    double sum = 0.0;
    std::size_t count = 0, ended = 0;
    for (std::size_t row = first; row < first + replicas; ++row) {
      if (!is(status[row], Status::pending)) ++ended;
      if (!(is(status[row], Status::done) || is(status[row], Status::diverged)) || std::isnan(rows[row])) continue;
      sum += rows[row];
      ++count;
    }
    table.values.push_back(count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count));
    table.pending.push_back(ended == 0 ? 1 : 0);
  }
  return table;
}

}  // namespace aesweep
