#include "aesweep/gaussian/normal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "panel_quadrature.hpp"

namespace aesweep {
namespace {

using std::numbers::pi;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Φ2 = ∫_-∞^h φ(x) Φ((k − r x)/√(1−r²)) dx, the definition by conditioning, in extended precision.
double reference(double h, double k, double r) {
  const long double wide_r = r;
  const long double q = std::sqrt((1.0L - wide_r) * (1.0L + wide_r));
  if (q == 0.0L) {
    const long double opposite = std::max(0.0L, testing::distribution(h) - testing::distribution(-k));
    return static_cast<double>(r > 0.0 ? testing::distribution(std::min(h, k)) : opposite);
  }
  std::vector<long double> breaks;
  if (r != 0.0) testing::add_transition(breaks, k / wide_r, q / std::abs(wide_r));
  const auto f = [&](long double x) { return testing::density(x) * testing::distribution((k - wide_r * x) / q); };
  return static_cast<double>(testing::integrate(f, -12.0L, std::max(-12.0, h), breaks, 1.0L));
}

TEST(NormalDistribution, KnownValuesAndLowerTail) {
  EXPECT_NEAR(normal_pdf(0.0), 0.3989422804014327, 1e-16);
  EXPECT_EQ(normal_cdf(0.0), 0.5);
  EXPECT_NEAR(normal_cdf(1.959963984540054), 0.975, 1e-15);
  EXPECT_EQ(normal_cdf(kInfinity), 1.0);
  EXPECT_EQ(normal_cdf(-kInfinity), 0.0);
  // Abramowitz & Stegun, table 26.2: −log10 Φ(−x).
  EXPECT_NEAR(-std::log10(normal_cdf(-10.0)), 23.11805, 1e-5);
  EXPECT_NEAR(-std::log10(normal_cdf(-30.0)), 197.30921, 1e-5);
}

TEST(BivariateNormal, AgreesWithQuadratureOfItsDefinition) {
  std::mt19937_64 random(20240611);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  for (int i = 0; i < 2000; ++i) {
    const double h = 6.0 * uniform(random);
    double k = 6.0 * uniform(random);
    double r = uniform(random);
    if (i % 3 == 0) r = std::copysign(1.0 - std::pow(10.0, -8.0 * std::abs(uniform(random))), r);
    if (i % 6 == 0) k = std::copysign(1.0, r) * h + 2.0 * uniform(random) * std::sqrt(1.0 - r * r);  // inside the transition
    EXPECT_NEAR(bivariate_normal_cdf(h, k, r), reference(h, k, r), 1e-15) << "h " << h << " k " << k << " r " << r;
  }
}

TEST(BivariateNormal, IsContinuousWhereTheMethodChanges) {
  // Between neighbouring values of r on a fine grid through ±0.945 the increase is φ2 dr: a jump between branches would show.
  const double step = 1e-6;
  for (const double sign : {-1.0, 1.0}) {
    for (const auto& [h, k] : {std::pair{0.3, 0.1}, {-1.5, -1.2}, {2.0, -0.4}, {0.0, 0.0}}) {
      for (int i = -5; i < 5; ++i) {
        const double r = sign * 0.945 + (i + 0.5) * step;
        const double density = std::exp(-(h * h + k * k - 2.0 * r * h * k) / (2.0 * (1.0 - r * r))) / (2.0 * pi * std::sqrt(1.0 - r * r));
        const double increase = bivariate_normal_cdf(h, k, r + 0.5 * step) - bivariate_normal_cdf(h, k, r - 0.5 * step);
        EXPECT_NEAR(increase, density * step, 1e-15) << h << ' ' << k << ' ' << r;
      }
    }
  }
}

TEST(BivariateNormal, ClosedForms) {
  for (const double r : {-1.0, -0.999, -0.5, 0.0, 0.3, 0.94, 0.95, 1.0}) {
    EXPECT_NEAR(bivariate_normal_cdf(0.0, 0.0, r), 0.25 + std::asin(r) / (2.0 * pi), 1e-15);
    EXPECT_EQ(bivariate_normal_cdf(kInfinity, 0.7, r), normal_cdf(0.7));
    EXPECT_EQ(bivariate_normal_cdf(-kInfinity, 0.7, r), 0.0);
    EXPECT_EQ(bivariate_normal_cdf(kInfinity, kInfinity, r), 1.0);
  }
  EXPECT_EQ(bivariate_normal_cdf(0.4, -1.1, 1.0), normal_cdf(-1.1));
  EXPECT_EQ(bivariate_normal_cdf(0.4, -1.1, -1.0), 0.0);
  EXPECT_EQ(bivariate_normal_cdf(0.4, -1.1, 1.0 + 1e-12), normal_cdf(-1.1)) << "rounding beyond 1 is clamped";
  EXPECT_NEAR(bivariate_normal_cdf(0.4, -0.1, -1.0), normal_cdf(0.4) - normal_cdf(0.1), 1e-16);
  EXPECT_TRUE(std::isnan(bivariate_normal_cdf(std::nan(""), 0.0, 0.2)));
}

TEST(BivariateNormal, KeepsRelativeAccuracyInTheLowerTail) {
  // P(X ≤ h, Y ≤ k) far below the absolute accuracy: relative 1e-12, the rounding of exponents of the order of 30.
  for (const auto& [h, k, r] : {std::tuple{-6.0, -5.5, 0.4}, {-8.0, -7.0, 0.7}, {-6.0, -6.1, 0.99}, {-5.0, -7.0, 0.0}}) {
    const double expected = reference(h, k, r);
    EXPECT_NEAR(bivariate_normal_cdf(h, k, r) / expected, 1.0, 1e-12) << h << ' ' << k << ' ' << r;
  }
}

}  // namespace
}  // namespace aesweep
