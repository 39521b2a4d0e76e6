#include "aesweep/schedule/coordinator.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>
#include <unordered_set>

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
  std::unordered_set<TaskId> ahead = {};   // what is being done and nobody has asked for
  std::vector<std::size_t> ahead_on = std::vector<std::size_t>(static_cast<std::size_t>(self.size_));   // how many of them each rank has
  std::vector<Outbox> orders = std::vector<Outbox>(static_cast<std::size_t>(self.size_));
  int busy_workers = self.size_ - 1;
  bool stopped = false;
  Time::time_point start = Time::now();

  double elapsed() const { return std::chrono::duration<double>(Time::now() - start).count(); }

  void ended(const TaskReport& report, int rank) {
    if (report.state == TaskReport::State::done && report.whole) {
      queue.ended(report.task, report.seconds);
    } else {
      queue.dropped(report.task);
    }
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
  /// Whether those without work have something to wait for: what is running may bring tasks, or there may be some to work ahead on.
  bool may_grow() const { return (callbacks.decide || callbacks.ahead) && queue.running(); }

  bool works_ahead(int rank) const { return ahead_on[static_cast<std::size_t>(rank)] > 0; }
  void ended_ahead(const TaskReport& report, int rank) {
    ahead.erase(report.task);
    --ahead_on[static_cast<std::size_t>(rank)];
    self.spent_[static_cast<std::size_t>(rank)].ahead += report.seconds;
  }

  void receive(const WorkerReport& report, int rank) {
    if (report.stopping && !stopped) {
      stopped = true;   // the others begin nothing more either
      if (callbacks.told_to_stop) callbacks.told_to_stop();
    }
    std::vector<TaskReport> asked_for;
    for (const auto& task : report.tasks) {
      if (ahead.contains(task.task)) ended_ahead(task, rank);
      else asked_for.push_back(task);
    }
    for (const auto& task : asked_for) ended(task, rank);
    decide(asked_for);
    if (report.kind == WorkerReport::Kind::last) {
      --busy_workers;
      self.spent_[static_cast<std::size_t>(rank)].until = elapsed();
    } else if (report.kind == WorkerReport::Kind::ask) {
      asking.push_back(rank);
    }
  }

  void send(const Batch& batch, int rank) { orders[static_cast<std::size_t>(rank)].send(pack(batch), rank, self.comm_); }

  /// Gives out what there is, first to those who have nothing at all, and sends home those who need not wait for more.
  void answer() {
    std::ranges::stable_partition(asking, [this](int rank) { return !works_ahead(rank); });
    while (!asking.empty()) {
      Batch batch;
      if (!stopping() && (!queue.empty() || may_grow())) {
        batch = queue.take(self.size_);
        if (batch.tasks.empty()) return send_ahead();
      }
      send(batch, asking.front());
      asking.pop_front();
    }
  }

  /// For those who would wait; they keep asking.
  void send_ahead() {
    for (const int rank : asking) {
      if (works_ahead(rank)) continue;
      const auto tasks = take_ahead(rank);
      if (tasks.empty()) return;
      send({.tasks = tasks, .ask_before = tasks.size(), .ahead = true}, rank);
    }
  }

  std::vector<TaskId> take_ahead(int rank) {
    const auto tasks = callbacks.ahead ? callbacks.ahead() : std::vector<TaskId>{};
    ahead.insert(tasks.begin(), tasks.end());
    ahead_on[static_cast<std::size_t>(rank)] += tasks.size();
    return tasks;
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
  void work(std::span<const TaskId> tasks, const Poll& poll) {
    for (std::size_t next = 0; next < tasks.size();) {
      const auto reports = next > 0 && callbacks.stop() ? skipped(tasks.subspan(next)) : callbacks.work(tasks.subspan(next), poll);
      for (const auto& report : reports) ended(report, 0);
      decide(reports);
      next += reports.size();
    }
  }

  /// Rank 0 ahead of decisions. @returns false if there is nothing to do.
  bool work_ahead(const std::function<void()>& serve) {
    const auto tasks = take_ahead(0);
    const Poll poll = [&] {
      serve();
      return !queue.empty() || !queue.running() || stopping();
    };
    for (std::size_t next = 0; next < tasks.size();) {
      const auto rest = std::span(tasks).subspan(next);
      const auto reports = poll() ? skipped(rest) : callbacks.work(rest, poll);
      for (const auto& report : reports) ended_ahead(report, 0);
      next += reports.size();
    }
    return !tasks.empty();
  }
};

void Coordinator::lead(TaskQueue& queue, const Callbacks& callbacks) {
  spent_.assign(static_cast<std::size_t>(size_), {});
  unfinished_cost_ = queue.unfinished_cost();
  Leader leader{.self = *this, .queue = queue, .callbacks = callbacks};
  Every serve(kServeInterval, [&] { leader.serve(); });
  const Poll poll = [&] {
    serve();
    return false;
  };
  while (!leader.stopping()) {
    serve();
    if (leader.stopped || (queue.empty() && !leader.may_grow())) break;
    const auto tasks = queue.take_one();
    if (!tasks.empty()) {
      leader.work(tasks, poll);
    } else if (!leader.work_ahead([&] { serve(); }) && !leader.serve()) {
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
    report.stopping = callbacks.stop();
    if (kind == WorkerReport::Kind::ask) orders.expect();
    reports.send(pack(report), 0, comm_);
    report.tasks.clear();
    last_report = Time::now();
  };
  bool ordered = false;   // an order has come in
  Every move_messages(kServeInterval, [&] { reports.test(), ordered = orders.test(); });

  const std::function<void()> say_stop = [&] {   // a signal may reach one rank alone, and when it has nothing to do
    reports.test();
    if (!report.stopping && callbacks.stop()) send(WorkerReport::Kind::progress);
  };

  send(WorkerReport::Kind::ask);
  for (auto batch = orders.wait(say_stop); !batch.tasks.empty(); batch = orders.wait(say_stop)) {
    bool asked = batch.ahead;   // rank 0 knows
    if (batch.ahead) {
      orders.expect();
      if (!report.tasks.empty()) send(WorkerReport::Kind::progress);   // decisions wait for these
    }
    ordered = false;
    const Poll poll = [&] {
      move_messages();
      return batch.ahead && ordered;
    };
    for (std::size_t next = 0; next < batch.tasks.size();) {
      if (!asked && next >= batch.ask_before) {
        send(WorkerReport::Kind::ask);
        asked = true;
      }
      const auto tasks = std::span(batch.tasks).subspan(next);
      const auto ended = callbacks.stop() || poll() ? skipped(tasks) : callbacks.work(tasks, poll);
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
    result.ahead += spent.ahead;
    const double worked = spent.seconds + spent.ahead;
    result.waiting += std::max(0.0, spent.until - worked);
    result.tail += wall_ - std::max(spent.until, worked);
  }
  return result;
}

}  // namespace aesweep
