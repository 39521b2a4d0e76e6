#include "aesweep/lanes/functions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace aesweep::lanes {
namespace {

/// Largest relative distance of f from `exact` (in long double) over [from, to].
template <class Function, class Exact>
double worst(double from, double to, const Function& f, const Exact& exact) {
  double largest = 0.0;
  const double step = (to - from) / 50000.0;
  for (double x = from; x <= to; x += step) {
    const long double truth = exact(static_cast<long double>(x));
    if (truth == 0.0L) continue;
    const Real result = f(spread(x));
    for (int i = 0; i < kLanes; ++i) largest = std::max(largest, static_cast<double>(std::abs((static_cast<long double>(result[i]) - truth) / truth)));
  }
  return largest;
}

/// The same in single precision.
template <class Function, class Exact>
double worst_float(double from, double to, const Function& f, const Exact& exact) {
  double largest = 0.0;
  for (int step = 0; step <= 50000; ++step) {
    const auto x = static_cast<float>(from + (to - from) * step / 50000.0);
    const double truth = exact(static_cast<double>(x));
    if (truth == 0.0) continue;
    const Float result = f(spread(x));
    for (int i = 0; i < kFloats; ++i) largest = std::max(largest, std::abs((static_cast<double>(result[i]) - truth) / truth));
  }
  return largest;
}

TEST(Functions, InSinglePrecision) {
  EXPECT_LT(worst_float(-87.0, 87.0, [](Float x) { return exp(x); }, [](double x) { return std::exp(x); }), 1e-7);
  EXPECT_LT(worst_float(-20.0, 20.0, [](Float x) { return exponential(x).minus_one; }, [](double x) { return std::expm1(x); }), 2e-7);
  EXPECT_LT(worst_float(-1e-3, 1.1e-3, [](Float x) { return exponential(x).minus_one; }, [](double x) { return std::expm1(x); }), 1e-7);
  EXPECT_EQ(exponential(Float{}).minus_one[0], 0.0F);
  EXPECT_GT(exp(spread(-1e4F))[0], 0.0F);
  EXPECT_TRUE(std::isfinite(exp(spread(1e4F))[0]));
  EXPECT_LT(worst_float(1e-3, 1.0, [](Float x) { return log(x); }, [](double x) { return std::log(x); }), 3e-7);
  EXPECT_LT(worst_float(1.0, 2.0, [](Float x) { return log(x); }, [](double x) { return std::log(x); }), 3e-7);
  EXPECT_LT(worst_float(1.0, 1e30, [](Float x) { return log(x); }, [](double x) { return std::log(x); }), 3e-7);
  EXPECT_LT(worst_float(-0.71, 0.71, [](Float y) { return small_erf(y); }, [](double y) { return std::erf(y); }), 2e-7);
  EXPECT_LT(worst_float(0.7, 9.6, [](Float y) { return scaled_erfc(y); }, [](double y) { return std::exp(y * y) * std::erfc(y); }), 4e-7);
  EXPECT_LT(worst_float(-20.0, 20.0, [](Float x) { return tanh(x); }, [](double x) { return std::tanh(x); }), 3e-7);
  EXPECT_LT(worst_float(-1e-3, 1.1e-3, [](Float x) { return tanh(x); }, [](double x) { return std::tanh(x); }), 2e-7);
  EXPECT_TRUE(std::isnan(exp(spread(std::numeric_limits<float>::quiet_NaN()))[0]));
  EXPECT_TRUE(std::isnan(tanh(spread(std::numeric_limits<float>::quiet_NaN()))[0]));
}

TEST(Functions, Exponential) {
  EXPECT_LT(worst(-700.0, 700.0, [](Real x) { return exp(x); }, [](long double x) { return std::exp(x); }), 4.5e-16);
  EXPECT_LT(worst(-1.0, 1.0, [](Real x) { return exp(x); }, [](long double x) { return std::exp(x); }), 2.5e-16);
  EXPECT_LT(worst(-40.0, 40.0, [](Real x) { return exponential(x).minus_one; }, [](long double x) { return std::expm1(x); }), 5e-16);
  EXPECT_LT(worst(-1e-3, 1.1e-3, [](Real x) { return exponential(x).minus_one; }, [](long double x) { return std::expm1(x); }), 3e-16);
  EXPECT_EQ(exponential(Real{}).minus_one[0], 0.0);
  EXPECT_GT(exp(spread(-1e5))[0], 0.0);
  EXPECT_TRUE(std::isfinite(exp(spread(1e5))[0]));
}

TEST(Functions, Logarithm) {
  EXPECT_LT(worst(1e-3, 1.0, [](Real x) { return log(x); }, [](long double x) { return std::log(x); }), 4.5e-16);
  EXPECT_LT(worst(0.7, 1.5, [](Real x) { return log(x); }, [](long double x) { return std::log(x); }), 4.5e-16);
  EXPECT_LT(worst(1.0, 1e18, [](Real x) { return log(x); }, [](long double x) { return std::log(x); }), 4.5e-16);
  EXPECT_EQ(log(spread(1.0))[0], 0.0);
  EXPECT_NEAR(log(spread(0x1p-1022))[0], -1022 * std::log(2.0), 1e-13);
}

TEST(Functions, ErrorFunction) {
  EXPECT_LT(worst(-0.71, 0.71, [](Real y) { return small_erf(y); }, [](long double y) { return std::erf(y); }), 4.5e-16);
  EXPECT_LT(worst(0.7, 26.0, [](Real y) { return scaled_erfc(y); }, [](long double y) { return std::exp(y * y) * std::erfc(y); }), 7e-16);
  // Far out: e^{y²} erfc y → 1/(√π y)(1 − 1/(2y²)).
  EXPECT_NEAR(scaled_erfc(spread(1e4))[0] * 1e4 * 1.7724538509055160273, 1.0 - 0.5e-8, 1e-15);
}

TEST(Functions, ArcTangent) {
  const auto arctan_of = [](double x) { return [x](Real y) { return arctan(y, spread(x)); }; };
  const auto exact_of = [](double x) { return [x](long double y) { return std::atan(y / static_cast<long double>(x)); }; };
  for (const double x : {1e-6, 0.3, 1.0, 7.0, 1e9}) EXPECT_LT(worst(-3.0, 3.1, arctan_of(x), exact_of(x)), 6.7e-16) << x;   // 3 units of 2^-52
  EXPECT_LT(worst(-1e-8, 1.1e-8, arctan_of(1.0), exact_of(1.0)), 2.3e-16);
  EXPECT_EQ(arctan(Real{}, spread(2.0))[0], 0.0);
  EXPECT_EQ(arctan(spread(1.0), spread(1.0))[0], std::atan(1.0));
  EXPECT_TRUE(std::isnan(arctan(spread(std::numeric_limits<double>::quiet_NaN()), spread(1.0))[0]));
}

// (1 + ε)² − (1 + 2ε) = ε², of which nothing is left where products are rounded first.
TEST(Functions, DifferenceOfProductsDoesNotCancel) {
  const double x = 1.0 + 0x1p-30;
  const double y = 1.0 + 0x1p-29;
  EXPECT_EQ(difference_of_products(spread(x), spread(x), spread(y), spread(1.0))[0], 0x1p-60);
  EXPECT_EQ(multiply_add(spread(x), spread(x), spread(-y))[kLanes - 1], 0x1p-60);
}

TEST(Functions, SumAddsAllLanes) {
  Real x;
  double expected = 0.0;
  for (int i = 0; i < kLanes; ++i) {
    x[i] = 1 << (3 * i);
    expected += x[i];
  }
  EXPECT_EQ(sum(x), expected);
}

TEST(Functions, PartsOfAVector) {
  const double from[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  for (int n = 0; n < kLanes; ++n) {
    const Real x = load_some(from, n);
    double to[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    store_some(to, x, n);
    for (int i = 0; i < kLanes; ++i) {
      EXPECT_EQ(x[i], i < n ? from[i] : 0.0);
      EXPECT_EQ(to[i], i < n ? from[i] : 9.0);
    }
  }
}

TEST(Functions, RoundedToTheNearestInteger) {
  for (const double x : {-3.6, -2.5, -0.4, 0.0, 0.4, 1.5, 7.49}) {
    const auto [value, low] = round(spread(x));
    EXPECT_EQ(value[0], std::nearbyint(x));
    EXPECT_EQ(static_cast<std::int32_t>(static_cast<std::uint32_t>(low[0])), static_cast<std::int32_t>(std::nearbyint(x)));
  }
}

}  // namespace
}  // namespace aesweep::lanes
