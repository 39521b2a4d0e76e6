#pragma once
#include <mpi.h>

#include <exception>
#include <string>

namespace aesweep {

/// A private duplicate of a communicator.
class Communicator {
 public:
  /// Collective.
  explicit Communicator(MPI_Comm comm) { MPI_Comm_dup(comm, &comm_); }
  /// Collective, unless abandoned.
  ~Communicator() {
    if (comm_ != MPI_COMM_NULL) MPI_Comm_free(&comm_);
  }
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  operator MPI_Comm() const { return comm_; }
  void abandon() { comm_ = MPI_COMM_NULL; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

/// Collective. @throws std::runtime_error on every rank, with the message of the lowest rank that has one, if any rank's `error` is not empty.
void agree(MPI_Comm comm, const std::string& error);

/// Collective. Takes one step on every rank and throws on all of them if it threw on one.
template <class Step>
void agree_on(MPI_Comm comm, const Step& step) {
  std::string error;
  try {
    step();
  } catch (const std::exception& exception) {
    error = exception.what();
    if (error.empty()) error = "unknown error";
  }
  agree(comm, error);
}

}  // namespace aesweep
