#include "messages.hpp"

#include <cstring>
#include <string>

namespace aesweep {
namespace {

constexpr int kReportTag = 1, kOrderTag = 2;

template <class T>
void put(std::vector<char>& bytes, const T& value) {
  const auto at = bytes.size();
  bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

template <class T>
T get(const char*& from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  from += sizeof(T);
  return value;
}

}  // namespace

std::vector<char> pack(const BatchReport& report) {
  std::vector<char> bytes;
  put(bytes, report.last);
  put(bytes, report.tasks.size());
  for (const auto& task : report.tasks) {
    put(bytes, task.task);
    put(bytes, task.state);
    put(bytes, task.seconds);
    put(bytes, task.message.size());
    bytes.insert(bytes.end(), task.message.begin(), task.message.end());
  }
  return bytes;
}

BatchReport unpack_report(const std::vector<char>& bytes) {
  const char* from = bytes.data();
  BatchReport report;
  report.last = get<bool>(from);
  report.tasks.resize(get<std::size_t>(from));
  for (auto& task : report.tasks) {
    task.task = get<TaskId>(from);
    task.state = get<TaskReport::State>(from);
    task.seconds = get<double>(from);
    const auto length = get<std::size_t>(from);
    task.message.assign(from, length);
    from += length;
  }
  return report;
}

void send_bytes(const std::vector<char>& bytes, int to, MPI_Comm comm) {
  MPI_Send(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, to, kReportTag, comm);
}

std::vector<char> receive_bytes(int from, MPI_Comm comm) {
  MPI_Status status;
  MPI_Probe(from, kReportTag, comm, &status);
  int size = 0;
  MPI_Get_count(&status, MPI_BYTE, &size);
  std::vector<char> bytes(static_cast<std::size_t>(size));
  MPI_Recv(bytes.data(), size, MPI_BYTE, from, kReportTag, comm, MPI_STATUS_IGNORE);
  return bytes;
}

void send_tasks(const std::vector<TaskId>& tasks, int to, MPI_Comm comm) {
  MPI_Send(tasks.data(), static_cast<int>(tasks.size()), MPI_UINT64_T, to, kOrderTag, comm);
}

std::vector<TaskId> receive_tasks(int from, MPI_Comm comm) {
  MPI_Status status;
  MPI_Probe(from, kOrderTag, comm, &status);
  int size = 0;
  MPI_Get_count(&status, MPI_UINT64_T, &size);
  std::vector<TaskId> tasks(static_cast<std::size_t>(size));
  MPI_Recv(tasks.data(), size, MPI_UINT64_T, from, kOrderTag, comm, MPI_STATUS_IGNORE);
  return tasks;
}

}  // namespace aesweep
