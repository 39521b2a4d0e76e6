#include "aesweep/experiment/phase.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "aesweep/experiment/columns.hpp"
#include "aesweep/outcome/verdict.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint8_t kPending = 0, kDone = 1, kDiverged = 2, kFailed = 3, kExcluded = 4;

Sweep sweep_of(const std::string& engines, int replicas, const std::string& record = "count = 1\n") {
  return parse("[sweep]\nengines = [" + engines + "]\nreplicas = " + std::to_string(replicas) + "\n[data]\nspikes = [1.0]\n[record]\n" + record);
}

double value(const Sweep& sweep, const std::vector<std::vector<double>>& found, const std::string& name, std::size_t point = 0) {
  const auto columns = phase_columns(sweep);
  const auto at = std::ranges::find(columns, name, &Observable::name);
  EXPECT_NE(at, columns.end()) << name;
  return found.at(static_cast<std::size_t>(at - columns.begin())).at(point);
}

TEST(Phase, ColumnsOfTheEngines) {
  const auto names = [](const Sweep& sweep) {
    std::vector<std::string> result;
    for (const auto& column : phase_columns(sweep)) result.push_back(column.name);
    return result;
  };
  const std::vector<std::string> sgd{"sgd/success",     "sgd/success_low", "sgd/success_high", "sgd/learnt_mean",
                                     "sgd/excess_mean", "sgd/excess_sem", "sgd/replicas"};
  EXPECT_EQ(names(sweep_of("\"sgd\"", 1)), sgd);
  auto both = names(sweep_of("\"ode\", \"sgd\"", 1));
  ASSERT_EQ(both.size(), 16U);
  EXPECT_EQ(both[0], "ode/success");
  EXPECT_EQ(both[7], "sgd/success");
  EXPECT_EQ(both[14], "theory_gap");
  EXPECT_EQ(both[15], "theory_bias");
  both.pop_back();
  EXPECT_EQ(names(sweep_of("\"ode\", \"sgd\"", 1, "trajectories = false\n")), both);
}

// n = done + diverged; diverged replicas do not succeed, count 0 in learnt_mean and are absent from excess_mean; failed, pending and excluded ones
// are left out.
TEST(Phase, CountsReplicasByStatus) {
  const auto sweep = sweep_of("\"sgd\"", 6);
  const StoredRows rows{{kDone, kDiverged, kFailed, kDone, kPending, kExcluded}, {0.05, kNaN, kNaN, 0.3, kNaN, kNaN}, {3, -1, -1, 1, -1, -1}, {}, {}};
  const auto found = summarise_rows(sweep, {rows}, {1.0});
  EXPECT_EQ(value(sweep, found, "sgd/replicas"), 3.0);
  EXPECT_DOUBLE_EQ(value(sweep, found, "sgd/success"), 1.0 / 3.0);
  const auto wilson = wilson_interval(1, 3);
  EXPECT_EQ(value(sweep, found, "sgd/success_low"), wilson.low);
  EXPECT_EQ(value(sweep, found, "sgd/success_high"), wilson.high);
  EXPECT_DOUBLE_EQ(value(sweep, found, "sgd/learnt_mean"), 4.0 / 3.0);
  EXPECT_DOUBLE_EQ(value(sweep, found, "sgd/excess_mean"), 0.175);
  EXPECT_DOUBLE_EQ(value(sweep, found, "sgd/excess_sem"), 0.125);   // half the difference of two values
}

// Those that were not needed are as if they did not exist; the interval is that of the test that stopped.
TEST(Phase, OfSequentialReplicasHasTheTestsInterval) {
  auto sweep = sweep_of("\"sgd\"", 8);
  sweep.sequential = {2, 0.3};
  constexpr auto kNotNeeded = static_cast<std::uint8_t>(Status::not_needed);
  const StoredRows rows{{kDone, kDone, kDone, kDiverged, kNotNeeded, kNotNeeded, kNotNeeded, kNotNeeded},
                        {0.0, 0.0, 0.0, kNaN, kNaN, kNaN, kNaN, kNaN}, {1, 1, 1, -1, -1, -1, -1, -1}, {}, {}};
  const auto found = summarise_rows(sweep, {rows}, {1.0});
  EXPECT_EQ(value(sweep, found, "sgd/replicas"), 4.0);
  EXPECT_EQ(value(sweep, found, "sgd/success"), 0.75);
  const auto interval = sequential_test(sweep)->interval(3, 4);
  EXPECT_EQ(value(sweep, found, "sgd/success_low"), interval.low);
  EXPECT_EQ(value(sweep, found, "sgd/success_high"), interval.high);
}

