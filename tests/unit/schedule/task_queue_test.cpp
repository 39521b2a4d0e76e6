#include "aesweep/schedule/task_queue.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace aesweep {
namespace {

std::vector<TaskId> first_tasks(std::size_t count) {
  std::vector<TaskId> tasks(count);
  std::iota(tasks.begin(), tasks.end(), TaskId{0});
  return tasks;
}

TaskQueue equal_tasks(std::size_t count, double cost) { return {first_tasks(count), std::vector<double>(count, cost)}; }

/// As after a first measurement that said nothing new.
TaskQueue measured_queue(std::size_t count, double cost) {
  auto queue = equal_tasks(count + 1, cost);
  queue.ended(queue.take_one().front(), cost);
  return queue;
}

TEST(TaskQueue, HandsOutTheLongestFirstAndEqualOnesById) {
  TaskQueue queue({7, 3, 5, 1}, {1.0, 2.0, 1.0, 9.0});
  std::vector<TaskId> order;
  while (!queue.empty()) order.push_back(queue.take_one().front());
  EXPECT_EQ(order, (std::vector<TaskId>{1, 3, 5, 7}));
  EXPECT_TRUE(queue.take_one().empty());
  EXPECT_TRUE(queue.take(4).tasks.empty());
}

TEST(TaskQueue, LongTasksTravelAloneAndAreNotAskedForEarly) {
  auto queue = measured_queue(4, 30.0);
  while (!queue.empty()) {
    const auto batch = queue.take(2);
    EXPECT_EQ(batch.tasks.size(), 1u);
    EXPECT_EQ(batch.ask_before, 1u) << "a rank would keep a task that another could begin";
  }
}

TEST(TaskQueue, ShortTasksTravelTogetherUpToASecondAndAreAskedForEarly) {
  auto queue = measured_queue(100'000, 1e-3);
  const auto batch = queue.take(4);
  const auto size = static_cast<double>(batch.tasks.size());
  EXPECT_NEAR(size, TaskQueue::kBatchSeconds / 1e-3, 1.0);   // ± 1: costs are floats
  EXPECT_NEAR(size - static_cast<double>(batch.ask_before), TaskQueue::kLeadSeconds / 1e-3, 1.0);
}

TEST(TaskQueue, FirstBatchesAreSmallUntilSomethingIsMeasured) {
  auto queue = equal_tasks(100'000, 1e-3);
  EXPECT_NEAR(static_cast<double>(queue.take(4).tasks.size()), TaskQueue::kFirstSeconds / 1e-3, 1.0);
}

TEST(TaskQueue, BatchesAreBoundedInNumber) {
  auto queue = measured_queue(100'000, 1e-7);
  EXPECT_LE(queue.take(1).tasks.size(), TaskQueue::kBatchTasks);
}

TEST(TaskQueue, BatchesShrinkTowardsTheEndAndEveryTaskComesOnce) {
  auto queue = equal_tasks(1000, 0.01);
  std::set<TaskId> seen;
  std::size_t last = 1000;
  while (!queue.empty()) {
    const auto batch = queue.take(3);
    EXPECT_LE(batch.tasks.size(), last);
    last = batch.tasks.size();
    for (const auto task : batch.tasks) EXPECT_TRUE(seen.insert(task).second);
  }
  EXPECT_EQ(last, 1u);
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(TaskQueue, KnowsWhatRemainsAndWhatIsUnfinished) {
  TaskQueue queue({0, 1}, {2.0, 3.0});
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 5.0);
  EXPECT_DOUBLE_EQ(queue.unfinished_cost(), 5.0);
  const auto task = queue.take_one().front();
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 2.0);
  EXPECT_DOUBLE_EQ(queue.unfinished_cost(), 5.0);
  EXPECT_EQ(queue.size(), 1u);
  queue.ended(task, 6.0);   // twice the 3 expected: so will the other take
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 4.0);
  EXPECT_DOUBLE_EQ(queue.unfinished_cost(), 4.0);
  queue.dropped(queue.take_one().front());
  EXPECT_DOUBLE_EQ(queue.unfinished_cost(), 0.0);
}

// Class 1 turns out ten times as long as expected: its tasks overtake those of class 0.
TEST(TaskQueue, MeasuredTimesOfAClassChangeTheOrder) {
  TaskQueue queue({10, 11, 20, 21, 22, 30}, {5.0, 4.0, 3.0, 2.0, 1.0, 9.0}, {0, 0, 1, 1, 1, 2});
  std::vector<TaskId> order;
  for (int i = 0; i < 4; ++i) {
    const auto task = queue.take_one().front();
    order.push_back(task);
    queue.ended(task, task == 20 ? 30.0 : task == 30 ? 9.0 : task == 10 ? 5.0 : 4.0);
  }
  EXPECT_EQ(order, (std::vector<TaskId>{30, 10, 11, 20}));
  EXPECT_GT(queue.remaining_cost(), 10.0);   // 3 expected, at a factor that one measurement of 10 and the general ratio share
  TaskQueue mixed({1, 2, 3, 4}, {8.0, 7.0, 6.0, 5.0}, {1, 0, 0, 1});
  mixed.ended(mixed.take_one().front(), 80.0);
  EXPECT_EQ(mixed.take_one().front(), 2u) << "the other class has the ratio of all until it has its own";
  mixed.ended(2, 7.0);
  EXPECT_EQ(mixed.take_one().front(), 4u) << "5 × 10 before 6 × 1";
}

TEST(TaskQueue, GroupsAreNeverSplit) {
  // Groups {0 1 2} {3} {4 5 6 7} of equal cost, and a longer task that belongs to none.
  const std::vector<double> costs{1, 1, 1, 1, 1, 1, 1, 1, 9};
  const std::vector<bool> joined{false, true, true, false, false, true, true, true, false};
  TaskQueue one({0, 1, 2, 3, 4, 5, 6, 7, 8}, costs, {}, joined);
  EXPECT_EQ(one.take_one(), (std::vector<TaskId>{8}));
  EXPECT_EQ(one.take_one(), (std::vector<TaskId>{0, 1, 2}));
  EXPECT_EQ(one.size(), 5U);
  EXPECT_DOUBLE_EQ(one.remaining_cost(), 5.0);
  EXPECT_EQ(one.take_one(), (std::vector<TaskId>{3}));
  EXPECT_EQ(one.take(1).tasks, (std::vector<TaskId>{4, 5, 6, 7})) << "worth four seconds, but a batch is a group at least";
  EXPECT_TRUE(one.empty());
}

TEST(TaskQueue, BatchesOfGroupsAreAskedForBeforeAGroup) {
  const std::size_t count = 8 * 1000;
  std::vector<bool> joined(count);
  for (std::size_t i = 0; i < count; ++i) joined[i] = i % 8 != 0;
  TaskQueue queue(first_tasks(count), std::vector<double>(count, 1e-3), {}, joined);
  std::set<TaskId> seen;
  while (!queue.empty()) {
    const auto batch = queue.take(3);
    EXPECT_EQ(batch.tasks.size() % 8, 0U);
    EXPECT_EQ(batch.ask_before % 8, 0U);
    for (const auto task : batch.tasks) EXPECT_TRUE(seen.insert(task).second);
  }
  EXPECT_EQ(seen.size(), count);
}

TEST(TaskQueue, TheFailedAndTheClocklessSayNothing) {
  auto queue = equal_tasks(10, 1.0);
  queue.dropped(queue.take_one().front());
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 9.0);
  queue.ended(queue.take_one().front(), 0.0);   // a clock that did not move
  EXPECT_GT(queue.remaining_cost(), 0.0);
  TaskQueue free_of_cost({0, 1}, {0.0, 0.0});
  EXPECT_GT(free_of_cost.remaining_cost(), 0.0);
}

std::vector<TaskId> all_of(TaskQueue& queue) {
  std::vector<TaskId> order;
  for (auto tasks = queue.take_one(); !tasks.empty(); tasks = queue.take_one()) order.insert(order.end(), tasks.begin(), tasks.end());
  return order;
}

TEST(TaskQueue, WhatComesLaterTakesItsPlaceInTheOrder) {
  TaskQueue queue({10, 20, 30}, {5.0, 3.0, 1.0}, {0, 1, 0});
  EXPECT_EQ(queue.take_one().front(), 10U);
  queue.add({.tasks = {4, 5, 40}, .costs = {3.0, 2.0, 9.0}, .classes = {1, 0, 2}});
  queue.add({.tasks = {25, 26}, .costs = {4.0, 1.0}, .classes = {1, 1}});
  EXPECT_EQ(queue.size(), 7U);
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 23.0);
  EXPECT_DOUBLE_EQ(queue.unfinished_cost(), 28.0);
  EXPECT_EQ(all_of(queue), (std::vector<TaskId>{40, 25, 4, 20, 5, 26, 30})) << "equal costs by id, whenever they came";
  EXPECT_TRUE(queue.running());
  for (const TaskId task : {10, 40, 25, 4, 20, 5, 26, 30}) queue.dropped(task);
  EXPECT_FALSE(queue.running());
  EXPECT_DOUBLE_EQ(queue.unfinished_cost(), 0.0);
}

