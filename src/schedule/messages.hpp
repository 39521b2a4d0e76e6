#pragma once
#include <mpi.h>

#include <functional>
#include <vector>

#include "aesweep/schedule/coordinator.hpp"

namespace aesweep {

/// A worker's message: tasks that have ended since its last one, and what it wants.
struct WorkerReport {
  enum class Kind : std::uint8_t { progress, ask, last };   ///< nothing; another batch; nothing ever again
  std::vector<TaskReport> tasks;
  Kind kind = Kind::progress;
  bool stopping = false;   ///< it was told to stop, and begins nothing more
};

/// Seconds travel as float: nobody needs more of them.
std::vector<char> pack(const WorkerReport& report);
WorkerReport unpack_report(const std::vector<char>& bytes);
/// An order as it travels: when to ask again, whether it is ahead of decisions, then the tasks.
std::vector<std::uint64_t> pack(const Batch& batch);
Batch unpack_batch(const std::vector<std::uint64_t>& words);

/// One message on its way to one rank, which the sender does not wait for: a rank that computes answers late.
class Outbox {
 public:
  Outbox() = default;
  ~Outbox() { wait(); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Waits for the message before.
  void send(std::vector<char> bytes, int to, MPI_Comm comm);
  void send(std::vector<std::uint64_t> words, int to, MPI_Comm comm);
  /// Lets MPI move the message on.
  void test();
  void wait();

 private:
  std::vector<char> bytes_;
  std::vector<std::uint64_t> words_;
  MPI_Request request_ = MPI_REQUEST_NULL;
};

/// A worker's order, expected from the moment it was asked for, so that it arrives while the worker computes.
class Inbox {
 public:
  explicit Inbox(MPI_Comm comm);
  void expect();
  /// Lets MPI move the message on. @returns whether it is here.
  bool test();
  /// @param idle  called while it waits.
  Batch wait(const std::function<void()>& idle);

 private:
  MPI_Comm comm_;
  std::vector<std::uint64_t> words_;
  MPI_Request request_ = MPI_REQUEST_NULL;
  MPI_Status status_{};
};

/// The report of rank `from`, which a probe has seen.
WorkerReport receive_report(int from, MPI_Comm comm);
/// Whether a report has come in; then `from` is its sender.
bool report_waits(MPI_Comm comm, int& from);

}  // namespace aesweep
