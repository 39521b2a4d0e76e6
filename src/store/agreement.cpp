#include "agreement.hpp"

#include <fmt/core.h>

#include <stdexcept>

namespace aesweep {

void agree(MPI_Comm comm, const std::string& error) {
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  const int own = error.empty() ? size : rank;
  int lowest = size;
  MPI_Allreduce(&own, &lowest, 1, MPI_INT, MPI_MIN, comm);
  if (lowest == size) return;
  int length = static_cast<int>(error.size());
  MPI_Bcast(&length, 1, MPI_INT, lowest, comm);
  std::string message = error;
  message.resize(static_cast<std::size_t>(length));
  MPI_Bcast(message.data(), length, MPI_CHAR, lowest, comm);
  throw std::runtime_error(size == 1 ? message : fmt::format("rank {}: {}", lowest, message));
}

}  // namespace aesweep