TEST(TaskQueue, AnEmptyQueueCanGrow) {
  TaskQueue queue({}, {});
  queue.add({.tasks = {3, 4, 5}, .costs = {1.0, 1.0, 1.0}});
  EXPECT_EQ(queue.take(1).tasks, (std::vector<TaskId>{3}));
  queue.ended(3, 10.0);
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 20.0);
  queue.add({.tasks = {6}, .costs = {1.0}, .classes = {7}});
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 30.0) << "a class that is new has the ratio of all";
}

TEST(TaskQueue, GroupsThatComeLaterAreNotSplitEither) {
  TaskQueue queue({0, 1}, {1.0, 1.0}, {}, {false, true});
  queue.add({.tasks = {10, 11, 12, 20, 30, 31}, .costs = {1.0, 1.0, 1.0, 5.0, 2.0, 2.0}, .joined = {false, true, true, false, false, true}});
  queue.add({.tasks = {32}, .costs = {2.0}, .joined = {true}});
  EXPECT_EQ(queue.take_one(), (std::vector<TaskId>{20}));
  EXPECT_EQ(queue.take_one(), (std::vector<TaskId>{30, 31})) << "a group does not go on in another list";
  EXPECT_EQ(queue.take_one(), (std::vector<TaskId>{32}));
  EXPECT_EQ(queue.take_one(), (std::vector<TaskId>{0, 1}));
  EXPECT_EQ(queue.take_one(), (std::vector<TaskId>{10, 11, 12}));
}

}  // namespace
}  // namespace aesweep
