#include "aesweep/gaussian/activation_lanes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace aesweep {
namespace {

std::vector<double> places() {
  std::vector<double> x{0.0, 1.0, -1.0, 0.98995, -0.98995, 1e-9, -1e-9, 1e-300};
  for (double at = -36.0; at < 36.0; at += 0.0137) x.push_back(at);
  return x;
}

TEST(ActivationLanes, AgreeWithTheScalarFunctions) {
  const auto x = places();
  for (const auto activation : all_activations()) {
    std::vector<double> value(x.size()), slope(x.size());
    evaluate(activation, x, value.data(), slope.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto exact = evaluate(activation, x[i]);
      // Squares in exponents cost x² units in the last place on either side.
      const double relative = 2e-15 + 2.3e-16 * x[i] * x[i];
      EXPECT_NEAR(value[i], exact.value, relative * std::abs(exact.value)) << name(activation) << " at " << x[i];
      EXPECT_NEAR(slope[i], exact.slope, relative * std::abs(exact.slope) + (activation == Activation::silu || activation == Activation::gelu ? 5e-16 : 0.0))
          << name(activation) << "' at " << x[i];
    }
  }
}

TEST(ActivationLanes, AgreeInSinglePrecision) {
  for (const auto activation : all_activations())
    for (float x = -13.0F; x < 13.0F; x += 0.00137F) {
      const auto result = evaluate(activation, lanes::spread(x));
      const auto exact = evaluate(activation, static_cast<double>(x));
      const double relative = 4e-7 + 6e-8 * static_cast<double>(x) * static_cast<double>(x);
      const auto lane = x < 0.0F ? 0 : lanes::kFloats - 1;
      EXPECT_NEAR(static_cast<double>(result.value[lane]), exact.value, relative * std::abs(exact.value)) << name(activation) << " at " << x;
      EXPECT_NEAR(static_cast<double>(result.slope[lane]), exact.slope, std::max(1e-6, relative * std::abs(exact.slope))) << name(activation) << "' at " << x;
    }
  for (const auto activation : all_activations())
    for (const float x : {-1e4F, -200.0F, 200.0F, 1e4F}) {
      const auto result = evaluate(activation, lanes::spread(x));
      const auto exact = evaluate(activation, static_cast<double>(x));
      EXPECT_NEAR(static_cast<double>(result.value[0]), exact.value, 1e-30 + 1e-6 * std::abs(exact.value)) << name(activation) << " at " << x;
      const double rounded = activation == Activation::tanh ? 1e-6 : 1e-30;   // 1 − tanh²
      EXPECT_NEAR(static_cast<double>(result.slope[0]), exact.slope, rounded + 1e-6 * std::abs(exact.slope)) << name(activation) << "' at " << x;
    }
}

TEST(ActivationLanes, FarOutTheyAreTheirLimits) {
  for (const auto activation : all_activations())
    for (const double x : {-1e4, -800.0, 800.0, 1e4}) {
      double value = 0.0, slope = 0.0;
      evaluate(activation, {&x, 1}, &value, &slope);
      const auto exact = evaluate(activation, x);
      EXPECT_NEAR(value, exact.value, 1e-300 + 1e-15 * std::abs(exact.value)) << name(activation) << " at " << x;
      EXPECT_NEAR(slope, exact.slope, 1e-300 + 1e-15 * std::abs(exact.slope)) << name(activation) << "' at " << x;
    }
}

TEST(ActivationLanes, NotANumberStaysVisible) {
  const double x = std::numeric_limits<double>::quiet_NaN();
  for (const auto activation : all_activations()) {
    double value = 0.0, slope = 0.0;
    evaluate(activation, {&x, 1}, &value, &slope);
    EXPECT_TRUE(std::isnan(value)) << name(activation);
  }
}

TEST(ActivationLanes, APlaceDoesNotMatter) {
  const auto x = places();
  for (const auto activation : all_activations()) {
    std::vector<double> value(x.size()), slope(x.size());
    evaluate(activation, x, value.data(), slope.data());
    for (std::size_t i = 0; i < x.size(); i += 37) {
      double one = 0.0, derivative = 0.0;
      evaluate(activation, {&x[i], 1}, &one, &derivative);
      EXPECT_EQ(one, value[i]);
      EXPECT_EQ(derivative, slope[i]);
    }
  }
}

}  // namespace
}  // namespace aesweep
