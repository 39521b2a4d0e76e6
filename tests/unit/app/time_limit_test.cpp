#include "time_limit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>

namespace aesweep {
namespace {

TEST(TimeLimit, StopsAMarginBefore) {
  EXPECT_EQ(TimeLimit::margin(7200.0), 60.0);
  EXPECT_EQ(TimeLimit::margin(30.0), 3.0);
  const TimeLimit limit(1000.0);   // left() looks at the clock: a machine that stands still for half a minute breaks this
  EXPECT_LE(limit.left(), 940.0);
  EXPECT_GT(limit.left(), 910.0);
  EXPECT_FALSE(limit.reached());
  EXPECT_FALSE(limit.near_end());
  EXPECT_TRUE(TimeLimit(0.0).reached());
}

TEST(TimeLimit, NoneNeverEnds) {
  for (const auto& limit : {TimeLimit(), TimeLimit(std::numeric_limits<double>::infinity())}) {
    EXPECT_FALSE(limit.is_set());
    EXPECT_FALSE(limit.reached());
    EXPECT_FALSE(limit.near_end());
    EXPECT_TRUE(std::isinf(limit.left()));
  }
}

TEST(TimeLimit, AsksSlurmInsideAJobOnly) {
  unsetenv("SLURM_JOB_ID");
  setenv("SLURM_JOB_END_TIME", "99999999999", 1);
  EXPECT_EQ(slurm_seconds_left(), std::nullopt);
  setenv("SLURM_JOB_ID", "12", 1);
  setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 500).c_str(), 1);
  EXPECT_NEAR(slurm_seconds_left().value_or(0.0), 500.0, 30.0);   // as above
  setenv("SLURM_JOB_END_TIME", "17", 1);
  EXPECT_EQ(slurm_seconds_left(), 0.0);
  unsetenv("SLURM_JOB_END_TIME");
  setenv("SLURM_JOB_ID", "12; rm -rf x", 1);
  EXPECT_EQ(slurm_seconds_left(), std::nullopt);
  unsetenv("SLURM_JOB_ID");
}

}  // namespace
}  // namespace aesweep
