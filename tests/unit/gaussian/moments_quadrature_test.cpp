#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "aesweep/gaussian/moments.hpp"
#include "panel_quadrature.hpp"

// The moments against quadrature of their definitions, E over λ = b + s x and λ' = b' + s'(r x + q y) with x, y standard normal, in
// extended precision. Nothing but g, g', g'' and (b, Q) enters; the δ in relu's and leaky relu's g'' is integrated by hand.

namespace aesweep {
namespace {

using Real = long double;
constexpr Real kCut = 9.5L;    // φ(9.5) = 1e-20
constexpr Real kPanel = 3.2L;  // 30 nodes integrate φ times a polynomial of degree 20 to 1e-19 on this width

struct PairCase {
  double b_k, b_l, Q_kk, Q_ll, Q_kl;
};

bool is_piecewise_linear(Activation activation) { return activation == Activation::relu || activation == Activation::leaky_relu; }

/// Slope below 0 of a piecewise linear g.
Real slope_below(Activation activation) { return activation == Activation::leaky_relu ? 0.01L : 0.0L; }

/// σ(x) = 1/(1 + e^-x) and its derivatives, by recurrence on e = e^-|x|.
std::array<Real, 4> logistic(Real x) {
  const Real e = std::exp(-std::abs(x));
  const Real sigma = (x < 0.0L ? e : 1.0L) / (1.0L + e);
  const Real slope = e / ((1.0L + e) * (1.0L + e));
  const Real odd = std::copysign(std::expm1(-std::abs(x)), x) / (1.0L + e);  // 2σ − 1
  return {sigma, slope, -odd * slope, slope * (odd * odd - 2.0L * slope)};
}

/// The derivative of g of the given order, 0 to 3; the second and third of relu's kind are distributions and are not asked for.
Real derivative(Activation activation, std::size_t order, Real x) {
  const auto n = static_cast<Real>(order);
  switch (activation) {
    case Activation::linear: return order == 0 ? x : (order == 1 ? 1.0L : 0.0L);
    case Activation::relu:
    case Activation::leaky_relu: {
      const Real slope = x > 0.0L ? 1.0L : slope_below(activation);
      return order == 0 ? slope * x : slope;
    }
    case Activation::erf: {
      if (order == 0) return std::erf(x * 0.707106781186547524400844362105L);
      const std::array<Real, 3> hermite{1.0L, -x, x * x - 1.0L};
      return 2.0L * testing::density(x) * hermite[order - 1];
    }
    case Activation::gelu: {
      const std::array<Real, 2> of_cdf{testing::distribution(x), testing::density(x)};
      if (order < 2) return order == 0 ? x * of_cdf[0] : of_cdf[0] + x * of_cdf[1];
      return (order == 2 ? 2.0L - x * x : x * x * x - 4.0L * x) * of_cdf[1];
    }
    case Activation::tanh: return order == 0 ? std::tanh(x) : std::pow(2.0L, n + 1.0L) * logistic(2.0L * x)[order];  // 2σ(2x) − 1
    case Activation::sigmoid: return logistic(x)[order];
    case Activation::softplus: return order == 0 ? std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x))) : logistic(x)[order - 1];
    case Activation::silu: return x * logistic(x)[order] + (order == 0 ? 0.0L : n * logistic(x)[order - 1]);  // Leibniz
  }
  return std::numeric_limits<Real>::quiet_NaN();
}

/// E f(λ), λ ~ N(b, s²), with panels fitted to the transition of g around λ = 0.
template <class Function>
Real mean_over(Function&& f, Real b, Real s) {
  if (s == 0.0L) return f(b);
  std::vector<Real> breaks;
  testing::add_transition(breaks, -b / s, 1.0L / s);
  return testing::integrate([&](Real x) { return testing::density(x) * f(b + s * x); }, -kCut, kCut, breaks, kPanel);
}

