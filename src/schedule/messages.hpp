#pragma once
#include <mpi.h>

#include <vector>

#include "aesweep/schedule/coordinator.hpp"

namespace aesweep {

/// A worker's message: how a batch ended, and whether it is the worker's last word.
struct BatchReport {
  std::vector<TaskReport> tasks;
  bool last = false;
};

std::vector<char> pack(const BatchReport& report);
BatchReport unpack_report(const std::vector<char>& bytes);

/// Blocking send and receive of a whole message; receive learns the size from a probe.
void send_bytes(const std::vector<char>& bytes, int to, MPI_Comm comm);
std::vector<char> receive_bytes(int from, MPI_Comm comm);
void send_tasks(const std::vector<TaskId>& tasks, int to, MPI_Comm comm);
std::vector<TaskId> receive_tasks(int from, MPI_Comm comm);

}  // namespace aesweep
