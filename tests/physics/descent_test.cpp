// Critical and optimal learning rates: properties of the discrete map that neither the flow nor its theory has.
#include "aesweep/dynamics/descent.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "flow_runs.hpp"

namespace aesweep {
namespace {

LearningRule linear_rule(double eta, double noise) {
  LearningRule rule;
  rule.activation = Activation::linear;
  rule.learning_rate = eta;
  rule.noise = noise;
  return rule;
}

/// Distance of u from `target` after each step.
std::vector<double> residuals(const LearningRule& rule, double rho_hat, double w, double v, double target, int steps) {
  std::vector<double> times, result;
  for (int i = 0; i <= steps; ++i) times.push_back(i);
  descend(rule, {Eigen::VectorXd::Constant(1, rho_hat), aligned_weights(1, 1, w, v)}, times, [&](std::size_t, const Weights& weights) {
    result.push_back(std::abs(weights.encoder(0, 0) * weights.decoder(0, 0) - target));
    return true;
  }, [] {});
  return result;
}

// At a minimum of ½[λ(1−u)² + εu²], u = w_1w_2 = λ/(λ+ε), the only curvature is h = (λ+ε)(w_1²+w_2²), along the gradient of u: a balanced mode has h
// = 2λ whatever the noise. Convergence for η < 2/h, divergence from the minimum beyond. Linear growth by |1 − ηh| = 1 ± 0.04 a step over 60 steps
// from 1e-6.
TEST(Descent, CriticalRateAtTheMinimum) {
  for (const double lambda : {0.5, 2.0})
    for (const double epsilon : {0.0, 0.7})
      for (const double ratio : {1.0, 3.0}) {   // w_1/w_2
        const double u = lambda / (lambda + epsilon), v = std::sqrt(u / ratio), w = ratio * v;
        const double critical = 2.0 / ((lambda + epsilon) * (w * w + v * v));
        if (ratio == 1.0) {
          EXPECT_NEAR(critical, 1.0 / lambda, 1e-14);
        }
        const auto below = residuals(linear_rule(0.98 * critical, epsilon), lambda, w, v * (1.0 + 1e-6), u, 60);
        const auto above = residuals(linear_rule(1.02 * critical, epsilon), lambda, w, v * (1.0 + 1e-6), u, 60);
        EXPECT_NEAR(std::log(below[60] / below[0]), 60.0 * std::log(0.96), 0.01);
        EXPECT_NEAR(std::log(above[60] / above[0]), 60.0 * std::log(1.04), 0.01);
        // h = 1/η: what is left after one step is of second order.
        EXPECT_LT(residuals(linear_rule(0.5 * critical, epsilon), lambda, w, v * (1.0 + 1e-6), u, 1)[1], 1e-11);
      }
}

// A rate above 1/ρ̂ does not yet diverge from a small balanced start: w ← w(1 + ηρ̂(1 − w²)) is a cubic map, which settles below ηρ̂ = 1, oscillates
// or is chaotic up to ηρ̂ = 2 (w stays bounded while its largest image, 2/√27 (1+ηρ̂)^{3/2}/√(ηρ̂), lies below √((2+ηρ̂)/ηρ̂): (1+ηρ̂)³·4/27 <
// 2+ηρ̂, that is ηρ̂ < 2), and is lost beyond. The rates are 1 % and 5 % to either side.
TEST(Descent, SettlesThenOscillatesThenDiverges) {
  const auto end = [](double eta_rho) {
    const double rho = 1.6;
    return residuals(linear_rule(eta_rho / rho, 0.0), rho, 0.1, 0.1, 1.0, 4000);
  };
  EXPECT_LT(end(0.99).back(), 1e-12);
  const auto oscillating = end(1.05);
  EXPECT_GT(oscillating.back(), 1e-2);
  EXPECT_LT(oscillating.back(), 1.0);
  EXPECT_TRUE(std::isfinite(end(1.98).back()));
  EXPECT_TRUE(std::isnan(end(2.1).back()));
}

// With erf units the loss is smooth but not quadratic; the critical rate at the end of the flow is still 2 over the largest eigenvalue of its
// Hessian, taken here from the map itself by power iteration on a small displacement. Stable at 0.97 of it, left behind at 1.03.
TEST(Descent, CriticalRateOfANonlinearNetwork) {
  LearningRule rule{Activation::erf, false, 1.0, 0.05, 0.1};   // decay makes the minimum one that is reached, up to rotations
  const Eigen::VectorXd rho_hat = Eigen::Vector2d(1.5, 0.2);
  Weights minimum;
  integrate_flow(rule, {rho_hat, aligned_weights(1, 2, 0.5, 0.5)}, {0.0, 3000.0}, kTight, [&](std::size_t, const Weights& weights) {
    minimum = weights;
    return true;
  }, [] {});
  const auto stepped = [&](double eta, Weights start, double steps) {
    LearningRule finite = rule;
    finite.learning_rate = eta;
    finite.weight_decay = rule.weight_decay * eta;
    Weights end;
    descend(finite, {rho_hat, std::move(start)}, {0.0, steps}, [&](std::size_t, const Weights& weights) {
      end = weights;
      return true;
    }, [] {});
    return end;
  };
  const auto distance = [&](const Weights& weights) {
    return std::hypot((weights.encoder - minimum.encoder).norm(), (weights.decoder - minimum.decoder).norm());
  };
  Weights displaced = minimum;
  displaced.encoder(0, 0) += 1e-5;
  displaced.decoder(0, 0) -= 0.3e-5;
  double curvature = 0.0;
  for (int i = 0; i < 60; ++i) {   // one unit step of 100: the part along the largest curvature wins
    const double before = distance(displaced);
    displaced = stepped(100.0, displaced, 1.0);
    const double grown = distance(displaced) / before;
    curvature = (grown + 1.0) / 100.0;
    displaced.encoder = minimum.encoder + (displaced.encoder - minimum.encoder) / grown;
    displaced.decoder = minimum.decoder + (displaced.decoder - minimum.decoder) / grown;
  }
  const double critical = 2.0 / curvature;
  EXPECT_LT(distance(stepped(0.97 * critical, displaced, 60.0)), 0.1 * distance(displaced));
  EXPECT_GT(distance(stepped(1.03 * critical, displaced, 60.0)), 10.0 * distance(displaced));
}

}  // namespace
}  // namespace aesweep
