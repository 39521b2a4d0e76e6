#include "aesweep/outcome/verdict.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Trajectory trajectory_of(const std::vector<double>& times, const std::vector<double>& pmse, const std::vector<std::vector<double>>& explained,
                         double chance = 1.0) {
  Trajectory trajectory(times, explained.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    std::vector<double> now;
    for (const auto& component : explained) now.push_back(component[i]);
    trajectory.record(i, pmse[i], now, chance);
  }
  return trajectory;
}

/// Judged by pmse at the horizon, as everything but the PCA rules is.
Verdict judge(const Trajectory& trajectory, const Yardstick& yardstick, const Criteria& criteria) {
  return aesweep::judge(trajectory, trajectory.pmse().back(), yardstick, criteria);
}

TEST(Trajectory, DivergesAboveTenTimesTheLargerOfChanceAndStart) {
  const auto fine = trajectory_of({0, 1, 2}, {3.0, 29.9, 1.0}, {}, 1.0);
  EXPECT_FALSE(fine.diverged());
  const auto above = trajectory_of({0, 1, 2}, {3.0, 30.1, 1.0}, {{0.1, 0.2, 0.3}}, 1.0);
  EXPECT_TRUE(above.diverged());
  EXPECT_EQ(above.pmse()[0], 3.0);
  EXPECT_TRUE(std::isnan(above.pmse()[1]));
  EXPECT_TRUE(std::isnan(above.pmse()[2]));
  EXPECT_TRUE(std::isnan(above.explained(0)[1]));
  EXPECT_FALSE(trajectory_of({0, 1}, {0.1, 9.9}, {}, 1.0).diverged());
  EXPECT_TRUE(trajectory_of({0, 1}, {0.1, 10.1}, {}, 1.0).diverged());
  EXPECT_TRUE(trajectory_of({0}, {kNaN}, {}).diverged());
}

TEST(Judge, ExcessRunsFromBestToChance) {
  const Yardstick yardstick{2.0, 0.5, {1.0}};
  EXPECT_DOUBLE_EQ(judge(trajectory_of({0, 1}, {2.0, 0.5}, {{0, 0}}, 2.0), yardstick, {}).excess, 0.0);
  EXPECT_DOUBLE_EQ(judge(trajectory_of({0, 1}, {2.0, 2.0}, {{0, 0}}, 2.0), yardstick, {}).excess, 1.0);
  EXPECT_DOUBLE_EQ(judge(trajectory_of({0, 1}, {2.0, 0.8}, {{0, 0}}, 2.0), yardstick, {}).excess, 0.2);
  EXPECT_DOUBLE_EQ(judge(trajectory_of({0, 1}, {2.0, 0.8}, {{0, 0}}, 2.0), yardstick, {}).final_pmse, 0.8);
}

TEST(Judge, ExcessRestsOnTheErrorGiven) {
  const auto verdict = aesweep::judge(trajectory_of({0, 1}, {2.0, 7.0}, {}, 2.0), 1.25, {2.0, 0.5, {}}, {});
  EXPECT_DOUBLE_EQ(verdict.excess, 0.5);
  EXPECT_DOUBLE_EQ(verdict.final_pmse, 7.0);
}

TEST(Judge, CountsComponentsAgainstTheReachableShare) {
  // reachable 1 and 0.6: thresholds 0.5 and 0.3; a component without variance never counts
  const Yardstick yardstick{1.0, 0.1, {1.0, 0.6, 0.0}};
  const auto trajectory = trajectory_of({0, 1, 3}, {1, 0.5, 0.4}, {{0.0, 0.25, 0.75}, {0.0, 0.1, 0.29}, {kNaN, kNaN, kNaN}});
  const auto verdict = judge(trajectory, yardstick, {0.5, 0.1});
  EXPECT_EQ(verdict.learnt, 1);
  EXPECT_DOUBLE_EQ(verdict.learning_time[0], 2.0);   // half-way from 0.25 at t = 1 to 0.75 at t = 3
  EXPECT_TRUE(std::isnan(verdict.learning_time[1]));
  EXPECT_TRUE(std::isnan(verdict.learning_time[2]));
  EXPECT_EQ(judge(trajectory, yardstick, {0.48, 0.1}).learnt, 2);
}

