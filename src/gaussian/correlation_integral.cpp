#include "correlation_integral.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <numbers>

#include "aesweep/gaussian/normal.hpp"

namespace aesweep {
namespace {

constexpr double kInvTwoPi = 0.5 * std::numbers::inv_pi;
/// φ2 and its integrals over ρ vanish in double precision beyond this many standard deviations.
constexpr double kFar = 40.0;

/// Gauss–Legendre on [0, 1].
template <int nodes>
struct GaussRule {
  using Array = Eigen::Array<double, nodes, 1>;
  GaussRule() {
    using Table = boost::math::quadrature::gauss<double, nodes>;
    for (int i = 0; i < nodes / 2; ++i) {
      const auto entry = static_cast<std::size_t>(i);
      node[i] = 0.5 * (1.0 - Table::abscissa()[entry]);
      node[nodes - 1 - i] = 0.5 * (1.0 + Table::abscissa()[entry]);
      weight[i] = weight[nodes - 1 - i] = 0.5 * Table::weights()[entry];
    }
  }
  Array node;
  Array weight;
};

const GaussRule<12> kShortRule;
const GaussRule<20> kRule;
/// Up to this u(r), r = 0.737, the short rule errs by less than 3e-17.
constexpr double kShortEnd = 0.44;

bool is_far(double h, double k) { return std::max(std::abs(h), std::abs(k)) > kFar; }

/// ∫_0^end φ2 dρ/du du in the variable of integral_from_zero.
template <int nodes>
double rational_integral(const GaussRule<nodes>& rule, double h, double k, double end) {
  using Array = typename GaussRule<nodes>::Array;
  const double squares = h * h + k * k;
  const double cross = 4.0 * h * k;
  const Array u = end * rule.node;
  const Array plus = 1.0 + u.square();
  const Array minus = 1.0 - u.square();
  const Array exponent = -0.5 * plus * (squares * plus - cross * u) / minus.square();
  return std::numbers::inv_pi * end * (rule.weight * exponent.exp() / plus).sum();
}

}  // namespace

// With ρ = sin ϑ the density's 1/√(1−ρ²) disappears, and u = tan(ϑ/2) makes the rest rational: ρ = 2u/(1+u²), dϑ = 2du/(1+u²).
// The nearest singularity, u = 1, is then far enough from u(r) for twenty nodes.
double integral_from_zero(double h, double k, Correlation correlation) {
  if (is_far(h, k)) return 0.0;
  const double end = correlation.r / (1.0 + correlation.q);
  return std::abs(end) <= kShortEnd ? rational_integral(kShortRule, h, k, end) : rational_integral(kRule, h, k, end);
}

// Drezner & Wesolowsky (J. Stat. Comput. Simul. 35, 101 (1990)) as sharpened by Genz (Stat. Comput. 14, 251 (2004), section 2.4): in
// x = √(1−ρ²) the integrand is exp(−(h−k)²/2x²) F(x²). The first terms of F's Taylor series are integrated exactly, since the
// exponential is not analytic at x = 0; quadrature does the remainder, which is O(x⁶) there.
double integral_to_one(double h, double k, double q) {
  if (q == 0.0 || is_far(h, k)) return 0.0;
  const double product = h * k;
  const double gap = std::abs(h - k);
  const double gap2 = gap * gap;
  const double q2 = q * q;
  const double end_exponent = -0.5 * gap2 / q2;
  if (end_exponent - product < -800.0 && end_exponent - 0.5 * product < -800.0) return 0.0;

  const double first = (4.0 - product) / 8.0;
  const double second = first * (12.0 - product) / 16.0;
  const double end_factor = std::exp(end_exponent);
  constexpr double kSqrtTwoPi = std::numbers::sqrt2 / std::numbers::inv_sqrtpi;
  const double moment0 = q * end_factor - gap * kSqrtTwoPi * normal_cdf(-gap / q);  // ∫_0^q x^2j exp(−gap²/2x²) dx, j = 0, 1, 2
  const double moment1 = (q2 * q * end_factor - gap2 * moment0) / 3.0;
  const double moment2 = (q2 * q2 * q * end_factor - gap2 * moment1) / 5.0;
  const double exact = moment0 + first * moment1 + second * moment2;

  using Array = GaussRule<20>::Array;
  const Array x2 = (q * kRule.node).square();
  const Array rho = (1.0 - x2).sqrt();
  const Array full = (-0.5 * product * x2 / (1.0 + rho).square()).exp() / rho;
  const Array remainder = full - (1.0 + x2 * (first + second * x2));
  const double rest = q * (kRule.weight * (-0.5 * gap2 / x2).exp() * remainder).sum();
  return kInvTwoPi * std::exp(-0.5 * product) * std::max(exact + rest, 0.0);
}

double bivariate_normal_cdf(double h, double k, Correlation correlation, double cdf_h, double cdf_k) {
  if (std::abs(correlation.r) <= kStrongCorrelation) {
    return std::max(cdf_h * cdf_k + integral_from_zero(h, k, correlation), 0.0);
  }
  if (correlation.r > 0.0) return std::max(std::min(cdf_h, cdf_k) - integral_to_one(h, k, correlation.q), 0.0);
  const double opposite = h + k > 0.0 ? std::min(cdf_h, cdf_k) - normal_cdf(-std::max(h, k)) : 0.0;  // Φ2(h, k; −1)
  return opposite + integral_to_one(h, -k, correlation.q);
}

}  // namespace aesweep
