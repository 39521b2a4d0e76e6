#include "aesweep/schedule/task_queue.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <numeric>

namespace aesweep {
namespace {

/// Below this no clock tells tasks apart; keeps sums and ratios positive.
constexpr float kLeastSeconds = 1e-7F;

}  // namespace

TaskQueue::TaskQueue(std::vector<TaskId> tasks, const std::vector<double>& costs, const std::vector<CostClass>& classes, const std::vector<bool>& joined)
    : left_(tasks.size()) {
  assert(tasks.size() == costs.size() && (classes.empty() || classes.size() == tasks.size()) && (joined.empty() || joined.size() == tasks.size()));
  assert(tasks.size() <= std::numeric_limits<std::uint32_t>::max());
  std::vector<std::uint32_t> by_id(tasks.size());
  std::iota(by_id.begin(), by_id.end(), 0U);
  if (!std::ranges::is_sorted(tasks)) std::ranges::sort(by_id, {}, [&](std::uint32_t i) { return tasks[i]; });

  task_.reserve(tasks.size());
  cost_.reserve(tasks.size());
  class_.reserve(tasks.size());
  std::array<int, std::size_t{std::numeric_limits<CostClass>::max()} + 1> known;
  known.fill(-1);
  for (const auto i : by_id) {
    const CostClass kind = classes.empty() ? CostClass{0} : classes[i];
    if (known[kind] < 0) {
      known[kind] = static_cast<int>(classes_.size());
      classes_.push_back({.kind = kind});
    }
    auto& own = classes_[static_cast<std::size_t>(known[kind])];
    own.order.push_back(static_cast<std::uint32_t>(task_.size()));
    task_.push_back(tasks[i]);
    cost_.push_back(std::max(kLeastSeconds, static_cast<float>(costs[i])));
    class_.push_back(static_cast<CostClass>(known[kind]));
    own.left += static_cast<double>(cost_.back());
    if (joined.empty()) continue;
    joined_.push_back(joined[i]);
    assert(!joined[i] || (task_.size() > 1 && cost_.back() == cost_[cost_.size() - 2] && class_.back() == class_[class_.size() - 2]));
  }
  for (auto& own : classes_) {
    own.order.shrink_to_fit();
    std::ranges::sort(own.order, [this](std::uint32_t a, std::uint32_t b) { return cost_[a] != cost_[b] ? cost_[a] > cost_[b] : a < b; });
  }
}

TaskQueue::Class* TaskQueue::longest() {
  Class* best = nullptr;
  double most = 0.0;
  for (auto& own : classes_) {
    if (own.next == own.order.size()) continue;
    const double cost = corrected(own.order[own.next]);
    if (best == nullptr || cost > most || (cost == most && own.order[own.next] < best->order[best->next])) {
      best = &own;
      most = cost;
    }
  }
  return best;
}

std::size_t TaskQueue::next_size(const Class& own) const {
  std::size_t end = own.next + 1;
  while (!joined_.empty() && end < own.order.size() && joined_[own.order[end]]) ++end;   // equal costs are in the order of the tasks
  return end - own.next;
}

void TaskQueue::pop(Class& own, std::size_t size, std::vector<TaskId>& to) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto at = own.order[own.next++];
    const auto cost = static_cast<double>(cost_[at]);
    own.left = own.next == own.order.size() ? 0.0 : std::max(0.0, own.left - cost);
    own.taken += cost;
    to.push_back(task_[at]);
  }
  left_ -= size;
}

Batch TaskQueue::take(int ranks) {
  Batch batch;
  const double most = correction_.empty() ? kFirstSeconds : kBatchSeconds;
  const double worth = std::min(most, remaining_cost() / (kBatchShare * ranks));
  struct Group {
    std::size_t size;
    double cost;
  };
  std::vector<Group> groups;
  double taken = 0.0;
  while (!empty()) {
    auto& next = *longest();
    const auto size = next_size(next);
    const Group group{size, static_cast<double>(size) * corrected(next.order[next.next])};
    if (!groups.empty() && (taken + group.cost > worth || batch.tasks.size() + group.size > kBatchTasks)) break;
    pop(next, size, batch.tasks);
    groups.push_back(group);
    taken += group.cost;
  }
  batch.ask_before = batch.tasks.size();
  for (double lead = 0.0; !groups.empty() && (lead += groups.back().cost) <= kLeadSeconds; groups.pop_back()) batch.ask_before -= groups.back().size;
  return batch;
}

std::vector<TaskId> TaskQueue::take_one() {
  std::vector<TaskId> tasks;
  if (empty()) return tasks;
  auto& next = *longest();
  pop(next, next_size(next), tasks);
  return tasks;
}

std::size_t TaskQueue::find(TaskId task) const {
  const auto found = std::ranges::lower_bound(task_, task);
  assert(found != task_.end() && *found == task);
  return static_cast<std::size_t>(found - task_.begin());
}

TaskQueue::Class& TaskQueue::release(std::size_t at) {
  auto& own = classes_[class_[at]];
  own.taken = std::max(0.0, own.taken - static_cast<double>(cost_[at]));
  return own;
}

void TaskQueue::ended(TaskId task, double seconds) {
  const auto at = find(task);
  correction_.add(release(at).kind, static_cast<double>(cost_[at]), seconds);
  for (auto& own : classes_) own.factor = correction_.factor(own.kind);
}

void TaskQueue::dropped(TaskId task) { release(find(task)); }

double TaskQueue::remaining_cost() const {
  double sum = 0.0;
  for (const auto& own : classes_) sum += own.factor * own.left;
  return sum;
}

double TaskQueue::unfinished_cost() const {
  double sum = 0.0;
  for (const auto& own : classes_) sum += own.factor * (own.left + own.taken);
  return sum;
}

}  // namespace aesweep
