// Where SGD with a finite step is lost: equations.md §5, "Divergence, linear, K = 1, Gaussian".
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <numbers>

#include "aesweep/outcome/trajectory.hpp"
#include "aesweep/sgd/simulate.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

/// E f(|1 − g c²|), c ~ N(0, 1). The panels end where f may be singular; the tails beyond 12 are 1e-32.
template <class Function>
double mean_of_multiplier(double g, Function f) {
  boost::math::quadrature::tanh_sinh<double> rule;
  const auto term = [&](double c) {
    const double multiplier = std::abs(1.0 - g * c * c);
    return multiplier == 0.0 ? 0.0 : std::exp(-0.5 * c * c) / std::sqrt(2.0 * std::numbers::pi) * f(multiplier);
  };
  const double zero = 1.0 / std::sqrt(g);
  return 2.0 * (rule.integrate(term, 0.0, zero) + rule.integrate(term, zero, 2.0 * zero) + rule.integrate(term, 2.0 * zero, 12.0));
}

double exponent(double g) {
  return mean_of_multiplier(g, [](double multiplier) { return std::log(multiplier); });
}

// E(1 − gc²)² = 1 − 2g + 3g² = 1 at g = 2/3; E ln|1 − gc²| = 0 at 2.42125, which is η = 1.2106 D/ρ̂ at g = 2ηρ̂/D. Half a unit of the last digits
// given.
TEST(Divergence, ThresholdsOfTheMultiplier) {
  for (const double g : {0.1, 2.0 / 3.0, 2.0})
    EXPECT_NEAR(mean_of_multiplier(g, [](double multiplier) { return multiplier * multiplier; }), 1.0 - 2.0 * g + 3.0 * g * g, 1e-10);
  const double almost_sure = boundary(2.0, 3.0, 1e-8, [](double g) { return exponent(g) < 0.0; });
  EXPECT_NEAR(almost_sure, 2.42125, 5e-6);
  EXPECT_NEAR(0.5 * almost_sure, 1.2106, 5e-5);
}

constexpr Eigen::Index kDimension = 3;
constexpr double kRho = 1.5;

/// One linear unit on the only component there is, of strength u = 1 − residual, with W/V̂ = ratio.
Weights near_the_optimum(double residual, double ratio) {
  const double decoder = std::sqrt((1.0 - residual) / ratio);
  return aligned_weights(1, kDimension, ratio * decoder, decoder);
}

/// η at which g = (η/D)ρ̂(W² + V̂²) at the optimum.
LearningRule rule_at(double g, double ratio = 1.0) {
  LearningRule rule{Activation::linear};
  rule.learning_rate = g * static_cast<double>(kDimension) / (kRho * (ratio + 1.0 / ratio));
  return rule;
}

// One step multiplies 1 − W V̂ by 1 − g c², up to its square. g ≥ 2ηρ̂/D, with equality for W = V̂.
TEST(Divergence, AStepMultipliesTheResidual) {
  const auto inputs = spiked_inputs(std::vector{kRho}, 0.0, kDimension);
  const double residual = 1e-7;
  for (const double ratio : {1.0, 2.0})
    for (const double g : {0.5, 2.0, 5.0})
      for (std::uint32_t replica = 0; replica < 20; ++replica) {
        const RandomStream stream(12, replica);
        VectorSgd sgd(rule_at(g, ratio), near_the_optimum(residual, ratio), *inputs, stream);
        std::array<double, kDimension> x{};
        inputs->draw(stream, 0, x);
        const double growth = g * x[0] * x[0] / kRho;
        sgd.advance(1);
        const Weights weights = sgd.weights();
        const double after = 1.0 - weights.encoder(0, 0) * weights.decoder(0, 0);
        // Second order: at most g c² (1 + g c²) residual; rounding: a few 1e-16/1e-7.
        EXPECT_NEAR(after / residual, 1.0 - growth, 2e-8 + growth * (1.0 + growth) * residual) << "g = " << g << ", replica " << replica;
        EXPECT_GE(g, 2.0 * rule_at(g, ratio).learning_rate * kRho / static_cast<double>(kDimension) - 1e-12);
      }
}

