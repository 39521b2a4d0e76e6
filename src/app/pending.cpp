#include "pending.hpp"

#include <algorithm>

namespace aesweep {

std::vector<std::uint64_t> pending_tasks(const ResultReader& reader, const Part& part) {
  std::vector<std::vector<std::uint8_t>> status;
  for (const auto& engine : reader.engines()) status.push_back(reader.status(engine));
  std::vector<std::uint64_t> tasks;
  for (std::uint64_t task = 0; task < status.front().size(); ++task)
    if (part.has(task) && std::ranges::any_of(status, [&](const auto& rows) { return rows[task] == static_cast<std::uint8_t>(Status::pending); }))
      tasks.push_back(task);
  return tasks;
}

}  // namespace aesweep