/// E f(λ_k) f'(λ_l).
template <class FunctionK, class FunctionL>
Real mean_of_product(FunctionK&& of_k, FunctionL&& of_l, const PairCase& c) {
  const Real s_k = std::sqrt(Real{c.Q_kk});
  const Real slope = c.Q_kl / s_k;  // λ_l = b_l + slope x + rest y
  const Real rest = std::sqrt(std::max(0.0L, Real{c.Q_ll} - slope * slope));
  std::vector<Real> breaks;
  testing::add_transition(breaks, -c.b_k / s_k, 1.0L / s_k);
  if (slope != 0.0L) {
    testing::add_transition(breaks, -c.b_l / slope, 1.0L / std::abs(slope));
    if (rest > 0.0L) testing::add_transition(breaks, -c.b_l / slope, rest / std::abs(slope));
  }
  const auto given_x = [&](Real x) { return of_k(c.b_k + s_k * x) * mean_over(of_l, c.b_l + slope * x, rest); };
  return testing::integrate([&](Real x) { return testing::density(x) * given_x(x); }, -kCut, kCut, breaks, kPanel);
}

Real product_mean(Activation activation, std::size_t order_k, std::size_t order_l, const PairCase& c) {
  if (is_piecewise_linear(activation) && order_k == 2) {  // E δ(λ_k) g_l: the density of λ_k at 0 times the mean of g_l there
    const Real s_k = std::sqrt(Real{c.Q_kk});
    const Real slope = Real{c.Q_kl} / c.Q_kk;
    const Real rest = std::sqrt(std::max(0.0L, c.Q_ll - slope * c.Q_kl));
    const Real there = mean_over([&](Real x) { return derivative(activation, 0, x); }, c.b_l - slope * c.b_k, rest);
    return (1.0L - slope_below(activation)) * testing::density(c.b_k / s_k) / s_k * there;
  }
  return mean_of_product([&](Real x) { return derivative(activation, order_k, x); }, [&](Real x) { return derivative(activation, order_l, x); }, c);
}

Real single_mean(Activation activation, std::size_t order, Real b, Real s) {
  if (is_piecewise_linear(activation) && order >= 2) {  // E δ(λ) and E δ'(λ) = −d/dλ of the density at 0
    const Real at_zero = (1.0L - slope_below(activation)) * testing::density(b / s) / s;
    return order == 2 ? at_zero : -b / (s * s) * at_zero;
  }
  return mean_over([&](Real x) { return derivative(activation, order, x); }, b, s);
}

/// 1e-12 relative, or rounding of the largest term that may enter: the bound has a hundredth of the promised relative accuracy.
void expect_close(double actual, Real expected, double scale, const char* moment, Activation activation, const PairCase& c) {
  const double reference = static_cast<double>(expected);
  EXPECT_NEAR(actual, reference, 1e-12 * std::abs(reference) + 1e-15 * std::max(1.0, scale))
      << name(activation) << ' ' << moment << " b " << c.b_k << ' ' << c.b_l << " Q " << c.Q_kk << ' ' << c.Q_ll << ' ' << c.Q_kl;
}

PairCase swapped(const PairCase& c) { return {c.b_l, c.b_k, c.Q_ll, c.Q_kk, c.Q_kl}; }