TEST(Judge, ALearnedStartHasLearningTimeZero) {
  const auto verdict = judge(trajectory_of({0, 1}, {0.2, 0.2}, {{0.9, 0.9}}), {1.0, 0.1, {1.0}}, {});
  EXPECT_EQ(verdict.learning_time[0], 0.0);
}

TEST(Judge, ADivergedReplicaHasNoScalars) {
  const auto verdict = judge(trajectory_of({0, 1, 2}, {1.0, 0.5, 11.0}, {{0.0, 0.6, 0.9}}), {1.0, 0.1, {1.0}}, {});
  EXPECT_TRUE(std::isnan(verdict.final_pmse));
  EXPECT_TRUE(std::isnan(verdict.excess));
  EXPECT_EQ(verdict.learnt, -1);
  EXPECT_FALSE(verdict.converged);
  EXPECT_NEAR(verdict.learning_time[0], 0.5 / 0.6, 1e-15);   // crossed before it diverged
}

TEST(Judge, ConvergedLooksAtTheSecondHalf) {
  const Yardstick yardstick{1.0, 0.0, {}};
  EXPECT_TRUE(judge(trajectory_of({0, 4, 5, 10}, {1.0, 0.3, 0.3, 0.2995}, {}), yardstick, {}).converged);
  EXPECT_FALSE(judge(trajectory_of({0, 4, 5, 10}, {1.0, 0.3, 0.3, 0.2985}, {}), yardstick, {}).converged);
  EXPECT_FALSE(judge(trajectory_of({0, 4, 6, 8, 10}, {1.0, 0.3, 0.3, 0.302, 0.3}, {}), yardstick, {}).converged) << "a bump within the half";
  // the value at T/2 = 5 is interpolated between t = 4 and t = 10: 0.3 + 5/6 · 0.0012 away from the end by 0.001
  EXPECT_TRUE(judge(trajectory_of({0, 4, 10}, {1.0, 0.3, 0.3011}, {}), yardstick, {}).converged);
  EXPECT_FALSE(judge(trajectory_of({0, 4, 10}, {1.0, 0.3, 0.3013}, {}), yardstick, {}).converged);
}

TEST(TheoryGap, IsTheLargestDifferenceOverChance) {
  EXPECT_DOUBLE_EQ(theory_gap(std::vector{1.0, 0.5, 0.3}, std::vector{1.0, 0.25, 0.4}, 0.5), 0.5);
  EXPECT_TRUE(std::isnan(theory_gap(std::vector{1.0, kNaN}, std::vector{1.0, 0.2}, 1.0)));
}

// Reference values: R, prop.test(x, n, correct = FALSE).
TEST(Wilson, MatchesPublishedValues) {
  const auto eight = wilson_interval(8, 10);
  EXPECT_NEAR(eight.low, 0.4901625, 1e-7);
  EXPECT_NEAR(eight.high, 0.9433178, 1e-7);
  const auto none = wilson_interval(0, 20);
  EXPECT_EQ(none.low, 0.0);
  EXPECT_NEAR(none.high, 0.1611252, 1e-7);
  const auto all = wilson_interval(20, 20);
  EXPECT_NEAR(all.low, 0.8388748, 1e-7);
  EXPECT_EQ(all.high, 1.0);
  EXPECT_TRUE(std::isnan(wilson_interval(0, 0).low));
}

TEST(Summarise, FollowsTheRulesForDivergedReplicas) {
  const std::vector<ReplicaOutcome> replicas{{false, 0.05, 3}, {false, 0.15, 2}, {true, kNaN, -1}, {false, 0.1, 3}};
  const auto summary = summarise(replicas, 0.1);
  EXPECT_DOUBLE_EQ(summary.success, 0.5);
  EXPECT_DOUBLE_EQ(summary.learnt_mean, 2.0);           // (3 + 2 + 0 + 3) / 4
  EXPECT_DOUBLE_EQ(summary.excess_mean, 0.1);           // over the three that did not diverge
  EXPECT_NEAR(summary.excess_sem, 0.05 / std::sqrt(3.0), 1e-15);
  EXPECT_EQ(summary.replicas, 4u);
  EXPECT_TRUE(std::isnan(summarise({}, 0.1).success));
  EXPECT_TRUE(std::isnan(summarise(std::vector<ReplicaOutcome>{{false, 0.2, 1}}, 0.1).excess_sem));
}

}  // namespace
}  // namespace aesweep
