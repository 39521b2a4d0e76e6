#pragma once
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aesweep/schedule/cost_correction.hpp"

namespace aesweep {

/// point × replicas + replica.
using TaskId = std::uint64_t;

/// Tasks for one rank, and when it is to ask for more.
struct Batch {
  /// Those of a group are neighbours, in ascending order.
  std::vector<TaskId> tasks;
  /// Before which of its tasks the rank asks for the next batch; tasks.size(): when it has none left.
  std::size_t ask_before = 0;
  /// Whether nobody has asked for them yet: they are left off when the next batch comes, for which the rank need not ask.
  bool ahead = false;
};

/// Tasks with what is expected of them.
struct TaskList {
  std::vector<TaskId> tasks;               ///< each once
  std::vector<double> costs;               ///< expected seconds of each, > 0: in a group its share
  std::vector<CostClass> classes = {};     ///< of each; empty: all the same
  std::vector<bool> joined = {};           ///< see the constructor of TaskQueue
};

/// Order and batches of the tasks that are still to be done: longest expected cost first, equal ones by id; batches that shrink towards the end.
/// Expected costs are corrected by the measured ones of the same class as the sweep goes on. Tasks may form *groups*, which cost their rank less than the
/// same tasks apart: a group is never split. More tasks may come at any time. Pure bookkeeping, no messages, no clock; 21 bytes a task, some 60 for
/// one that came later.
class TaskQueue {
 public:
  /// @param tasks   pending tasks, any order, each once.   @param costs  expected seconds of each, > 0: in a group its share.
  /// @param classes  cost class of each; empty: all the same.
  /// @param joined  whether each belongs to the group of the task before it in ascending order, of which it then has cost and class; empty: there are no
  ///                groups. At most kBatchTasks are one.
  TaskQueue(std::vector<TaskId> tasks, const std::vector<double>& costs, const std::vector<CostClass>& classes = {}, const std::vector<bool>& joined = {});

  explicit TaskQueue(TaskList list) : TaskQueue(std::move(list.tasks), list.costs, list.classes, list.joined) {}

  /// More tasks, in ascending order, none of which has been asked for before. Groups are those of this list alone.
  void add(const TaskList& list);

  /// The next tasks for one of `ranks` ranks: worth at most kBatchSeconds (kFirstSeconds while nothing has been measured), at most a kBatchShare-th of
  /// an even share of what remains, and at least one task or group while there are any. Short tasks travel together so that messages cost nothing, and the last
  /// batches are single tasks. A rank asks again kLeadSeconds before its batch ends, but never during a longer task: another rank that is free by then
  /// shall have the next one.
  Batch take(int ranks);
  /// The next task alone, or the next group; none where there is nothing.
  std::vector<TaskId> take_one();
  /// A task that was taken has ended after so many seconds.
  void ended(TaskId task, double seconds);
  /// A task that was taken will not be done, or says nothing of others' cost (it failed).
  void dropped(TaskId task);

  /// Tasks not taken.
  std::size_t size() const { return left_; }
  bool empty() const { return left_ == 0; }
  /// Whether tasks have been taken and have not ended.
  bool running() const { return running_ > 0; }
  /// Corrected expected seconds of the tasks not yet taken.
  double remaining_cost() const;
  /// The same of those that have not ended, taken or not.
  double unfinished_cost() const;

  static constexpr double kBatchSeconds = 1.0;
  static constexpr double kFirstSeconds = 0.05;
  static constexpr double kBatchShare = 4.0;
  static constexpr double kLeadSeconds = 0.02;    ///< rank 0 answers within 10 ms
  static constexpr std::size_t kBatchTasks = 16384;
  static constexpr double kWindow = 64.0;         ///< measurements that count in a correction

 private:
  struct Class {
    CostClass kind = 0;
    std::vector<std::uint32_t> order = {};   ///< positions in task_, longest first
    std::size_t next = 0;
    std::vector<std::uint32_t> later = {};   ///< a heap: first positions of groups that came later, longest on top
    double factor = 1.0;
    double left = 0.0, taken = 0.0;     ///< expected seconds, uncorrected, of tasks not taken and of those taken that have not ended
  };

  Class& class_of(CostClass kind);
  /// Appends a task that came later. @returns its position
  std::uint32_t append(TaskId task, double cost, CostClass kind, bool joined);
  bool precedes(std::uint32_t a, std::uint32_t b) const { return cost_[a] != cost_[b] ? cost_[a] > cost_[b] : task_[a] < task_[b]; }
  /// First position of the class's next group, and whether it came later; the class must have one.
  std::uint32_t head(const Class& own) const;
  bool heads_later(const Class& own) const { return own.next == own.order.size() || (!own.later.empty() && precedes(own.later.front(), own.order[own.next])); }
  std::size_t group_size(const Class& own) const;
  void pop(Class& own, std::size_t size, std::vector<TaskId>& to);
  Class* longest();
  std::size_t find(TaskId task) const;
  Class& release(TaskId task, std::size_t at);
  double corrected(std::size_t at) const { return classes_[class_[at]].factor * static_cast<double>(cost_[at]); }

  std::vector<TaskId> task_;            ///< ascending up to first_later_
  std::vector<float> cost_;
  std::vector<CostClass> class_;        ///< position in classes_
  std::vector<bool> joined_;            ///< to the task before
  std::vector<Class> classes_;
  std::size_t first_later_ = 0;
  std::unordered_map<TaskId, std::uint32_t> later_;   ///< positions of tasks that came later and have not ended
  CostCorrection correction_{kWindow};
  std::size_t left_ = 0, running_ = 0;
};

}  // namespace aesweep
