// Coordinator and workers on any number of ranks. All ranks run all tests in the same order, so a test must not leave early on some of them:
// EXPECT, never ASSERT, before the last collective call.
#include "aesweep/schedule/coordinator.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
// Open MPI leaves memory of its modules behind, and has unloaded them when leaks are counted: nothing by which to suppress it.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

namespace aesweep {
namespace {

using namespace std::string_literals;
using State = TaskReport::State;
using Time = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(60);   // for what takes milliseconds, before a test gives up

int world_rank() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int world_size() {
  int size = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

std::vector<int> sum_over_ranks(std::vector<int> counts) {
  MPI_Allreduce(MPI_IN_PLACE, counts.data(), static_cast<int>(counts.size()), MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  return counts;
}

/// Tasks 0 .. count - 1; all ranks know the queue, rank 0's is used.
TaskQueue queue_of(std::size_t count, const std::function<double(std::size_t)>& cost) {
  std::vector<TaskId> tasks(count);
  std::iota(tasks.begin(), tasks.end(), TaskId{0});
  std::vector<double> costs;
  for (std::size_t i = 0; i < count; ++i) costs.push_back(cost(i));
  return TaskQueue(tasks, costs);
}

/// What a run did, as this rank saw it.
struct Record {
  explicit Record(std::size_t count) : worked(count, 0), done(count, 0), failed(count, 0), skipped(count, 0), by(count, -1), messages(count) {}

  std::vector<int> worked;                 ///< how often this rank began the task
  std::vector<int> done, failed, skipped;  ///< rank 0: how often it was reported so
  std::vector<int> by;                     ///< rank 0: the rank that reported it
  std::vector<std::string> messages;       ///< rank 0
  int ticks = 0;

  /// @param work  what a task is, behind the counting; by default nothing.
  Coordinator::Callbacks callbacks(std::function<TaskReport(TaskId, const std::function<void()>&)> work = {},
                                   std::function<bool()> stop = [] { return false; }) {
    Coordinator::Callbacks callbacks;
    callbacks.work = [this, work](std::span<const TaskId> tasks, const std::function<void()>& poll) {
      const TaskId task = tasks.front();
      ++worked.at(task);
      return std::vector{work ? work(task, poll) : TaskReport{task, State::done, 0.0, {}}};
    };
    callbacks.stop = std::move(stop);
    callbacks.ended = [this](const TaskReport& report, int rank) {
      auto& counts = report.state == State::done ? done : report.state == State::failed ? failed : skipped;
      ++counts.at(report.task);
      by.at(report.task) = rank;
      messages.at(report.task) = report.message;
    };
    callbacks.tick = [this] { ++ticks; };
    return callbacks;
  }

  int reports() const {
    const auto sum = [](const std::vector<int>& counts) { return std::accumulate(counts.begin(), counts.end(), 0); };
    return sum(done) + sum(failed) + sum(skipped);
  }
};

/// Every task was begun once, and on rank 0 reported done once, by the rank that did it.
void expect_each_once(const Record& record, std::size_t count) {
  EXPECT_EQ(sum_over_ranks(record.worked), std::vector<int>(count, 1));
  std::vector<int> by = record.by;
  MPI_Bcast(by.data(), static_cast<int>(by.size()), MPI_INT, 0, MPI_COMM_WORLD);
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(record.worked[i], by[i] == world_rank() ? 1 : 0) << "task " << i;
  if (world_rank() == 0) {
    EXPECT_EQ(record.done, std::vector<int>(count, 1));
  } else {
    EXPECT_EQ(record.reports(), 0);
    EXPECT_EQ(record.ticks, 0);
  }
}

void nap(std::chrono::microseconds time) { std::this_thread::sleep_for(time); }

// Five tasks a group, of which a rank does as many at once as it gets in a row: never a part, on rank 0 neither.
TEST(Coordinator, HandsOutGroupsWhole) {
  constexpr std::size_t kTasks = 203, kGroup = 5;
  std::vector<TaskId> tasks(kTasks);
  std::iota(tasks.begin(), tasks.end(), TaskId{0});
  std::vector<bool> joined;
  for (std::size_t i = 0; i < kTasks; ++i) joined.push_back(i % kGroup != 0);
  Record record(kTasks);
  auto callbacks = record.callbacks();
  std::size_t split = 0;
  callbacks.work = [&](std::span<const TaskId> held, const std::function<void()>& poll) {
    poll();
    const TaskId group = held.front() / kGroup;
    std::vector<TaskReport> reports;
    for (const auto task : held) {
      if (task / kGroup != group) break;
      ++record.worked.at(task);
      reports.push_back({.task = task, .seconds = 1e-4});
    }
    nap(std::chrono::microseconds(300));
    if (reports.size() != std::min(kGroup, kTasks - group * kGroup)) ++split;
    return reports;
  };
  Coordinator(MPI_COMM_WORLD).run(TaskQueue(tasks, std::vector<double>(kTasks, 1e-4), {}, joined), callbacks);
  expect_each_once(record, kTasks);
  EXPECT_EQ(split, 0U);
}

TEST(Coordinator, KnowsItsRanks) {
  const Coordinator coordinator(MPI_COMM_WORLD);
  EXPECT_EQ(coordinator.rank(), world_rank());
  EXPECT_EQ(coordinator.size(), world_size());
}

TEST(Coordinator, DoesEachTaskOnce) {
  constexpr std::size_t kTasks = 300;
  Record record(kTasks);
  const auto work = [](TaskId task, const std::function<void()>& poll) {
    nap(std::chrono::microseconds(100 + 37 * (task % 50)));
    poll();
    return TaskReport{task, State::done, 0.0, {}};
  };
  Coordinator(MPI_COMM_WORLD).run(queue_of(kTasks, [](std::size_t i) { return 1e-3 * static_cast<double>(i % 50); }), record.callbacks(work));
  expect_each_once(record, kTasks);
}

TEST(Coordinator, SendsManyShortTasksInBatches) {
  constexpr std::size_t kTasks = 20'000;
  Record record(kTasks);
  Coordinator(MPI_COMM_WORLD).run(queue_of(kTasks, [](std::size_t) { return 1e-4; }), record.callbacks());
  expect_each_once(record, kTasks);
}

// Batches of thousands: neither orders nor reports of that size may make one rank wait until another has time to receive them.
TEST(Coordinator, LargeMessagesHoldUpNobody) {
  constexpr std::size_t kTasks = 200'000;
  Record record(kTasks);
  const auto begin = Time::now();
  Coordinator coordinator(MPI_COMM_WORLD);
  coordinator.run(queue_of(kTasks, [](std::size_t) { return 1e-5; }), record.callbacks());
  const double seconds = std::chrono::duration<double>(Time::now() - begin).count();
  expect_each_once(record, kTasks);
  EXPECT_GT(static_cast<double>(kTasks) / seconds, 4e4) << "a fifth of what bench/dispatch.cpp shows on an idle machine";
}

// The measured times make their way back: the second half of the tasks takes as long as the first did, not what was expected.
TEST(Coordinator, ExpectsWhatItMeasured) {
  constexpr std::size_t kTasks = 400;
  Record record(kTasks);
  Coordinator coordinator(MPI_COMM_WORLD);
  const auto work = [](TaskId task, const std::function<void()>&) { return TaskReport{.task = task, .seconds = 0.05}; };
  auto callbacks = record.callbacks(work);
  double at_half = 0.0, before = 0.0;
  const auto count = callbacks.ended;
  callbacks.ended = [&](const TaskReport& report, int rank) {
    count(report, rank);
    if (before == 0.0) before = coordinator.unfinished_cost();
    if (record.reports() == static_cast<int>(kTasks / 2)) at_half = coordinator.unfinished_cost();
  };
  coordinator.run(queue_of(kTasks, [](std::size_t) { return 0.01; }), callbacks);
  if (world_rank() == 0) {
    EXPECT_NEAR(before, 0.05 * (kTasks - 1), 1e-3);   // seconds travel as float
    EXPECT_NEAR(at_half, 0.05 * (kTasks / 2), 1e-3);
    EXPECT_NEAR(coordinator.unfinished_cost(), 0.0, 1e-6);
  }
}

TEST(Coordinator, AccountsForTheRanksTime) {
  constexpr std::size_t kTasks = 200;
  Record record(kTasks);
  Coordinator coordinator(MPI_COMM_WORLD);
  const auto work = [](TaskId task, const std::function<void()>& poll) {
    const auto begin = Time::now();
    nap(std::chrono::milliseconds(task == 0 && world_size() > 1 ? 400 : 2));
    poll();
    const double seconds = std::chrono::duration<double>(Time::now() - begin).count();
    return TaskReport{.task = task, .seconds = seconds, .io_seconds = seconds / 4};
  };
  coordinator.run(queue_of(kTasks, [](std::size_t i) { return i == 0 ? 0.4 : 2e-3; }), record.callbacks(work));
  expect_each_once(record, kTasks);
  if (world_rank() != 0) return;
  const auto spent = coordinator.efficiency();
  EXPECT_EQ(spent.ranks, world_size());
  EXPECT_GT(spent.wall, world_size() > 1 ? 0.39 : 0.4);
  EXPECT_NEAR(spent.busy / spent.io, 3.0, 1e-3);   // seconds travel as float
  EXPECT_GE(spent.busy + spent.io, 0.002 * kTasks);
  EXPECT_GE(spent.waiting, 0.0);
  // Each rank's tasks end before its last word does, so nothing is cut off but clock ticks.
  EXPECT_NEAR(spent.busy + spent.io + spent.waiting + spent.tail, spent.wall * spent.ranks, 1e-3 * spent.wall * spent.ranks);
}

TEST(Coordinator, EndsWithoutTasks) {
  Record record(0);
  Coordinator(MPI_COMM_WORLD).run(TaskQueue({}, {}), record.callbacks());
  EXPECT_EQ(record.reports(), 0);
}

TEST(Coordinator, EndsWithFewerTasksThanRanks) {
  for (std::size_t tasks = 1; tasks <= static_cast<std::size_t>(world_size()); ++tasks) {
    Record record(tasks);
    const auto work = [](TaskId task, const std::function<void()>&) {
      nap(std::chrono::milliseconds(5));
      return TaskReport{task, State::done, 0.0, {}};
    };
    Coordinator(MPI_COMM_WORLD).run(queue_of(tasks, [](std::size_t) { return 1.0; }), record.callbacks(work));
    expect_each_once(record, tasks);
  }
}

TEST(Coordinator, RunsAgain) {
  Coordinator coordinator(MPI_COMM_WORLD);
  for (const std::size_t tasks : {40U, 0U, 7U}) {
    Record record(tasks);
    coordinator.run(queue_of(tasks, [](std::size_t) { return 0.01; }), record.callbacks());
    expect_each_once(record, tasks);
  }
}

TEST(Coordinator, TakesRankZerosQueue) {
  constexpr std::size_t kTasks = 20;
  Record record(kTasks);
  const auto cost = [](std::size_t) { return 1.0; };
  Coordinator(MPI_COMM_WORLD).run(queue_of(world_rank() == 0 ? kTasks : 5, cost), record.callbacks());
  expect_each_once(record, kTasks);
}

/// Texts that a careless message would cut short: long, empty, with zero bytes.
std::string message_of(TaskId task) {
  if (task % 9 == 0) return std::string(200'000, 'x') + std::to_string(task);
  if (task % 9 == 3) return "";
  return "κ too small\0 at task "s + std::to_string(task);
}

TEST(Coordinator, ReportsFailuresWithTheirMessages) {
  constexpr std::size_t kTasks = 60;
  const auto fails = [](TaskId task) { return task % 3 == 0; };
  Record record(kTasks);
  const auto work = [&](TaskId task, const std::function<void()>&) {
    nap(std::chrono::milliseconds(1));
    return fails(task) ? TaskReport{task, State::failed, 0.0, message_of(task)} : TaskReport{task, State::done, 0.0, {}};
  };
  Coordinator(MPI_COMM_WORLD).run(queue_of(kTasks, [](std::size_t) { return 1e-3; }), record.callbacks(work));
  EXPECT_EQ(sum_over_ranks(record.worked), std::vector<int>(kTasks, 1));
  for (TaskId task = 0; world_rank() == 0 && task < kTasks; ++task) {
    EXPECT_EQ(record.failed[task], fails(task) ? 1 : 0);
    EXPECT_EQ(record.done[task], fails(task) ? 0 : 1);
    EXPECT_EQ(record.messages[task], fails(task) ? message_of(task) : "") << task;
  }
}

/// After a stop: what was begun was finished and reported, nothing twice, and something is left.
void expect_a_clean_stop(const Record& record, std::size_t count) {
  const auto worked = sum_over_ranks(record.worked);
  EXPECT_LT(std::accumulate(worked.begin(), worked.end(), 0), static_cast<int>(count));
  EXPECT_LE(*std::ranges::max_element(worked), 1);
  if (world_rank() != 0) return;
  EXPECT_EQ(record.done, worked);
  for (std::size_t i = 0; i < count; ++i) EXPECT_LE(record.done[i] + record.skipped[i], 1) << "task " << i;
}

constexpr std::size_t kLongQueue = 5000;   // 1 ms each: more than anyone does before the stops below
TaskReport one_millisecond(TaskId task, const std::function<void()>& poll) {
  nap(std::chrono::milliseconds(1));
  poll();
  return {task, State::done, 0.0, {}};
}
double a_millisecond(std::size_t) { return 1e-3; }

TEST(Coordinator, AStopOnAllRanksLeavesTheRest) {
  Record record(kLongQueue);
  const auto after_ten = [&record] { return std::accumulate(record.worked.begin(), record.worked.end(), 0) >= 10; };
  Coordinator(MPI_COMM_WORLD).run(queue_of(kLongQueue, a_millisecond), record.callbacks(one_millisecond, after_ten));
  expect_a_clean_stop(record, kLongQueue);
  const int begun = std::accumulate(record.worked.begin(), record.worked.end(), 0);
  EXPECT_LE(begun, 10);   // not one more than before the stop
}

TEST(Coordinator, AStopOfRankZeroAloneEndsTheRun) {
  Record record(kLongQueue);
  const auto after_ten = [&record] { return world_rank() == 0 && std::accumulate(record.worked.begin(), record.worked.end(), 0) >= 10; };
  Coordinator(MPI_COMM_WORLD).run(queue_of(kLongQueue, a_millisecond), record.callbacks(one_millisecond, after_ten));
  expect_a_clean_stop(record, kLongQueue);
  EXPECT_EQ(std::accumulate(record.skipped.begin(), record.skipped.end(), 0), 0);   // the workers were not asked to stop
}

// A rank that was told to stop hands its tasks back undone, and nobody gets new ones: a signal may reach one rank only.
TEST(Coordinator, AStopOfAWorkerEndsTheRun) {
  constexpr std::size_t kTasks = 400;
  Record record(kTasks);
  const bool refuses = world_size() > 1 && world_rank() == world_size() - 1;
  Coordinator(MPI_COMM_WORLD).run(queue_of(kTasks, a_millisecond), record.callbacks(one_millisecond, [refuses] { return refuses; }));
  const auto worked = sum_over_ranks(record.worked);
  if (refuses) {
    EXPECT_EQ(record.worked, std::vector<int>(kTasks, 0));
  }
  for (std::size_t i = 0; world_rank() == 0 && i < kTasks; ++i) {
    EXPECT_LE(record.done[i] + record.skipped[i], 1) << "task " << i;
    EXPECT_EQ(record.skipped[i] == 1 ? record.by[i] : world_size() - 1, world_size() - 1);
    EXPECT_EQ(worked[i], record.done[i]);
  }
  if (world_rank() == 0) {
    const auto done = static_cast<std::size_t>(std::accumulate(record.done.begin(), record.done.end(), 0));
    if (world_size() == 1) {
      EXPECT_EQ(done, kTasks);
    } else {
      EXPECT_LT(done, kTasks);
    }
  }
}

// A task that is left for a later run is nobody's reason to stop.
TEST(Coordinator, ATaskPutOffStopsNobody) {
  constexpr std::size_t kTasks = 60;
  const auto too_long = [](TaskId task) { return task % 3 == 0; };
  std::vector<int> put_off(kTasks, 0);
  Record record(kTasks);
  auto callbacks = record.callbacks([&](TaskId task, const std::function<void()>&) {
    nap(std::chrono::milliseconds(1));
    return TaskReport{task, too_long(task) ? State::put_off : State::done, 0.0, {}};
  });
  callbacks.ended = [&](const TaskReport& report, int) { ++(report.state == State::put_off ? put_off : record.done).at(report.task); };
  Coordinator(MPI_COMM_WORLD).run(queue_of(kTasks, [](std::size_t i) { return 1e-3 * static_cast<double>(kTasks - i); }), callbacks);
  EXPECT_EQ(sum_over_ranks(record.worked), std::vector<int>(kTasks, 1));
  for (TaskId task = 0; world_rank() == 0 && task < kTasks; ++task) {
    EXPECT_EQ(put_off[task], too_long(task) ? 1 : 0) << task;
    EXPECT_EQ(record.done[task], too_long(task) ? 0 : 1) << task;
  }
}

/// A run of one long task, with others to work ahead on for whoever would wait.
struct Ahead {
  static constexpr TaskId kFirst = 1000;        // of those ahead; those asked for have smaller numbers
  std::vector<int> begun = std::vector<int>(2000, 0), ended = begun;   // by this rank
  TaskId next = kFirst;                         // rank 0's

  /// @param lasts  of an asked-for task, milliseconds.   @param endless  whether tasks ahead end only when they are left off.
  Coordinator::Callbacks callbacks(Record& record, std::function<int(TaskId)> lasts, bool endless) {
    auto callbacks = record.callbacks();
    callbacks.work = [this, &record, lasts, endless](std::span<const TaskId> tasks, const Coordinator::Poll& poll) {
      const TaskId task = tasks.front();
      const auto begin = Time::now();
      if (task < kFirst) {
        ++record.worked.at(task);
        bool left_off = false;
        for (const auto end = begin + std::chrono::milliseconds(lasts(task)); Time::now() < end; nap(std::chrono::milliseconds(1))) left_off = left_off || poll();
        EXPECT_FALSE(left_off) << "what was asked for is not left off";
        return std::vector{TaskReport{.task = task, .seconds = 1e-3 * lasts(task)}};
      }
      ++begun.at(task - kFirst);
      bool left_off = false;
      const auto end = begin + (endless ? Time::duration(kPatience) : std::chrono::milliseconds(5));
      while (Time::now() < end && !(left_off = poll())) nap(std::chrono::milliseconds(1));
      EXPECT_TRUE(left_off || !endless) << "nobody said that it was no longer wanted";
      if (!left_off) ++ended.at(task - kFirst);
      const double seconds = std::chrono::duration<double>(Time::now() - begin).count();
      return std::vector{TaskReport{.task = task, .state = left_off ? State::skipped : State::done, .seconds = seconds}};
    };
    callbacks.ahead = [this] { return next < kFirst + begun.size() ? std::vector{next++} : std::vector<TaskId>{}; };
    return callbacks;
  }
};

// While one rank has the last task all others work ahead, each thing once, and nobody hears of it: not a stop either, when they are left off.
TEST(Coordinator, WorksAheadInPlaceOfWaiting) {
  for (const bool endless : {false, true}) {
    Record record(1);
    Ahead ahead;
    Coordinator coordinator(MPI_COMM_WORLD);
    const auto begin = Time::now();
    coordinator.run(queue_of(1, [](std::size_t) { return 1.0; }), ahead.callbacks(record, [](TaskId) { return 300; }, endless));
    EXPECT_LT(Time::now() - begin, kPatience);
    expect_each_once(record, 1);
    const auto begun = sum_over_ranks(ahead.begun), ended = sum_over_ranks(ahead.ended);
    EXPECT_LE(*std::ranges::max_element(begun), 1);
    const int count = std::accumulate(begun.begin(), begun.end(), 0), done = std::accumulate(ended.begin(), ended.end(), 0);
    if (world_size() == 1) {
      EXPECT_EQ(count, 0) << "alone there is nothing to wait for";
    } else if (endless) {
      EXPECT_EQ(count, world_size() - 1);
      EXPECT_EQ(done, 0);
    } else {
      EXPECT_GE(done, world_size() - 1);
    }
    if (world_rank() != 0) continue;
    const auto spent = coordinator.efficiency();
    EXPECT_EQ(spent.ahead > 0.0, world_size() > 1);
    EXPECT_NEAR(spent.busy + spent.io + spent.ahead + spent.waiting + spent.tail, spent.wall * spent.ranks, 1e-2 * spent.wall * spent.ranks);
  }
}

// What is asked for comes first: those who work ahead leave it off for what a decision brings, again and again.
TEST(Coordinator, LeavesOffForWhatIsAskedFor) {
  constexpr std::size_t kRounds = 5, kBroad = 8, kTasks = kRounds * (1 + kBroad);   // a task alone, then many, ...
  Record record(kTasks);
  Ahead ahead;
  auto callbacks = ahead.callbacks(record, [](TaskId task) { return task % (1 + kBroad) == 0 ? 60 : 10; }, true);
  std::size_t open = 1, known = 1;
  callbacks.decide = [&](std::span<const TaskReport> reports) {
    open -= reports.size();
    TaskList list;
    if (open > 0 || known == kTasks) return list;
    open = known % (1 + kBroad) == 0 ? 1 : kBroad;
    for (std::size_t i = 0; i < open; ++i) {
      list.tasks.push_back(known++);
      list.costs.push_back(1.0);
    }
    return list;
  };
  const auto begin = Time::now();
  Coordinator(MPI_COMM_WORLD).run(queue_of(1, [](std::size_t) { return 1.0; }), callbacks);
  EXPECT_LT(Time::now() - begin, kPatience);
  expect_each_once(record, kTasks);
  const auto begun = sum_over_ranks(ahead.begun);
  EXPECT_GE(std::accumulate(begun.begin(), begun.end(), 0), static_cast<int>(kRounds) * (world_size() - 1));
}

// A stop reaches those who work ahead.
TEST(Coordinator, AStopEndsWorkAhead) {
  Record record(2);
  Ahead ahead;
  const auto begin = Time::now();
  auto callbacks = ahead.callbacks(record, [](TaskId) { return 200; }, true);
  callbacks.stop = [&] { return world_rank() == 0 && Time::now() - begin > std::chrono::milliseconds(100); };
  Coordinator(MPI_COMM_WORLD).run(queue_of(1, [](std::size_t) { return 1.0; }), callbacks);
  EXPECT_LT(Time::now() - begin, kPatience);
  if (world_rank() == 0) {
    EXPECT_EQ(record.done[0], 1);
  }
}

// One of a worker that works ahead, or only waits, ends the run as well: the signal may have come to it alone.
TEST(Coordinator, AStopOfAWorkerWithoutTasksEndsTheRun) {
  for (const bool has_work_ahead : {true, false}) {
    Record record(3);
    Ahead ahead;
    const auto begin = Time::now();
    auto callbacks = ahead.callbacks(record, [](TaskId task) { return task == 0 ? 300 : 60'000; }, true);
    if (!has_work_ahead) callbacks.ahead = [] { return std::vector<TaskId>{}; };
    bool stop = false;
    callbacks.stop = [&] {
      const bool idle = std::ranges::count(record.worked, 1) == 0;
      return stop || (stop = world_rank() > 0 && idle && Time::now() - begin > std::chrono::milliseconds(100));
    };
    int told = 0;
    callbacks.told_to_stop = [&] { ++told; };
    // Of two ranks on a busy machine the worker may get the task, and then there is none without.
    const auto has_idle_worker = [&] { return world_size() > 2 || (world_size() == 2 && record.by[0] == 0); };
    callbacks.decide = [&](std::span<const TaskReport>) { return has_idle_worker() ? TaskList{{1, 2}, {1.0, 1.0}} : TaskList{}; };
    Coordinator(MPI_COMM_WORLD).run(queue_of(1, [](std::size_t) { return 1.0; }), callbacks);
    EXPECT_LT(Time::now() - begin, kPatience);
    const auto worked = sum_over_ranks(record.worked);
    EXPECT_EQ(worked, (std::vector{1, 0, 0}));
    if (world_rank() == 0) {
      EXPECT_EQ(told, has_idle_worker() ? 1 : 0);
    }
  }
}

TEST(Coordinator, AStopBeforeTheFirstTaskDoesNone) {
  Record record(kLongQueue);
  Coordinator(MPI_COMM_WORLD).run(queue_of(kLongQueue, a_millisecond), record.callbacks(one_millisecond, [] { return true; }));
  EXPECT_EQ(sum_over_ranks(record.worked), std::vector<int>(kLongQueue, 0));
  EXPECT_EQ(record.done, std::vector<int>(kLongQueue, 0));
}

// Rank 0 stays in its first task until all others are done: the workers get their work and are heard by its polls alone.
TEST(Coordinator, ALongTaskOfRankZeroHoldsUpNobody) {
  constexpr std::size_t kTasks = 400;
  Record record(kTasks);
  bool first = true, waited_in_vain = false;
  const auto work = [&](TaskId task, const std::function<void()>& poll) {
    if (world_rank() == 0 && world_size() > 1 && first) {
      first = false;
      const auto begin = Time::now();
      while (record.reports() < static_cast<int>(kTasks) - 1 && !waited_in_vain) {
        nap(std::chrono::milliseconds(1));
        poll();
        waited_in_vain = Time::now() - begin > kPatience;
      }
    }
    return TaskReport{task, State::done, 0.0, {}};
  };
  Coordinator(MPI_COMM_WORLD).run(queue_of(kTasks, [](std::size_t i) { return i == 0 ? 100.0 : 0.05; }), record.callbacks(work));
  EXPECT_FALSE(waited_in_vain);
  expect_each_once(record, kTasks);
  EXPECT_EQ(record.ticks > 0, world_rank() == 0 && world_size() > 1) << "rank " << world_rank();
}

TEST(Coordinator, RankZeroComputesAsWell) {
  constexpr std::size_t kTasks = 200;
  Record record(kTasks);
  Coordinator(MPI_COMM_WORLD).run(queue_of(kTasks, [](std::size_t) { return 10.0; }), record.callbacks(one_millisecond));
  expect_each_once(record, kTasks);
  if (world_rank() == 0) {
    const auto own = std::ranges::count(record.by, 0);
    EXPECT_GT(own, 0);
    EXPECT_TRUE(world_size() == 1 || own < static_cast<std::ptrdiff_t>(kTasks)) << "no worker got anything";
  }
}

TEST(Coordinator, ItsMessagesAreItsOwn) {
  constexpr std::size_t kTasks = 50;
  constexpr int kTagOfReports = 1;
  const int letter = 4711;
  MPI_Request request = MPI_REQUEST_NULL;
  if (world_rank() != 0) MPI_Isend(&letter, 1, MPI_INT, 0, kTagOfReports, MPI_COMM_WORLD, &request);
  Record record(kTasks);
  Coordinator(MPI_COMM_WORLD).run(queue_of(kTasks, a_millisecond), record.callbacks(one_millisecond));
  for (int rank = 1; world_rank() == 0 && rank < world_size(); ++rank) {
    int received = 0;
    MPI_Recv(&received, 1, MPI_INT, rank, kTagOfReports, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    EXPECT_EQ(received, letter);
  }
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  expect_each_once(record, kTasks);
}

TEST(Coordinator, AnExceptionOfATaskLeavesTheRun) {
  // Every rank alone: among several, the program ends the job.
  Record record(3);
  const auto work = [](TaskId task, const std::function<void()>&) -> TaskReport {
    if (task == 1) throw std::runtime_error("disk full");
    return {task, State::done, 0.0, {}};
  };
  Coordinator coordinator(MPI_COMM_SELF);
  EXPECT_THROW(coordinator.run(queue_of(3, [](std::size_t) { return 1.0; }), record.callbacks(work)), std::runtime_error);
  EXPECT_EQ(record.done, (std::vector<int>{1, 0, 0}));
}

// Tasks form a tree: 1 has the children 2 and 3, task n has 2n and 2n + 1. A node's children come when it and its sibling are done, as a decision from
// complete data: on rank 0 alone, and the ranks wait for it.
TEST(Coordinator, TasksBringTasks) {
  constexpr std::size_t kNodes = 256;
  Record record(kNodes);
  auto callbacks = record.callbacks([](TaskId task, const std::function<void()>& poll) {
    nap(std::chrono::microseconds(200 + 100 * (task % 7)));
    poll();
    return TaskReport{.task = task, .seconds = 1e-3, .content = task % 5 == 0 ? ""s : "\0 task "s + std::to_string(task)};
  });
  std::vector<char> known(kNodes, 0);
  int faults = 0;
  callbacks.decide = [&](std::span<const TaskReport> reports) {
    TaskList asked;
    for (const auto& report : reports) {
      const TaskId task = report.task, sibling = task ^ 1U;
      if (report.content != (task % 5 == 0 ? ""s : "\0 task "s + std::to_string(task)) || record.done.at(task) != 1) ++faults;
      known.at(task) = 1;
      if (task > 1 && !known.at(sibling)) continue;
      for (const TaskId parent : {task & ~TaskId{1}, task | TaskId{1}})
        for (TaskId child = 2 * parent; parent > 0 && child < std::min<std::size_t>(kNodes, 2 * parent + 2); ++child)
          if (task > 1 || parent == 1) asked.tasks.push_back(child);
    }
    std::ranges::sort(asked.tasks);
    asked.costs.assign(asked.tasks.size(), 1e-3);
    return asked;
  };
  Coordinator coordinator(MPI_COMM_WORLD);
  coordinator.run(TaskQueue({1}, {1e-3}), callbacks);
  EXPECT_EQ(faults, 0);
  const auto worked = sum_over_ranks(record.worked);
  EXPECT_EQ(worked[0], 0);
  EXPECT_EQ(std::accumulate(worked.begin(), worked.end(), 0), static_cast<int>(kNodes) - 1);
  EXPECT_EQ(*std::ranges::max_element(worked), 1);
  if (world_rank() == 0) {
    EXPECT_EQ(record.done, worked);
    EXPECT_NEAR(coordinator.unfinished_cost(), 0.0, 1e-9);
  }
}

TEST(Coordinator, AStopWhileOthersWaitEndsTheRun) {
  Record record(2);
  const auto stop = [&record] { return world_rank() == 0 && record.reports() > 0; };
  auto callbacks = record.callbacks(
      [](TaskId task, const std::function<void()>& poll) {
        for (int i = 0; i < 20; ++i) {
          nap(std::chrono::milliseconds(1));
          poll();
        }
        return TaskReport{.task = task, .seconds = 0.02};
      },
      stop);
  callbacks.decide = [](std::span<const TaskReport>) { return TaskList{.tasks = {1}, .costs = {1.0}}; };
  Coordinator(MPI_COMM_WORLD).run(TaskQueue({0}, {1.0}), callbacks);
  EXPECT_EQ(sum_over_ranks(record.worked), (std::vector<int>{1, 0}));
}

/// On other ranks than 0, only what fails is printed.
class FailuresOnly : public testing::EmptyTestEventListener {
 public:
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed()) std::fprintf(stderr, "rank %d: %s:%d: %s\n", world_rank(), result.file_name(), result.line_number(), result.message());
  }
};

}  // namespace
}  // namespace aesweep

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  testing::InitGoogleTest(&argc, argv);
  if (aesweep::world_rank() != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new aesweep::FailuresOnly);
  }
  int failed = RUN_ALL_TESTS();
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Finalize();
  return failed;
}
