#include "aesweep/schedule/cost_correction.hpp"

#include <gtest/gtest.h>

namespace aesweep {
namespace {

TEST(CostCorrection, IsOneBeforeAnyMeasurement) {
  const CostCorrection correction;
  EXPECT_TRUE(correction.empty());
  EXPECT_EQ(correction.factor(3), 1.0);
}

TEST(CostCorrection, TendsToTheRatioOfSumsOfItsClass) {
  CostCorrection correction;
  for (int i = 0; i < 1000; ++i) {
    correction.add(0, 1.0, i % 2 == 0 ? 1.0 : 3.0);   // mean 2
    correction.add(1, 10.0, 5.0);
  }
  // Each class carries one measurement's worth of the general ratio, here between 0.5 and 2, beside 1000 of its own: within 1.5/1001.
  EXPECT_NEAR(correction.factor(0), 2.0, 1.5e-3);
  EXPECT_NEAR(correction.factor(1), 0.5, 1.5e-3);
}

TEST(CostCorrection, AnUnknownClassHasTheRatioOfAll) {
  CostCorrection correction;
  correction.add(0, 1.0, 2.0);
  correction.add(1, 3.0, 10.0);
  EXPECT_DOUBLE_EQ(correction.factor(7), 3.0);
  EXPECT_DOUBLE_EQ(correction.factor(0), (2.0 + 3.0) / (1.0 + 1.0));
}

TEST(CostCorrection, AWindowForgets) {
  CostCorrection forgets(20.0), keeps;
  for (auto* correction : {&forgets, &keeps}) {
    for (int i = 0; i < 200; ++i) correction->add(0, 1.0, 4.0);
    for (int i = 0; i < 200; ++i) correction->add(0, 1.0, 1.0);
  }
  // After 200 = 10 windows, (1 - 1/20)^200 = 3.5e-5 of the old ratio is left.
  EXPECT_NEAR(forgets.factor(0), 1.0, 1e-3);
  EXPECT_NEAR(keeps.factor(0), 2.5, 1e-2);
}

TEST(CostCorrection, StaysFiniteWhateverTheClockSays) {
  CostCorrection correction;
  correction.add(0, 1e-7, 1e6);
  EXPECT_DOUBLE_EQ(correction.factor(0), CostCorrection::kLargest);
  CostCorrection stopped;
  stopped.add(0, 1.0, 0.0);
  EXPECT_GE(stopped.factor(0), 1.0 / CostCorrection::kLargest);
}

}  // namespace
}  // namespace aesweep