/// Share of replicas that a criterion calls diverged within the given number of steps.
double diverged_share(double g, double residual, double steps, std::uint32_t replicas) {
  const auto inputs = spiked_inputs(std::vector{kRho}, 0.0, kDimension);
  const auto judge = population_judge(Activation::linear, 1, Eigen::Vector3d(kRho, 0.0, 0.0), kRho, 0.0);
  std::vector<double> times;
  for (int i = 0; i <= 20; ++i) times.push_back(std::round(0.05 * i * steps) / static_cast<double>(kDimension));
  std::uint32_t diverged = 0;
  for (std::uint32_t replica = 0; replica < replicas; ++replica) {
    VectorSgd sgd(rule_at(g), near_the_optimum(residual, 1.0), *inputs, RandomStream(13, replica));
    Trajectory trajectory(times, 0);
    simulate(sgd, times, [&](std::size_t i, const Weights& weights) {
      return trajectory.record(i, judge->measure(weights, {}), {}, 0.5 * kRho);
    }, [] {});
    if (trajectory.diverged()) ++diverged;
  }
  return static_cast<double>(diverged) / replicas;
}

// ln|residual| is a random walk of drift μ = E ln|1 − gc²|: −0.17, −0.07 a step at g = 1.8, 2.15, +0.07, +0.14 at 2.7, 3.0. It starts at 1e-6, 14
// below where the step is no longer linear; 23 further down rounding makes the residual exactly 0, which then stays. So the share that is lost is the
// chance that a walk gets 14 up before it gets 23 down. With θ ≠ 0 from E|1 − gc²|^θ = 1 that is about (1 − e^{−23θ})/(e^{14θ} − e^{−23θ}): θ = 0.27,
// 0.10, −0.10, −0.2 give 0.02, 0.2, 0.87, 0.99 (it overshoots by up to a factor e, so somewhat less). The times are 14/|μ| < 300 steps. The mean
// square grows at all of these rates. Three standard errors of 400 replicas, 0.06, are allowed at the inner two.
TEST(Divergence, FewOrMostOnTheSidesOfTheAlmostSureThreshold) {
  constexpr double residual = 1e-6, steps = 1000.0;
  const double low = diverged_share(1.8, residual, steps, 400), below = diverged_share(2.15, residual, steps, 400);
  const double above = diverged_share(2.7, residual, steps, 400), high = diverged_share(3.0, residual, steps, 400);
  fmt::print("diverged: {:.3f} at g = 1.8, {:.3f} at 2.15, {:.3f} at 2.7, {:.3f} at 3.0 (threshold 2.42125, seed 13)\n", low, below, above, high);
  EXPECT_LT(low, 0.05);
  EXPECT_LT(below, 0.2 + 0.06);
  EXPECT_GT(above, 0.8 - 0.06);
  EXPECT_GT(high, 0.94);
}

// From an ordinary start the share rises smoothly over a wide range of rates, well on both sides of no line: here between the mean-square threshold,
// below which none of these is lost, and past the almost-sure one. 400 replicas know a share to 0.025; a step back of three of these is allowed.
TEST(Divergence, IsASmoothSigmoid) {
  double before = 0.0;
  int between = 0;
  for (const double g : {0.3, 0.8, 1.1, 1.4, 1.7, 2.0, 2.3, 3.0, 5.0}) {
    const double share = diverged_share(g, 0.5, 300, 400);
    fmt::print("g = {:.1f}: {:.3f}\n", g, share);
    EXPECT_GE(share, before - 0.075);
    if (share > 0.02 && share < 0.98) ++between;
    before = share;
    if (g == 0.3) {
      EXPECT_EQ(share, 0.0);
    }
  }
  EXPECT_GE(between, 4);
  EXPECT_GT(before, 0.98);
}

}  // namespace
}  // namespace aesweep
