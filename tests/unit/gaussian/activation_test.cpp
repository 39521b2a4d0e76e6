#include "aesweep/gaussian/activation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace aesweep {
namespace {

TEST(Activation, NamesAreThoseOfTheSweepFileAndRoundTrip) {
  const std::array names{"linear", "erf", "relu", "tanh", "sigmoid", "gelu", "softplus", "silu", "leaky_relu"};
  ASSERT_EQ(all_activations().size(), names.size());
  for (std::size_t i = 0; i < all_activations().size(); ++i) {
    const Activation activation = all_activations()[i];
    EXPECT_EQ(static_cast<std::size_t>(activation), i);
    EXPECT_EQ(name(activation), names[i]);
    EXPECT_EQ(activation_from(name(activation)), activation);
  }
  for (const char* unknown : {"", "Erf", "erf ", "leaky relu", "swish"}) EXPECT_FALSE(activation_from(unknown)) << unknown;
}

TEST(Activation, ValuesAtKnownPoints) {
  EXPECT_EQ(evaluate(Activation::linear, -2.5).value, -2.5);
  EXPECT_EQ(evaluate(Activation::relu, -2.5).value, 0.0);
  EXPECT_EQ(evaluate(Activation::relu, 2.5).value, 2.5);
  EXPECT_EQ(evaluate(Activation::relu, 0.0).slope, 0.0);
  EXPECT_TRUE(std::isnan(evaluate(Activation::relu, std::nan("")).value));
  EXPECT_NEAR(evaluate(Activation::erf, 1.0).value, 0.6826894921370859, 1e-15);  // the one-sigma probability
  EXPECT_NEAR(evaluate(Activation::erf, 0.0).slope, 0.7978845608028654, 1e-15);  // √(2/π)
  EXPECT_EQ(evaluate(Activation::leaky_relu, -2.5).value, -0.025);
  EXPECT_EQ(evaluate(Activation::leaky_relu, -2.5).slope, 0.01);
  EXPECT_EQ(evaluate(Activation::leaky_relu, 0.0).slope, 0.01);
  EXPECT_EQ(evaluate(Activation::leaky_relu, 2.5).value, 2.5);
  EXPECT_NEAR(evaluate(Activation::tanh, 1.0).value, 0.7615941559557649, 2e-16);
  EXPECT_EQ(evaluate(Activation::tanh, 0.0).slope, 1.0);
  EXPECT_NEAR(evaluate(Activation::sigmoid, std::log(3.0)).value, 0.75, 2e-16);
  EXPECT_EQ(evaluate(Activation::sigmoid, 0.0).slope, 0.25);
  EXPECT_NEAR(evaluate(Activation::gelu, 1.0).value, 0.8413447460685429, 2e-16);      // Φ(1)
  EXPECT_EQ(evaluate(Activation::gelu, 0.0).slope, 0.5);
  EXPECT_NEAR(evaluate(Activation::softplus, 0.0).value, 0.6931471805599453, 2e-16);  // ln 2
  EXPECT_NEAR(evaluate(Activation::silu, std::log(3.0)).value, 0.75 * std::log(3.0), 2e-16);
  EXPECT_EQ(evaluate(Activation::silu, 0.0).slope, 0.5);
}

// Against the C library in extended precision: 4 units in the last place of double, over the range and in the far tails. GELU's tail
// e^-x²/2 has that accuracy only while rounding x²/2 leaves it.
TEST(Activation, RelativeAccuracyIsKeptInTheTailsAndAtTheOrigin) {
  const auto expect_relative = [&](double actual, long double expected, Activation activation, double x) {
    const double bound = 9e-16 + (activation == Activation::gelu ? 2e-16 * x * x : 0.0);
    EXPECT_NEAR(static_cast<double>(actual / expected - 1.0L), 0.0, bound) << name(activation) << " at " << x;
  };
  for (const double size : {1e-300, 1e-12, 1e-5, 0.01, 0.17, 0.1733, 0.34, 0.35, 0.7, 1.0, 2.3, 5.0, 17.0, 30.0, 100.0, 340.0, 700.0}) {
    for (const double x : {-size, size}) {
      const long double wide = x;
      const long double fall = std::exp(-std::abs(wide));
      const long double sigma = (x < 0.0 ? fall : 1.0L) / (1.0L + fall);
      expect_relative(evaluate(Activation::tanh, x).value, std::tanh(wide), Activation::tanh, x);
      expect_relative(evaluate(Activation::sigmoid, x).value, sigma, Activation::sigmoid, x);
      expect_relative(evaluate(Activation::sigmoid, x).slope, fall / ((1.0L + fall) * (1.0L + fall)), Activation::sigmoid, x);
      expect_relative(evaluate(Activation::softplus, x).value, std::max(wide, 0.0L) + std::log1p(fall), Activation::softplus, x);
      expect_relative(evaluate(Activation::softplus, x).slope, sigma, Activation::softplus, x);
      expect_relative(evaluate(Activation::silu, x).value, wide * sigma, Activation::silu, x);
      if (size > 350.0) continue;  // sech² underflows
      expect_relative(evaluate(Activation::tanh, x).slope, 1.0L / (std::cosh(wide) * std::cosh(wide)), Activation::tanh, x);
      if (size > 30.0) continue;   // so does Φ
      expect_relative(evaluate(Activation::gelu, x).value, 0.5L * wide * std::erfc(-wide * 0.707106781186547524400844362105L), Activation::gelu, x);
    }
  }
}

TEST(Activation, InfinitiesGiveTheirLimitsAndNanStaysNan) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Activation activation : all_activations()) {
    const auto at_nan = evaluate(activation, std::nan(""));
    EXPECT_TRUE(std::isnan(at_nan.value)) << name(activation);
    const auto up = evaluate(activation, infinity);
    const bool is_bounded = activation == Activation::erf || activation == Activation::tanh || activation == Activation::sigmoid;
    EXPECT_EQ(up.value, is_bounded ? 1.0 : infinity) << name(activation);
    EXPECT_NEAR(up.slope, is_bounded ? 0.0 : 1.0, 1e-300) << name(activation);
    for (const double far : {-1e5, -infinity}) {
      const auto down = evaluate(activation, far);
      const bool is_linear = activation == Activation::linear || activation == Activation::leaky_relu;
      const double steepness = activation == Activation::linear ? 1.0 : kLeakyReluSlope;
      const double expected = is_linear ? steepness * far : activation == Activation::erf || activation == Activation::tanh ? -1.0 : 0.0;
      if (is_linear) {
        EXPECT_EQ(down.value, expected) << name(activation);
      } else {
        EXPECT_NEAR(down.value, expected, 1e-300) << name(activation);
      }
      EXPECT_NEAR(down.slope, is_linear ? steepness : 0.0, 1e-300) << name(activation);
    }
  }
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
