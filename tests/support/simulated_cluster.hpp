#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "aesweep/schedule/task_queue.hpp"

namespace aesweep {

/// What it costs to hand out work on a simulated cluster.
struct SimulatedMessages {
  double answer_seconds = 2e-3;     ///< until rank 0 looks: it serves every 2 ms
  double service_seconds = 1e-5;    ///< of rank 0 for one message, one after the other
};

struct SimulatedRun {
  double wall = 0.0;
  std::uint64_t batches = 0, done = 0;
};

/// Tasks 0 .. n-1 of an imagined sweep: what they take, what the prior expects, and their class.
struct SimulatedSweep {
  std::vector<double> seconds, expected;
  std::vector<CostClass> classes;

  std::size_t size() const { return seconds.size(); }
  /// The least that any order can take.
  double ideal(int ranks) const {
    return std::max(*std::ranges::max_element(seconds), std::accumulate(seconds.begin(), seconds.end(), 0.0) / ranks);
  }
};

/// Every K of {1, 2, 4, .., 64} with two classes of units at horizons over two decades, `tasks` tasks; cost ~ K² × horizon. The prior errs by a
/// log-normal factor of median `error` for each task, and the second class by another factor of 2 throughout.
inline SimulatedSweep imagined_sweep(std::size_t tasks, double mean_seconds, double error, std::uint64_t seed) {
  SimulatedSweep sweep;
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  for (std::size_t i = 0; i < tasks; ++i) {
    const double K = static_cast<double>(1U << (i % 7));
    const bool slow = i / 7 % 2 == 1;
    const double horizon = std::pow(100.0, static_cast<double>(i * 7919 % tasks) / static_cast<double>(tasks));
    const double cost = (1.0 + K * K) * horizon * (slow ? 3.0 : 1.0);
    sweep.expected.push_back(cost);
    sweep.seconds.push_back(cost * (slow ? 2.0 : 1.0) * std::exp(std::log(error) * normal(random)));
    sweep.classes.push_back(slow ? 1 : 0);
  }
  const double scale = mean_seconds * static_cast<double>(tasks) / std::accumulate(sweep.seconds.begin(), sweep.seconds.end(), 0.0);
  for (double& seconds : sweep.seconds) seconds *= scale;
  for (double& seconds : sweep.expected) seconds *= scale;
  return sweep;
}

/// The coordinator's rules event by event, with the real queue: rank 0 takes single tasks without asking, the others ask for batches as Batch says.
class SimulatedCluster {
 public:
  SimulatedCluster(const SimulatedSweep& sweep, int ranks, const SimulatedMessages& messages)
      : sweep_(sweep), ranks_(ranks), messages_(messages), queue_(ids(sweep.size()), sweep.expected, sweep.classes) {}

  SimulatedRun run() {
    for (int rank = 0; rank < ranks_; ++rank) events_.push({0.0, rank, {}, 0.0});
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      for (const auto task : event.ended) queue_.ended(task, sweep_.seconds[task]);
      run_.done += event.ended.size();
      run_.wall = std::max(run_.wall, event.free_at);
      event.rank == 0 ? lead(event) : follow(event);
    }
    return run_;
  }

 private:
  /// A rank asks at `time`, tells what has ended since it last asked, and will have nothing to do from `free_at` on.
  struct Event {
    double time;
    int rank;
    std::vector<TaskId> ended;
    double free_at;
    bool operator<(const Event& other) const { return time != other.time ? time > other.time : rank > other.rank; }
  };

  static std::vector<TaskId> ids(std::size_t count) {
    std::vector<TaskId> tasks(count);
    std::iota(tasks.begin(), tasks.end(), TaskId{0});
    return tasks;
  }

  void lead(const Event& event) {
    const auto tasks = queue_.take_one();
    if (tasks.empty()) return;
    const double end = event.time + sweep_.seconds[tasks.front()];
    events_.push({end, 0, tasks, end});
  }

  void follow(const Event& event) {
    coordinator_free_ = std::max(coordinator_free_, event.time) + messages_.service_seconds;
    const auto batch = queue_.take(ranks_);
    ++run_.batches;
    auto& unreported = pending_.try_emplace(event.rank).first->second;
    if (batch.tasks.empty()) {
      if (!unreported.empty()) events_.push({event.free_at, event.rank, std::exchange(unreported, {}), event.free_at});
      return;
    }
    double now = std::max(event.free_at, coordinator_free_ + messages_.answer_seconds), ask = now;
    auto ended = std::exchange(unreported, {});
    for (std::size_t i = 0; i < batch.tasks.size(); ++i) {
      if (i == batch.ask_before) ask = now;
      (i < batch.ask_before ? ended : unreported).push_back(batch.tasks[i]);
      now += sweep_.seconds[batch.tasks[i]];
    }
    if (batch.ask_before == batch.tasks.size()) ask = now;
    events_.push({ask, event.rank, std::move(ended), now});
  }

  const SimulatedSweep& sweep_;
  int ranks_;
  SimulatedMessages messages_;
  TaskQueue queue_;
  std::priority_queue<Event> events_;
  std::map<int, std::vector<TaskId>> pending_;
  double coordinator_free_ = 0.0;
  SimulatedRun run_;
};

/// The same ranks, each of which takes the next task of a fixed order when it is free, at no cost: what an order alone is worth.
inline SimulatedRun run_in_order(const SimulatedSweep& sweep, const std::vector<std::size_t>& order, int ranks) {
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at(std::greater<>{}, std::vector<double>(static_cast<std::size_t>(ranks), 0.0));
  SimulatedRun run;
  for (const auto task : order) {
    const double end = free_at.top() + sweep.seconds[task];
    free_at.pop();
    free_at.push(end);
    run.wall = std::max(run.wall, end);
    ++run.done;
  }
  return run;
}

}  // namespace aesweep
