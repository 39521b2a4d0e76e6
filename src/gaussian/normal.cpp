#include "aesweep/gaussian/normal.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "correlation_integral.hpp"

namespace aesweep {

double normal_pdf(double x) {
  constexpr double kInvSqrtTwoPi = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  return kInvSqrtTwoPi * std::exp(-0.5 * x * x);
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double bivariate_normal_cdf(double h, double k, double r) {
  const double clamped = std::clamp(r, -1.0, 1.0);
  const Correlation correlation{clamped, std::sqrt((1.0 - clamped) * (1.0 + clamped))};
  return bivariate_normal_cdf(h, k, correlation, normal_cdf(h), normal_cdf(k));
}

}  // namespace aesweep
