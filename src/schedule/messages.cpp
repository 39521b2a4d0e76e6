#include "messages.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

namespace aesweep {
namespace {

constexpr int kReportTag = 1, kOrderTag = 2;
constexpr std::size_t kOrderHead = 2;   // words before an order's tasks
constexpr auto kFirstNap = std::chrono::microseconds(1), kLongestNap = std::chrono::microseconds(1024);

template <class T>
void put(std::vector<char>& bytes, const T& value) {
  const auto at = bytes.size();
  bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

void put(std::vector<char>& bytes, const std::string& text) {
  put(bytes, static_cast<std::uint32_t>(text.size()));
  bytes.insert(bytes.end(), text.begin(), text.end());
}

template <class T>
T get(const char*& from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  from += sizeof(T);
  return value;
}

std::string get_text(const char*& from) {
  const auto length = get<std::uint32_t>(from);
  std::string text(from, length);
  from += length;
  return text;
}

}  // namespace

std::vector<char> pack(const WorkerReport& report) {
  std::vector<char> bytes;
  bytes.reserve(16 + 32 * report.tasks.size());
  put(bytes, report.kind);
  put(bytes, report.stopping);
  put(bytes, report.tasks.size());
  for (const auto& task : report.tasks) {
    put(bytes, task.task);
    put(bytes, task.state);
    put(bytes, static_cast<float>(task.seconds));
    put(bytes, static_cast<float>(task.io_seconds));
    put(bytes, task.whole);
    put(bytes, task.message);
    put(bytes, task.content);
  }
  return bytes;
}

WorkerReport unpack_report(const std::vector<char>& bytes) {
  const char* from = bytes.data();
  WorkerReport report;
  report.kind = get<WorkerReport::Kind>(from);
  report.stopping = get<bool>(from);
  report.tasks.resize(get<std::size_t>(from));
  for (auto& task : report.tasks) {
    task.task = get<TaskId>(from);
    task.state = get<TaskReport::State>(from);
    task.seconds = static_cast<double>(get<float>(from));
    task.io_seconds = static_cast<double>(get<float>(from));
    task.whole = get<bool>(from);
    task.message = get_text(from);
    task.content = get_text(from);
  }
  return report;
}

std::vector<std::uint64_t> pack(const Batch& batch) {
  std::vector<std::uint64_t> words{batch.ask_before, batch.ahead ? 1U : 0U};
  words.insert(words.end(), batch.tasks.begin(), batch.tasks.end());
  return words;
}

Batch unpack_batch(const std::vector<std::uint64_t>& words) {
  return {{words.begin() + kOrderHead, words.end()}, static_cast<std::size_t>(words[0]), words[1] != 0};
}

void Outbox::send(std::vector<char> bytes, int to, MPI_Comm comm) {
  wait();
  bytes_ = std::move(bytes);
  MPI_Isend(bytes_.data(), static_cast<int>(bytes_.size()), MPI_BYTE, to, kReportTag, comm, &request_);
}

void Outbox::send(std::vector<std::uint64_t> words, int to, MPI_Comm comm) {
  wait();
  words_ = std::move(words);
  MPI_Isend(words_.data(), static_cast<int>(words_.size()), MPI_UINT64_T, to, kOrderTag, comm, &request_);
}

void Outbox::test() {
  int done = 0;
  MPI_Test(&request_, &done, MPI_STATUS_IGNORE);
}

void Outbox::wait() { MPI_Wait(&request_, MPI_STATUS_IGNORE); }

Inbox::Inbox(MPI_Comm comm) : comm_(comm) {}

void Inbox::expect() {
  words_.resize(TaskQueue::kBatchTasks + kOrderHead);
  MPI_Irecv(words_.data(), static_cast<int>(words_.size()), MPI_UINT64_T, 0, kOrderTag, comm_, &request_);
}

bool Inbox::test() {
  int done = 1;
  if (request_ != MPI_REQUEST_NULL) MPI_Test(&request_, &done, &status_);
  return done != 0;
}

Batch Inbox::wait(const std::function<void()>& idle) {
  // MPI's own waiting keeps a core busy, which may be one that another rank computes on.
  for (auto nap = kFirstNap; !test(); nap = std::min(2 * nap, kLongestNap)) {
    idle();
    std::this_thread::sleep_for(nap);
  }
  int size = 0;
  MPI_Get_count(&status_, MPI_UINT64_T, &size);
  words_.resize(static_cast<std::size_t>(size));
  return unpack_batch(words_);
}

WorkerReport receive_report(int from, MPI_Comm comm) {
  MPI_Status status;
  MPI_Probe(from, kReportTag, comm, &status);
  int size = 0;
  MPI_Get_count(&status, MPI_BYTE, &size);
  std::vector<char> bytes(static_cast<std::size_t>(size));
  MPI_Recv(bytes.data(), size, MPI_BYTE, from, kReportTag, comm, MPI_STATUS_IGNORE);
  return unpack_report(bytes);
}

bool report_waits(MPI_Comm comm, int& from) {
  int waits = 0;
  MPI_Status status;
  MPI_Iprobe(MPI_ANY_SOURCE, kReportTag, comm, &waits, &status);
  if (waits) from = status.MPI_SOURCE;
  return waits != 0;
}

}  // namespace aesweep
