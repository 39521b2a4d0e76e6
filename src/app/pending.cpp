#include "pending.hpp"

#include <algorithm>

#include "sequential.hpp"

namespace aesweep {

std::vector<std::uint64_t> pending_tasks(const ResultReader& reader, const Part& of) {
  const Part part = dealt(of, reader);
  std::vector<std::uint64_t> tasks;
  if (const auto test = sequential_test(reader)) {
    const Trials trials(*test, reader);
    for (std::uint64_t point = 0; point < trials.points(); ++point) {
      if (!part.has(point * trials.replicas())) continue;
      const auto missing = trials.missing(point);
      tasks.insert(tasks.end(), missing.begin(), missing.end());
    }
    return tasks;
  }
  std::vector<std::vector<std::uint8_t>> status;
  for (const auto& engine : reader.engines()) status.push_back(reader.status(engine));
  for (std::uint64_t task = 0; task < status.front().size(); ++task)
    if (part.has(task) && std::ranges::any_of(status, [&](const auto& rows) { return rows[task] == static_cast<std::uint8_t>(Status::pending); }))
      tasks.push_back(task);
  return tasks;
}

}  // namespace aesweep
