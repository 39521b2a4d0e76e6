#pragma once
#include <mpi.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "aesweep/schedule/efficiency.hpp"
#include "aesweep/schedule/task_queue.hpp"

namespace aesweep {

/// What became of a task.
struct TaskReport {
  /// skipped: a stop came before its end, or it was ahead of decisions and is no longer wanted. put_off: it was left for a later run, the others go on.
  enum class State : std::uint8_t { done, failed, skipped, put_off };
  TaskId task = 0;
  State state = State::done;
  double seconds = 0.0;
  std::string message = {};                                    ///< of a failure
  double io_seconds = 0.0;                                     ///< of `seconds`, those spent writing
  bool whole = true;                                           ///< false: it went on from what was kept, and its seconds say nothing of others'
  std::string content = {};                                    ///< of a task that is done or has failed: what decisions need of it, in bytes of the caller's own
};

/// Coordinator and workers over a private duplicate of a communicator. Worker → 0: reports on tasks, some of which also ask for a batch; 0 → worker: a
/// batch, empty when there are no more. Short batches are asked for before the one at hand has ended, so that nobody waits for rank 0, which computes as
/// well and answers from within its own tasks; long tasks only by those who are free for them. Nobody waits for a message to be received either.
/// One rank computes alone through the same code.
/// Where results decide which tasks come next, a rank without work waits for as long as tasks are running that may bring some, or works *ahead*: on tasks
/// that may be asked for later, and only until something is that is asked for.
class Coordinator {
 public:
  /// Collective.
  explicit Coordinator(MPI_Comm comm);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  /// Moves messages on. @returns whether the task at hand, one ahead of decisions, is to be left off: skipped.
  using Poll = std::function<bool()>;

  struct Callbacks {
    /// Does the first of the tasks, which are what this rank holds, and with it as many of those after it as go together. Must call its argument at
    /// least every 10 ms: on rank 0 that answers the workers as well. An exception leaves run() on this rank.
    /// @returns one report for each task that it has dealt with, in their order; at least one.
    std::function<std::vector<TaskReport>(std::span<const TaskId> tasks, const Poll& poll)> work;
    /// Asked on every rank before each work; true: what is not begun is left undone.
    std::function<bool()> stop;
    /// On rank 0: another rank's `stop` has become true. From then on nothing is given out.
    std::function<void()> told_to_stop = {};
    /// On rank 0: a task of the given rank has ended.
    std::function<void(const TaskReport&, int rank)> ended;
    /// On rank 0, null where no tasks are to come: tasks have ended just now, in the order in which that was heard of. What is asked for as a whole must
    /// depend on the results alone, never on this order. Called after `ended` of each, also after a stop.
    std::function<TaskList(std::span<const TaskReport>)> decide = {};
    /// On rank 0, null where nobody works ahead: a rank has nothing to do while tasks are running. @returns tasks for it that may be asked for in another
    /// run, at most kBatchTasks, none of them in the queue or given here before; none: it waits. Their reports reach neither `ended` nor `decide`.
    std::function<std::vector<TaskId>()> ahead = {};
    /// On rank 0: called every few milliseconds.
    std::function<void()> tick;
  };

  /// Collective. Hands out the queue (rank 0's; the others' is ignored) until it is empty (and no decision can fill it) or stopped;
  /// tasks that were begun are finished first.
  void run(TaskQueue queue, const Callbacks& callbacks);

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// On rank 0, also from within the callbacks: expected seconds, corrected by measured ones, of the tasks that have not ended.
  double unfinished_cost() const { return unfinished_cost_; }
  /// On rank 0: of the last run, from what the tasks' reports say.
  Efficiency efficiency() const;

 private:
  struct Leader;
  void lead(TaskQueue& queue, const Callbacks& callbacks);
  void follow(const Callbacks& callbacks);

  /// What rank 0 knows of a rank.
  struct Spent {
    double seconds = 0.0, io = 0.0;   ///< in tasks
    double ahead = 0.0;               ///< in those that nobody has asked for yet
    double until = 0.0;               ///< when it had nothing left to do
  };

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
  double unfinished_cost_ = 0.0;
  double wall_ = 0.0;
  std::vector<Spent> spent_;
};

}  // namespace aesweep
