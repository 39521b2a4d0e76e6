#include "aesweep/gaussian/activation.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aesweep {
namespace {

TEST(Activation, NamesAreThoseOfTheSweepFileAndRoundTrip) {
  ASSERT_EQ(all_activations().size(), 3u);
  EXPECT_EQ(name(Activation::linear), "linear");
  EXPECT_EQ(name(Activation::erf), "erf");
  EXPECT_EQ(name(Activation::relu), "relu");
  for (std::size_t i = 0; i < all_activations().size(); ++i) {
    const Activation activation = all_activations()[i];
    EXPECT_EQ(static_cast<std::size_t>(activation), i);
    EXPECT_EQ(activation_from(name(activation)), activation);
  }
  for (const char* unknown : {"", "Erf", "erf ", "tanh"}) EXPECT_FALSE(activation_from(unknown)) << unknown;
}

TEST(Activation, ValuesAtKnownPoints) {
  EXPECT_EQ(evaluate(Activation::linear, -2.5).value, -2.5);
  EXPECT_EQ(evaluate(Activation::relu, -2.5).value, 0.0);
  EXPECT_EQ(evaluate(Activation::relu, 2.5).value, 2.5);
  EXPECT_EQ(evaluate(Activation::relu, 0.0).slope, 0.0);
  EXPECT_TRUE(std::isnan(evaluate(Activation::relu, std::nan("")).value));
  EXPECT_NEAR(evaluate(Activation::erf, 1.0).value, 0.6826894921370859, 1e-15);  // the one-sigma probability
  EXPECT_NEAR(evaluate(Activation::erf, 0.0).slope, 0.7978845608028654, 1e-15);  // √(2/π)
}

TEST(Activation, SlopeIsTheDerivativeOfTheValue) {
  const double step = 1e-5;  // truncation step² g'''/6 and rounding eps/step both stay below 1e-10
  for (const Activation activation : all_activations()) {
    for (const double x : {-6.0, -1.3, -0.2, 0.4, 0.9, 3.0}) {
      const double difference = (evaluate(activation, x + step).value - evaluate(activation, x - step).value) / (2.0 * step);
      EXPECT_NEAR(evaluate(activation, x).slope, difference, 1e-10) << name(activation) << " at " << x;
    }
  }
}

}  // namespace
}  // namespace aesweep
