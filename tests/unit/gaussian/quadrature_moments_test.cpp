// The quadrature behind tanh, sigmoid, softplus and silu: against closed forms, against itself refined, and against adaptive quadrature.
#include "../../../src/gaussian/quadrature_moments.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "aesweep/gaussian/moments.hpp"

namespace aesweep {
namespace {

struct Input {
  Eigen::VectorXd bias;
  Eigen::MatrixXd cov;

  std::string text() const { return fmt::format("b {} {} Q {} {} {}", bias[0], bias[1], cov(0, 0), cov(1, 1), cov(1, 0)); }
};

Input pair(double b_k, double b_l, double s_k, double s_l, double r) {
  const double cov = r * s_k * s_l;
  return {Eigen::Vector2d(b_k, b_l), (Eigen::Matrix2d() << s_k * s_k, cov, cov, s_l * s_l).finished()};
}

/// Q from 1e-8 to 50, |b| ≤ 5, correlations that take every branch: a neuron's own lattice, a finer one, nodes around the conditional mean.
std::vector<Input> inputs() {
  std::vector<Input> result;
  std::mt19937_64 random(2024);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  for (const double s_k : {1e-4, 0.1, 0.6, 1.0, 2.5, 7.07}) {
    for (const double s_l : {1e-4, 0.3, 1.2, 5.0}) {
      for (const double r : {-1.0, -0.97, -0.5, 0.0, 0.2, 0.51, 0.8, 0.999, 1.0 - 1e-9, 1.0}) {
        const bool is_unbiased = uniform(random) < -0.4;
        result.push_back(pair(is_unbiased ? 0.0 : 5.0 * uniform(random), is_unbiased ? 0.0 : 5.0 * uniform(random), s_k, s_l, r));
      }
    }
  }
  return result;
}

using Rule = std::function<void(const MomentInput&, Moments&)>;

Moments moments_by(const Rule& rule, const Input& input) {
  Moments m(input.bias.size());
  const Eigen::Ref<const Eigen::VectorXd> bias(input.bias);
  const Eigen::Ref<const Eigen::MatrixXd> cov(input.cov);
  rule({bias, cov, MomentSet::flow_with_bias}, m);
  return m;
}

/// The largest difference in units of `absolute` × max(1, largest entry) + `relative` × the entry: at most 1 is within the accuracy.
double distance(const Moments& first, const Moments& second, double relative, double absolute) {
  double worst = 0.0;
  const auto compare = [&](const auto& actual, const auto& expected) {
    const double floor = absolute * std::max(1.0, expected.cwiseAbs().maxCoeff());
    worst = std::max(worst, ((actual - expected).array().abs() / (relative * expected.array().abs() + floor)).maxCoeff());
  };
  compare(first.a, second.a);
  compare(first.c1, second.c1);
  compare(first.c3, second.c3);
  compare(first.S, second.S);
  compare(first.G, second.G);
  compare(first.H, second.H);
  compare(first.P, second.P);
  return worst;
}

template <class Curve>
Rule quadrature(const Resolution& resolution = {}) {
  return [resolution](const MomentInput& input, Moments& out) { quadrature_moments<Curve>(input, out, resolution); };
}

// Erf is harder than the others off the real axis, so its agreement with the closed forms is a test of every branch; 1e-14 is the sum of
// both roundings, some tens of eps.
TEST(QuadratureMoments, ReproduceTheClosedFormsOfErf) {
  const auto closed = [](const MomentInput& input, Moments& out) { erf_moments(input, out); };
  for (const Input& input : inputs()) {
    const Moments expected = moments_by(closed, input);
    EXPECT_LE(distance(moments_by(quadrature<ErfCurve>(), input), expected, 1e-11, 1e-14), 1.0) << input.text();
    EXPECT_LE(distance(moments_by(quadrature<ErfCurve>({.capacity = 1}), input), expected, 1e-11, 1e-14), 1.0) << "panels, " << input.text();
  }
}

template <class Curve>
class Quadratures : public ::testing::Test {};
using Curves = ::testing::Types<TanhCurve, SigmoidCurve, SoftplusCurve, SiluCurve>;
TYPED_TEST_SUITE(Quadratures, Curves);

// The test by which the resolution was chosen: with half the steps nothing may change by more than the promised accuracy.
TYPED_TEST(Quadratures, HaveConvergedAtTheDefaultResolution) {
  for (const Input& input : inputs()) {
    const Moments m = moments_by(quadrature<TypeParam>(), input);
    const Moments finer = moments_by(quadrature<TypeParam>({.exponent = 2.0 * Resolution().exponent}), input);
    EXPECT_LE(distance(m, finer, 1e-12, 2e-15), 1.0) << input.text();
  }
}

// The law stated with Resolution, from both sides: the test above can therefore fail, and it extrapolates to 1e-15 at the default exponent.
TYPED_TEST(Quadratures, ConvergeAsTheResolutionPromises) {
  const Input input = pair(0.4, -0.7, 2.0, 1.5, 0.3);
  const Moments m = moments_by(quadrature<TypeParam>(), input);
  for (const double exponent : {10.0, 15.0, 20.0, 25.0}) {
    const double error = distance(moments_by(quadrature<TypeParam>({.exponent = exponent}), input), m, 0.0, 1.0);
    EXPECT_LT(error, 0.3 * std::pow(exponent, 3.0) * std::exp(-exponent)) << exponent;
    EXPECT_GT(error, 1e-3 * std::exp(-exponent)) << exponent;
  }
}

// Lattices and panels share nothing but g. Around Q = 100 the one gives way to the other.
TYPED_TEST(Quadratures, LatticesAndPanelsAgree) {
  std::vector<Input> cases = inputs();
  for (const double s : {8.0, 12.0, 16.0, 24.0}) cases.push_back(pair(1.5, -4.0, s, 0.7 * s, 0.6));
  for (const Input& input : cases) {
    const Moments panels = moments_by(quadrature<TypeParam>({.capacity = 1}), input);
    EXPECT_LE(distance(moments_by(quadrature<TypeParam>(), input), panels, 1e-12, 4e-15), 1.0) << input.text();
  }
}

/// ∫ φ(u) f(u) du by adaptive Gauss–Kronrod, split where f turns.
double adaptive_mean(const std::function<double(double)>& f, double turn) {
  using Kronrod = boost::math::quadrature::gauss_kronrod<double, 31>;
  const auto integrand = [&](double u) { return std::exp(-0.5 * u * u) / std::sqrt(2.0 * std::numbers::pi) * f(u); };
  const double split = std::clamp(std::isfinite(turn) ? turn : 0.0, -8.9, 8.9);
  return Kronrod::integrate(integrand, -9.0, split, 12, 1e-12) + Kronrod::integrate(integrand, split, 9.0, 12, 1e-12);
}

/// E f(λ_k) f'(λ_l) by nested adaptive quadrature.
double adaptive_product(const std::function<double(double)>& of_k, const std::function<double(double)>& of_l, const Input& c) {
  const double s_k = std::sqrt(c.cov(0, 0));
  const double slope = c.cov(1, 0) / s_k;
  const double rest = std::sqrt(std::max(0.0, c.cov(1, 1) - slope * slope));
  const auto inner = [&](double u) {
    const double mean = c.bias[1] + slope * u;
    return rest == 0.0 ? of_l(mean) : adaptive_mean([&](double w) { return of_l(mean + rest * w); }, -mean / rest);
  };
  return adaptive_mean([&](double u) { return of_k(c.bias[0] + s_k * u) * inner(u); }, -c.bias[0] / s_k);
}

// 1e-10 is what nested adaptive integration with 1e-12 at each level guarantees, after up to 10 bisections.
TYPED_TEST(Quadratures, AgreeWithNestedAdaptiveQuadrature) {
  const auto derivative = [](double Jet::*member) {
    return [member](double x) { return TypeParam::at(x).*member + (member == &Jet::value ? TypeParam::kOffset : 0.0); };
  };
  const auto g = derivative(&Jet::value), g1 = derivative(&Jet::slope), g2 = derivative(&Jet::second);
  for (const Input& input : {pair(0.0, 0.0, 1e-4, 1e-4, 0.5), pair(5.0, -5.0, 0.3, 1.0, -0.6), pair(0.7, -0.4, 2.0, 1.0, 0.9),
                             pair(-1.0, 2.0, 7.07, 3.0, 0.4), pair(0.0, 0.0, 7.07, 7.07, 0.97), pair(0.5, 0.2, 1.0, 2.0, 1.0),
                             pair(-3.0, 0.2, 7.07, 2.0, -1.0)}) {
    const Moments m = moments_by(quadrature<TypeParam>(), input);
    const auto expect = [&](double actual, const auto& of_k, const auto& of_l, const char* moment) {
      const double expected = adaptive_product(of_k, of_l, input);
      EXPECT_NEAR(actual, expected, 1e-10 * std::abs(expected) + 1e-12) << moment << ' ' << input.text();
    };
    expect(m.S(0, 1), g, g, "S");
    expect(m.G(0, 1), g1, g1, "G");
    expect(m.H(0, 1), g2, g, "H_kl");
    expect(m.H(1, 0), g, g2, "H_lk");
    expect(m.P(0, 1), g1, g, "P_kl");
    expect(m.P(1, 0), g, g1, "P_lk");
  }
}

}  // namespace
}  // namespace aesweep
