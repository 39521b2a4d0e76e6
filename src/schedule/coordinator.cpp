#include "aesweep/schedule/coordinator.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>

#include "messages.hpp"

namespace aesweep {
namespace {

using Time = std::chrono::steady_clock;
constexpr auto kServeInterval = std::chrono::milliseconds(2);
/// A batch that lasts longer than it should is reported on at least this often.
constexpr auto kReportInterval = std::chrono::seconds(1);

/// Runs an action when the last time was an interval ago.
template <class Action>
class Every {
 public:
  Every(Time::duration interval, Action action) : interval_(interval), action_(std::move(action)) {}
  void operator()() {
    if (Time::now() - last_ < interval_) return;
    action_();
    last_ = Time::now();
  }

 private:
  Time::duration interval_;
  Action action_;
  Time::time_point last_ = Time::now();
};

std::vector<TaskReport> skipped(std::span<const TaskId> tasks) {
  std::vector<TaskReport> reports;
  for (const auto task : tasks) reports.push_back({.task = task, .state = TaskReport::State::skipped});
  return reports;
}

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

/// Rank 0 during one run.
struct Coordinator::Leader {
  Coordinator& self;
  TaskQueue& queue;
  const Callbacks& callbacks;
  std::deque<int> asking = {};   // ranks that wait for an order, the first to ask first
  std::vector<Outbox> orders = std::vector<Outbox>(static_cast<std::size_t>(self.size_));
  int busy_workers = self.size_ - 1;
  bool stopped = false;
  Time::time_point start = Time::now();

  double elapsed() const { return std::chrono::duration<double>(Time::now() - start).count(); }

  void ended(const TaskReport& report, int rank) {
    if (report.state == TaskReport::State::done) {
      queue.ended(report.task, report.seconds);
    } else {
      queue.dropped(report.task);
    }
    stopped = stopped || report.state == TaskReport::State::skipped;   // a rank was told to stop: the others have nothing more to begin either
    auto& spent = self.spent_[static_cast<std::size_t>(rank)];
    spent.seconds += report.seconds;
    spent.io += report.io_seconds;
    self.unfinished_cost_ = queue.unfinished_cost();
    callbacks.ended(report, rank);
  }

  /// After `ended` of each.
  void decide(std::span<const TaskReport> reports) {
    if (!callbacks.decide || reports.empty()) return;
    queue.add(callbacks.decide(reports));
    self.unfinished_cost_ = queue.unfinished_cost();
  }

  bool stopping() const { return stopped || callbacks.stop(); }
  /// Whether what is running may bring more tasks.
  bool may_grow() const { return callbacks.decide && queue.running(); }

  void receive(const WorkerReport& report, int rank) {
    for (const auto& task : report.tasks) ended(task, rank);
    decide(report.tasks);
    if (report.kind == WorkerReport::Kind::last) {
      --busy_workers;
      self.spent_[static_cast<std::size_t>(rank)].until = elapsed();
    } else if (report.kind == WorkerReport::Kind::ask) {
      asking.push_back(rank);
    }
  }

  /// Gives out what there is, and sends home those who need not wait for more.
  void answer() {
    while (!asking.empty()) {
      Batch batch;
      if (!stopping() && (!queue.empty() || may_grow())) {
        batch = queue.take(self.size_);
        if (batch.tasks.empty()) return;
      }
      orders[static_cast<std::size_t>(asking.front())].send(pack(batch), asking.front(), self.comm_);
      asking.pop_front();
    }
  }

  /// Receives every message that has come in. @returns whether there was one.
  bool serve() {
    bool served = false;
    for (int from = 0; busy_workers > 0 && report_waits(self.comm_, from); served = true) {
      receive(receive_report(from, self.comm_), from);
      answer();
    }
    answer();
    callbacks.tick();
    return served;
  }

  /// Rank 0's own tasks: a single one, or a group.
  void work(std::span<const TaskId> tasks, const std::function<void()>& poll) {
    for (std::size_t next = 0; next < tasks.size();) {
      const auto reports = next > 0 && callbacks.stop() ? skipped(tasks.subspan(next)) : callbacks.work(tasks.subspan(next), poll);
      for (const auto& report : reports) ended(report, 0);
      decide(reports);
      next += reports.size();
    }
  }
};

void Coordinator::lead(TaskQueue& queue, const Callbacks& callbacks) {
  spent_.assign(static_cast<std::size_t>(size_), {});
  unfinished_cost_ = queue.unfinished_cost();
  Leader leader{.self = *this, .queue = queue, .callbacks = callbacks};
  Every serve(kServeInterval, [&] { leader.serve(); });
  const std::function<void()> poll = [&] { serve(); };
  while (!leader.stopping()) {
    poll();
    if (leader.stopped || (queue.empty() && !leader.may_grow())) break;
    const auto tasks = queue.take_one();
    if (!tasks.empty()) {
      leader.work(tasks, poll);
    } else if (!leader.serve()) {
      std::this_thread::sleep_for(kServeInterval);
    }
  }
  spent_.front().until = leader.elapsed();
  while (leader.busy_workers > 0)
    if (!leader.serve()) std::this_thread::sleep_for(kServeInterval);
  wall_ = leader.elapsed();
}

void Coordinator::follow(const Callbacks& callbacks) {
  Inbox orders(comm_);   // outlives the outbox, whose wait at an exception may still let an order in
  Outbox reports;
  WorkerReport report;
  auto last_report = Time::now();
  const auto send = [&](WorkerReport::Kind kind) {
    report.kind = kind;
    if (kind == WorkerReport::Kind::ask) orders.expect();
    reports.send(pack(report), 0, comm_);
    report.tasks.clear();
    last_report = Time::now();
  };
  Every move_messages(kServeInterval, [&] { reports.test(), orders.test(); });
  const std::function<void()> poll = [&] { move_messages(); };

  send(WorkerReport::Kind::ask);
  for (auto batch = orders.wait(); !batch.tasks.empty(); batch = orders.wait()) {
    bool asked = false;
    for (std::size_t next = 0; next < batch.tasks.size();) {
      if (!asked && next >= batch.ask_before) {
        send(WorkerReport::Kind::ask);
        asked = true;
      }
      const auto tasks = std::span(batch.tasks).subspan(next);
      const auto ended = callbacks.stop() ? skipped(tasks) : callbacks.work(tasks, poll);
      report.tasks.insert(report.tasks.end(), ended.begin(), ended.end());
      next += ended.size();
      if (Time::now() - last_report > kReportInterval) send(WorkerReport::Kind::progress);
    }
    if (!asked) {
      send(WorkerReport::Kind::ask);
    } else if (!orders.test() && !report.tasks.empty()) {
      send(WorkerReport::Kind::progress);   // the order may hang on what these have brought
    }
  }
  send(WorkerReport::Kind::last);
}

Efficiency Coordinator::efficiency() const {
  Efficiency result{.ranks = size_, .wall = wall_};
  for (const auto& spent : spent_) {
    result.busy += spent.seconds - spent.io;
    result.io += spent.io;
    result.waiting += std::max(0.0, spent.until - spent.seconds);
    result.tail += wall_ - std::max(spent.until, spent.seconds);
  }
  return result;
}

}  // namespace aesweep