TEST(Phase, CountsARowAsSuccessDoes) {
  EXPECT_EQ(trial_of(Status::done, 0.1, 0.1), Trial::success);
  EXPECT_EQ(trial_of(Status::done, 0.2, 0.1), Trial::failure);
  EXPECT_EQ(trial_of(Status::done, kNaN, 0.1), Trial::failure);
  EXPECT_EQ(trial_of(Status::diverged, kNaN, 0.1), Trial::failure);
  EXPECT_EQ(trial_of(Status::failed, kNaN, 0.1), Trial::void_of_outcome);
  EXPECT_EQ(trial_of(Status::pending, kNaN, 0.1), Trial::missing);
  EXPECT_EQ(trial_of(Status::not_needed, kNaN, 0.1), Trial::missing);
}

TEST(Phase, IsNaNWithoutReplicas) {
  const auto sweep = sweep_of("\"sgd\"", 2);
  const auto found = summarise_rows(sweep, {{{kFailed, kPending}, {kNaN, kNaN}, {-1, -1}, {}, {}}}, {1.0});
  EXPECT_EQ(value(sweep, found, "sgd/replicas"), 0.0);
  for (const char* name : {"sgd/success", "sgd/success_low", "sgd/success_high", "sgd/learnt_mean", "sgd/excess_mean", "sgd/excess_sem"})
    EXPECT_TRUE(std::isnan(value(sweep, found, name))) << name;
}

TEST(Phase, KeepsPointsApart) {
  const auto sweep = sweep_of("\"sgd\"", 2);
  const auto found = summarise_rows(sweep, {{{kDone, kDone, kDone, kFailed}, {0.0, 0.02, 0.5, kNaN}, {2, 3, 1, -1}, {}, {}}}, {1.0, 1.0});
  EXPECT_EQ(value(sweep, found, "sgd/success", 0), 1.0);
  EXPECT_EQ(value(sweep, found, "sgd/success", 1), 0.0);
  EXPECT_DOUBLE_EQ(value(sweep, found, "sgd/learnt_mean", 0), 2.5);
  EXPECT_EQ(value(sweep, found, "sgd/learnt_mean", 1), 1.0);
  EXPECT_EQ(value(sweep, found, "sgd/replicas", 1), 1.0);
}

// Two recorded times, three replicas. Gap: mean of the rows' own gaps, those without one left out. Bias: deviations of opposite sign cancel before
// the largest over the times is taken; replicas that are not done in both engines are left out.
TEST(Phase, TheoryGapAndBias) {
  const auto sweep = sweep_of("\"ode\", \"sgd\"", 3);
  const StoredRows ode{{kDone, kDone, kDone}, {0, 0, 0}, {1, 1, 1}, {1.0, 1.0, 1.0, 1.0, 1.0, 1.0}, {}};
  const StoredRows sgd{{kDone, kDone, kDiverged}, {0, 0, kNaN}, {1, 1, -1}, {1.0, 1.4, 1.0, 0.8, 1.0, kNaN}, {0.2, 0.1, kNaN}};
  const auto found = summarise_rows(sweep, {ode, sgd}, {2.0});
  EXPECT_DOUBLE_EQ(value(sweep, found, "theory_gap"), 0.15);
  EXPECT_DOUBLE_EQ(value(sweep, found, "theory_bias"), 0.05);   // (0.4 − 0.2)/2 over chance = 2
  EXPECT_EQ(value(sweep, found, "ode/replicas"), 3.0);
  EXPECT_EQ(value(sweep, found, "sgd/replicas"), 3.0);
}

TEST(Phase, TheoryBiasIsNaNIfNoReplicaIsDoneInBoth) {
  const auto sweep = sweep_of("\"ode\", \"sgd\"", 2);
  const StoredRows ode{{kDone, kFailed}, {0, kNaN}, {1, -1}, {1.0, 1.0, kNaN, kNaN}, {}};
  const StoredRows sgd{{kDiverged, kDone}, {kNaN, 0}, {-1, 1}, {1.0, kNaN, 1.0, 1.0}, {kNaN, kNaN}};
  const auto found = summarise_rows(sweep, {ode, sgd}, {2.0});
  EXPECT_TRUE(std::isnan(value(sweep, found, "theory_gap")));
  EXPECT_TRUE(std::isnan(value(sweep, found, "theory_bias")));
}

}  // namespace
}  // namespace aesweep
