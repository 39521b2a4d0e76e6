#include "aesweep/schedule/task_queue.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>

namespace aesweep {
namespace {

/// Below this no clock tells tasks apart; keeps sums and ratios positive.
constexpr float kLeastSeconds = 1e-7F;

}  // namespace

TaskQueue::TaskQueue(std::vector<TaskId> tasks, const std::vector<double>& costs, const std::vector<CostClass>& classes, const std::vector<bool>& joined)
    : first_later_(tasks.size()), left_(tasks.size()) {
  assert(tasks.size() == costs.size() && (classes.empty() || classes.size() == tasks.size()) && (joined.empty() || joined.size() == tasks.size()));
  assert(tasks.size() <= std::numeric_limits<std::uint32_t>::max());
  std::vector<std::uint32_t> by_id(tasks.size());
  std::iota(by_id.begin(), by_id.end(), 0U);
  if (!std::ranges::is_sorted(tasks)) std::ranges::sort(by_id, {}, [&](std::uint32_t i) { return tasks[i]; });

  task_.reserve(tasks.size());
  cost_.reserve(tasks.size());
  class_.reserve(tasks.size());
  joined_.reserve(tasks.size());
  for (const auto i : by_id) {
    auto& own = class_of(classes.empty() ? CostClass{0} : classes[i]);
    own.order.push_back(static_cast<std::uint32_t>(task_.size()));
    task_.push_back(tasks[i]);
    cost_.push_back(std::max(kLeastSeconds, static_cast<float>(costs[i])));
    class_.push_back(static_cast<CostClass>(&own - classes_.data()));
    own.left += static_cast<double>(cost_.back());
    joined_.push_back(!joined.empty() && joined[i]);
    assert(!joined_.back() || (task_.size() > 1 && cost_.back() == cost_[cost_.size() - 2] && class_.back() == class_[class_.size() - 2]));
  }
  for (auto& own : classes_) {
    own.order.shrink_to_fit();
    std::ranges::sort(own.order, [this](std::uint32_t a, std::uint32_t b) { return precedes(a, b); });
  }
}

TaskQueue::Class& TaskQueue::class_of(CostClass kind) {
  const auto found = std::ranges::find(classes_, kind, &Class::kind);
  if (found != classes_.end()) return *found;
  return classes_.emplace_back(Class{.kind = kind, .factor = correction_.factor(kind)});
}

std::uint32_t TaskQueue::append(TaskId task, double cost, CostClass kind, bool joined) {
  const auto at = static_cast<std::uint32_t>(task_.size());
  task_.push_back(task);
  cost_.push_back(std::max(kLeastSeconds, static_cast<float>(cost)));
  class_.push_back(static_cast<CostClass>(&class_of(kind) - classes_.data()));
  joined_.push_back(joined);
  later_.emplace(task, at);
  return at;
}

void TaskQueue::add(const TaskList& list) {
  for (std::size_t i = 0; i < list.tasks.size(); ++i) {
    const bool joined = i > 0 && !list.joined.empty() && list.joined[i];
    const auto at = append(list.tasks[i], list.costs[i], list.classes.empty() ? CostClass{0} : list.classes[i], joined);
    auto& own = classes_[class_[at]];
    own.left += static_cast<double>(cost_[at]);
    ++left_;
    if (joined) continue;
    own.later.push_back(at);
    std::ranges::push_heap(own.later, [this](std::uint32_t a, std::uint32_t b) { return precedes(b, a); });
  }
}

std::uint32_t TaskQueue::head(const Class& own) const { return heads_later(own) ? own.later.front() : own.order[own.next]; }

TaskQueue::Class* TaskQueue::longest() {
  Class* best = nullptr;
  double most = 0.0;
  for (auto& own : classes_) {
    if (own.next == own.order.size() && own.later.empty()) continue;
    const double cost = corrected(head(own));
    if (best == nullptr || cost > most || (cost == most && task_[head(own)] < task_[head(*best)])) {
      best = &own;
      most = cost;
    }
  }
  return best;
}

std::size_t TaskQueue::group_size(const Class& own) const {
  const std::size_t first = head(own), last = heads_later(own) ? task_.size() : first_later_;
  std::size_t end = first + 1;
  while (end < last && joined_[end]) ++end;
  return end - first;
}

void TaskQueue::pop(Class& own, std::size_t size, std::vector<TaskId>& to) {
  const std::size_t first = head(own);
  if (heads_later(own)) {
    std::ranges::pop_heap(own.later, [this](std::uint32_t a, std::uint32_t b) { return precedes(b, a); });
    own.later.pop_back();
  } else {
    own.next += size;   // equal costs are in the order of the tasks
  }
  for (std::size_t at = first; at < first + size; ++at) {
    const auto cost = static_cast<double>(cost_[at]);
    own.left = own.next == own.order.size() && own.later.empty() ? 0.0 : std::max(0.0, own.left - cost);
    own.taken += cost;
    to.push_back(task_[at]);
  }
  left_ -= size;
  running_ += size;
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
    const auto size = group_size(next);
    const Group group{size, static_cast<double>(size) * corrected(head(next))};
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
  pop(next, group_size(next), tasks);
  return tasks;
}

std::size_t TaskQueue::find(TaskId task) const {
  if (const auto found = later_.find(task); found != later_.end()) return found->second;
  const auto end = task_.begin() + static_cast<std::ptrdiff_t>(first_later_);
  const auto found = std::ranges::lower_bound(task_.begin(), end, task);
  assert(found != end && *found == task);
  return static_cast<std::size_t>(found - task_.begin());
}

TaskQueue::Class& TaskQueue::release(TaskId task, std::size_t at) {
  auto& own = classes_[class_[at]];
  later_.erase(task);
  own.taken = std::max(0.0, own.taken - static_cast<double>(cost_[at]));
  --running_;
  return own;
}

void TaskQueue::ended(TaskId task, double seconds) {
  const auto at = find(task);
  correction_.add(release(task, at).kind, static_cast<double>(cost_[at]), seconds);
  for (auto& own : classes_) own.factor = correction_.factor(own.kind);
}

void TaskQueue::dropped(TaskId task) { release(task, find(task)); }

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
