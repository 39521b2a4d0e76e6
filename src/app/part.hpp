#pragma once
#include <cstdint>
#include <string>

namespace aesweep {

/// One of `parts` disjoint shares of a sweep's tasks, for jobs that work on one sweep side by side, each in a file of its own. Tasks are dealt by a hash of
/// their id, so that no axis whose length divides `parts` gives one share all the expensive points; every task is in exactly one share.
/// Sequential replicas are dealt by point, since what one brings decides on the next.
struct Part {
  std::uint64_t index = 1, parts = 1;   ///< index in 1..parts
  std::uint64_t together = 1;           ///< neighbouring tasks that are not dealt apart
  bool has(std::uint64_t task) const;
};

/// "2/4".   @throws UsageError unless it is I/N with 1 <= I <= N <= 100000.
Part parse_part(const std::string& text);

}  // namespace aesweep
