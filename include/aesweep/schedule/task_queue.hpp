#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aesweep {

/// point × replicas + replica.
using TaskId = std::uint64_t;

/// Order and batches of the tasks that are still to be done: longest expected cost first, equal ones by id; batches that shrink towards the end.
/// Pure bookkeeping, no messages, no clock.
class TaskQueue {
 public:
  /// @param tasks   pending tasks, any order.   @param costs  expected seconds of each.
  TaskQueue(std::vector<TaskId> tasks, const std::vector<double>& costs);

  /// The next tasks for one of `ranks` ranks: worth at most kBatchSeconds and at most a kBatchShare-th of an even share of what remains, at least one
  /// task while there are any. Short tasks travel together so that messages cost nothing, and the last batches are single tasks.
  std::vector<TaskId> take(int ranks);
  /// The next task alone.
  std::vector<TaskId> take_one();

  std::size_t size() const { return order_.size() - next_; }
  bool empty() const { return size() == 0; }
  /// Expected seconds of the tasks not yet taken.
  double remaining_cost() const { return remaining_; }

  static constexpr double kBatchSeconds = 1.0;
  static constexpr double kBatchShare = 4.0;

 private:
  TaskId pop();

  std::vector<TaskId> order_;
  std::vector<float> cost_;
  std::size_t next_ = 0;
  double remaining_ = 0.0;
};

}  // namespace aesweep