void check(Activation activation, const PairCase& c) {
  const Eigen::Vector2d bias(c.b_k, c.b_l);
  Eigen::Matrix2d cov;
  cov << c.Q_kk, c.Q_kl, c.Q_kl, c.Q_ll;
  Moments m(2);
  gaussian_moments(activation, bias, cov, MomentSet::flow_mixture, m);
  for (Eigen::Index k = 0; k < 2; ++k) {
    const Real s = std::sqrt(Real{cov(k, k)});
    expect_close(m.mean[k], single_mean(activation, 0, bias[k], s), std::abs(bias[k]), "mean", activation, c);
    expect_close(m.a[k], single_mean(activation, 1, bias[k], s), 1.0, "a", activation, c);
    expect_close(m.c1[k], single_mean(activation, 2, bias[k], s), 1.0, "c1", activation, c);
    expect_close(m.c3[k], single_mean(activation, 3, bias[k], s), 1.0, "c3", activation, c);
    const auto diagonal = [&](std::size_t first, std::size_t second) {
      if (is_piecewise_linear(activation) && first == 2) return 0.0L;  // E δ(λ) g(λ)
      return mean_over([&](Real x) { return derivative(activation, first, x) * derivative(activation, second, x); }, bias[k], s);
    };
    expect_close(m.S(k, k), diagonal(0, 0), m.S.maxCoeff(), "S_kk", activation, c);
    expect_close(m.G(k, k), diagonal(1, 1), 1.0, "G_kk", activation, c);
    expect_close(m.H(k, k), diagonal(2, 0), 1.0, "H_kk", activation, c);
    expect_close(m.P(k, k), diagonal(1, 0), m.P.maxCoeff(), "P_kk", activation, c);
  }
  expect_close(m.S(1, 0), product_mean(activation, 0, 0, c), m.S.maxCoeff(), "S", activation, c);
  expect_close(m.G(1, 0), product_mean(activation, 1, 1, c), 1.0, "G", activation, c);
  expect_close(m.H(0, 1), product_mean(activation, 2, 0, c), m.H.cwiseAbs().maxCoeff(), "H_kl", activation, c);
  expect_close(m.H(1, 0), product_mean(activation, 2, 0, swapped(c)), m.H.cwiseAbs().maxCoeff(), "H_lk", activation, c);
  expect_close(m.P(0, 1), product_mean(activation, 1, 0, c), m.P.maxCoeff(), "P_kl", activation, c);
  expect_close(m.P(1, 0), product_mean(activation, 1, 0, swapped(c)), m.P.maxCoeff(), "P_lk", activation, c);
}

class QuadratureTest : public ::testing::TestWithParam<Activation> {};

TEST_P(QuadratureTest, RandomPairs) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  for (int i = 0; i < 12; ++i) {
    PairCase c{};
    const double s_k = std::pow(10.0, 0.9 * uniform(random));  // Q from 0.016 to 63
    const double s_l = std::pow(10.0, 0.9 * uniform(random));
    const double r = i % 4 == 3 ? 0.94 + 0.03 * uniform(random) : uniform(random);
    c = {i % 3 == 0 ? 0.0 : 6.0 * uniform(random), 6.0 * uniform(random), s_k * s_k, s_l * s_l, r * s_k * s_l};
    check(GetParam(), c);
  }
}

TEST_P(QuadratureTest, NearlyAndExactlyDependentPairs) {
  for (const double sign : {-1.0, 1.0}) {
    check(GetParam(), {0.7, sign * 0.35, 4.0, 1.0, sign * 2.0});                      // λ_l ∝ λ_k
    check(GetParam(), {-1.2, 0.4, 0.25, 36.0, sign * 3.0});                           // Q singular
    check(GetParam(), {0.7, sign * 0.351, 4.0, 1.0, sign * 2.0 * (1.0 - 1e-6)});      // biases inside the transition
    check(GetParam(), {-0.3, 2.0, 4.0, 1.0, sign * 2.0 * (1.0 - 1e-6)});              // and outside
    check(GetParam(), {0.0, 0.0, 60.0, 15.0, sign * 30.0 * (1.0 - 1e-3)});
    check(GetParam(), {0.4, -1.1, 60.0, 50.0, sign * 54.5});  // strongly correlated for erf too: |r| = 0.977
    check(GetParam(), {2.0, sign * 1.9, 60.0, 50.0, sign * 54.5});
  }
}

TEST_P(QuadratureTest, SmallVariancesAndLargeBiases) {
  for (const double variance : {5e-4, 1e-8}) {
    const double deviation = std::sqrt(variance);
    check(GetParam(), {0.3 * deviation, -0.9 * deviation, variance, 2.0 * variance, 0.4 * variance});
    check(GetParam(), {-2.5 * deviation, -3.0 * deviation, variance, 2.0 * variance, -0.6 * variance});
    check(GetParam(), {5.0, -0.01, variance, variance, 0.5 * variance});
    check(GetParam(), {6.0, -6.0, variance, 30.0, 0.0});
  }
  check(GetParam(), {-6.0, -6.0, 1.0, 2.0, 1.0});
  check(GetParam(), {-5.0, 6.0, 60.0, 0.01, -0.5});
}

INSTANTIATE_TEST_SUITE_P(Activations, QuadratureTest, ::testing::ValuesIn(all_activations().begin(), all_activations().end()),
                         [](const auto& tested) { return std::string(name(tested.param)); });

}  // namespace
}  // namespace aesweep
