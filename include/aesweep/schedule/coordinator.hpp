#pragma once
#include <mpi.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "aesweep/schedule/task_queue.hpp"

namespace aesweep {

/// What became of a task.
struct TaskReport {
  /// skipped: a stop came before its end, and nobody begins more. put_off: it was left for a later run, the others go on.
  enum class State : std::uint8_t { done, failed, skipped, put_off };
  TaskId task = 0;
  State state = State::done;
  double seconds = 0.0;
  std::string message;                                         ///< of a failure
};

/// Coordinator and workers over a private duplicate of a communicator. Worker → 0: reports on a batch, which also ask for another; 0 → worker: task ids,
/// none when there are no more. A worker holds the next batch before it starts one, so that it never waits for rank 0, which computes as well and answers
/// from within its own tasks. One rank computes alone through the same code.
class Coordinator {
 public:
  /// Collective.
  explicit Coordinator(MPI_Comm comm);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  struct Callbacks {
    /// Does one task. Must call its argument at least every 10 ms: on rank 0 that answers the workers. An exception leaves run() on this rank.
    std::function<TaskReport(TaskId, const std::function<void()>& poll)> work;
    /// Asked on every rank before each task; true: what is not begun is left undone.
    std::function<bool()> stop;
    /// On rank 0: a task of the given rank has ended.
    std::function<void(const TaskReport&, int rank)> ended;
    /// On rank 0: called every few milliseconds.
    std::function<void()> tick;
  };

  /// Collective. Hands out the queue (rank 0's; the others' is ignored) until it is empty or stopped; tasks that were begun are finished first.
  void run(TaskQueue queue, const Callbacks& callbacks);

  int rank() const { return rank_; }
  int size() const { return size_; }

 private:
  void lead(TaskQueue& queue, const Callbacks& callbacks);
  void follow(const Callbacks& callbacks);
  /// Rank 0: answers every message that has come in. @returns whether there was one.
  bool serve(TaskQueue& queue, const Callbacks& callbacks);

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
  int busy_workers_ = 0;
  bool stopped_ = false;
};

}  // namespace aesweep
