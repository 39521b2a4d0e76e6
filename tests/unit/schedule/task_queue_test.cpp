#include "aesweep/schedule/task_queue.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace aesweep {
namespace {

TEST(TaskQueue, HandsOutTheLongestFirstAndEqualOnesById) {
  TaskQueue queue({7, 3, 5, 1}, {1.0, 2.0, 1.0, 9.0});
  std::vector<TaskId> order;
  while (!queue.empty()) order.push_back(queue.take_one().front());
  EXPECT_EQ(order, (std::vector<TaskId>{1, 3, 5, 7}));
  EXPECT_TRUE(queue.take_one().empty());
  EXPECT_TRUE(queue.take(4).empty());
}

TEST(TaskQueue, LongTasksTravelAlone) {
  TaskQueue queue({0, 1, 2, 3}, {30.0, 30.0, 30.0, 30.0});
  while (!queue.empty()) EXPECT_EQ(queue.take(2).size(), 1u);
}

TEST(TaskQueue, ShortTasksTravelTogetherUpToASecond) {
  std::vector<TaskId> tasks(100'000);
  std::iota(tasks.begin(), tasks.end(), TaskId{0});
  TaskQueue queue(tasks, std::vector<double>(tasks.size(), 1e-3));
  const auto batch = queue.take(4);
  EXPECT_NEAR(static_cast<double>(batch.size()), 1000.0, 1.0);
}

TEST(TaskQueue, BatchesShrinkTowardsTheEndAndEveryTaskComesOnce) {
  std::vector<TaskId> tasks(1000);
  std::iota(tasks.begin(), tasks.end(), TaskId{0});
  TaskQueue queue(tasks, std::vector<double>(tasks.size(), 0.01));
  std::set<TaskId> seen;
  std::size_t last = 1000;
  while (!queue.empty()) {
    const auto batch = queue.take(3);
    EXPECT_LE(batch.size(), last);
    last = batch.size();
    for (const auto task : batch) EXPECT_TRUE(seen.insert(task).second);
  }
  EXPECT_EQ(last, 1u);
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(TaskQueue, KnowsWhatRemains) {
  TaskQueue queue({0, 1}, {2.0, 3.0});
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 5.0);
  queue.take_one();
  EXPECT_DOUBLE_EQ(queue.remaining_cost(), 2.0);
  EXPECT_EQ(queue.size(), 1u);
}

}  // namespace
}  // namespace aesweep
