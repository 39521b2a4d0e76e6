#include "aesweep/schedule/coordinator.hpp"

#include <chrono>
#include <thread>

#include "messages.hpp"

namespace aesweep {
namespace {

using Time = std::chrono::steady_clock;
constexpr auto kServeInterval = std::chrono::milliseconds(2);

}  // namespace

Coordinator::Coordinator(MPI_Comm comm) {
  MPI_Comm_dup(comm, &comm_);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size_);
}

Coordinator::~Coordinator() { MPI_Comm_free(&comm_); }

void Coordinator::run(TaskQueue queue, const Callbacks& callbacks) {
  if (rank_ == 0) {
    lead(queue, callbacks);
  } else {
    follow(callbacks);
  }
}

bool Coordinator::serve(TaskQueue& queue, const Callbacks& callbacks) {
  bool served = false;
  for (int waiting = 1; busy_workers_ > 0;) {
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm_, &waiting, &status);
    if (!waiting) break;
    served = true;
    const auto report = unpack_report(receive_bytes(status.MPI_SOURCE, comm_));
    for (const auto& task : report.tasks) {
      callbacks.ended(task, status.MPI_SOURCE);
      stopped_ = stopped_ || task.state == TaskReport::State::skipped;   // a rank was told to stop: the others have nothing more to begin either
    }
    if (report.last) {
      --busy_workers_;
    } else {
      send_tasks(stopped_ || callbacks.stop() ? std::vector<TaskId>{} : queue.take(size_), status.MPI_SOURCE, comm_);
    }
  }
  callbacks.tick();
  return served;
}

void Coordinator::lead(TaskQueue& queue, const Callbacks& callbacks) {
  busy_workers_ = size_ - 1;
  stopped_ = false;
  auto last_served = Time::now();
  const auto poll = [&] {
    if (Time::now() - last_served < kServeInterval) return;
    serve(queue, callbacks);
    last_served = Time::now();
  };
  while (!callbacks.stop()) {
    poll();
    if (stopped_) break;
    const auto tasks = queue.take_one();
    if (tasks.empty()) break;
    callbacks.ended(callbacks.work(tasks.front(), poll), 0);
  }
  while (busy_workers_ > 0)
    if (!serve(queue, callbacks)) std::this_thread::sleep_for(kServeInterval);
}

void Coordinator::follow(const Callbacks& callbacks) {
  const auto nothing = [] {};
  BatchReport report;   // on the batch before
  const auto send_report = [&] { send_bytes(pack(report), 0, comm_); };
  send_report();
  auto batch = receive_tasks(0, comm_);
  while (!batch.empty()) {
    send_report();   // the next batch is on its way while this one is computed
    report.tasks.clear();
    for (const auto task : batch)
      report.tasks.push_back(callbacks.stop() ? TaskReport{task, TaskReport::State::skipped, 0.0, {}} : callbacks.work(task, nothing));
    batch = receive_tasks(0, comm_);
  }
  report.last = true;
  send_report();
}

}  // namespace aesweep
