#include "aesweep/schedule/task_queue.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace aesweep {

TaskQueue::TaskQueue(std::vector<TaskId> tasks, const std::vector<double>& costs) {
  assert(tasks.size() == costs.size());
  std::vector<std::size_t> permutation(tasks.size());
  std::iota(permutation.begin(), permutation.end(), std::size_t{0});
  std::ranges::sort(permutation, [&](std::size_t a, std::size_t b) { return costs[a] != costs[b] ? costs[a] > costs[b] : tasks[a] < tasks[b]; });
  order_.reserve(tasks.size());
  cost_.reserve(tasks.size());
  for (const std::size_t i : permutation) {
    order_.push_back(tasks[i]);
    cost_.push_back(static_cast<float>(costs[i]));
    remaining_ += cost_.back();
  }
}

TaskId TaskQueue::pop() {
  remaining_ = std::max(0.0, remaining_ - cost_[next_]);
  return order_[next_++];
}

std::vector<TaskId> TaskQueue::take(int ranks) {
  std::vector<TaskId> batch;
  const double worth = std::min(kBatchSeconds, remaining_ / (kBatchShare * ranks));
  double taken = 0.0;
  while (!empty() && (batch.empty() || taken + cost_[next_] <= worth)) {
    taken += cost_[next_];
    batch.push_back(pop());
  }
  return batch;
}

std::vector<TaskId> TaskQueue::take_one() {
  if (empty()) return {};
  return {pop()};
}

}  // namespace aesweep
