#include "../../../src/deep/optimizer.hpp"

#include <gtest/gtest.h>

namespace aesweep {
namespace {

// A unit that has died leaves no subnormal numbers behind, which would make every later step slow.
TEST(Adam, MomentsOfAVanishedGradientBecomeZero) {
  DeepRule rule;
  rule.learning_rate = 0.01;
  Adam<lanes::Float> unit{lanes::spread(1.0F), lanes::spread(-1e-3F), lanes::spread(1e-6F)};
  const lanes::Float before = unit.parameter;
  std::uint64_t step = 1000;
  for (; step < 2000; ++step) unit = adam(unit, lanes::Float{} + 1e-25F, step_rates<float>(rule, step));
  EXPECT_EQ(unit.mean[0], 0.0F);
  EXPECT_GT(unit.parameter[0], before[0]);   // against a negative mean gradient
  const lanes::Float after = unit.parameter;
  for (; step < 200000; ++step) unit = adam(unit, lanes::Float{}, step_rates<float>(rule, step));
  EXPECT_EQ(unit.square[0], 0.0F);
  EXPECT_EQ(unit.parameter[0], after[0]);
}

// η_t = η/(1 + t/t_0)^β; the first step of Adam is η g/|g|, the moments' corrections being exactly those of its start.
TEST(Adam, RatesAreCorrectedAndDecay) {
  DeepRule rule;
  rule.learning_rate = 0.5;
  rule.rate_decay_exponent = 2.0;
  rule.rate_decay_time = 10.0;
  EXPECT_DOUBLE_EQ(rate_at(rule, 0), 0.5);
  EXPECT_DOUBLE_EQ(rate_at(rule, 10), 0.125);
  const auto first = adam(Adam<lanes::Real>{}, lanes::spread(-3e-4), step_rates<double>(rule, 0));
  EXPECT_NEAR(first.parameter[0], 0.5 / (1.0 + 1e-8 / 3e-4), 1e-12);
}

}  // namespace
}  // namespace aesweep
