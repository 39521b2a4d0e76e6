// What PKK18 say of noise and weight decay in linear autoencoders, from the closed forms and from the discrete map   [equations.md §5, last item].
#include "aesweep/dynamics/exact.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/dynamics/descent.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

LearningRule linear_rule(double eta, double kappa, double noise) {
  LearningRule rule;
  rule.activation = Activation::linear;
  rule.learning_rate = eta;
  rule.weight_decay = kappa;
  rule.noise = noise;
  return rule;
}

/// One neuron a mode, all from the same weights.
Modes modes_from(const Eigen::VectorXd& rho_hat, double w, double v) { return {rho_hat, aligned_weights(rho_hat.size(), rho_hat.size(), w, v)}; }

Modes one_mode(double rho_hat, double w, double v) { return modes_from(Eigen::VectorXd::Constant(1, rho_hat), w, v); }

double strength(const Weights& weights, Eigen::Index k = 0) { return weights.encoder(k, k) * weights.decoder(k, k); }

/// First time at which mode k has half of its fixed point.
double half_time(ExactModes& exact, Eigen::Index k, double target) {
  return boundary(0.0, 1e4, 1e-12, [&](double t) { return strength(exact.at(t), k) < 0.5 * target; });
}

/// u of one mode after `steps` steps of gradient descent from w_1 = w_2 = w.
double descended(const LearningRule& rule, double rho_hat, double w, double steps) {
  double u = 0.0;
  descend(rule, one_mode(rho_hat, w, w), {0.0, steps}, [&](std::size_t, const Weights& weights) {
    u = strength(weights);
    return true;
  }, [] {});
  return u;
}

// B1: the error of a network of four modes, closed form against flow and against descent with a small step. Flow: its tolerance of 1e-11 a step.
// Descent: O(η) off, with a constant of order one at the fastest rate 2ηρ̂ = 0.004.
TEST(Exact, ErrorAgreesWithFlowAndDescent) {
  const Eigen::VectorXd rho_hat = Eigen::Vector4d(2.0, 1.0, 0.5, 0.1);
  for (const auto& [rule, w, v] : {std::tuple(linear_rule(1.0, 0.0, 0.3), 0.2, 0.05), std::tuple(linear_rule(1.0, 0.2, 0.3), 0.1, 0.1)}) {
    const auto modes = modes_from(rho_hat, w, v);
    const std::vector<double> times{0.0, 0.5, 1.0, 2.0, 5.0, 20.0};
    const auto flow = follow(rule, modes, rho_hat.sum(), times, 4);
    const auto judge = population_judge(rule.activation, 4, rho_hat, rho_hat.sum(), rule.noise);
    std::vector<double> error, explained(4);
    solve_exactly(rule, modes, times, [&](std::size_t i, const Weights& weights) {
      error.push_back(judge->measure(weights, explained));
      EXPECT_NEAR(error[i], flow[i].pmse, 1e-9) << "t = " << times[i];
      for (std::size_t m = 0; m < 4; ++m) EXPECT_NEAR(explained[m], flow[i].explained[m], 1e-9);
      return true;
    }, [] {});
    const double eta = 1e-3;
    std::vector<double> steps;
    for (const double t : times) steps.push_back(t / eta);
    descend(linear_rule(eta, eta * rule.weight_decay, rule.noise), modes, steps, [&](std::size_t i, const Weights& weights) {
      EXPECT_NEAR(judge->measure(weights, {}), error[i], 4.0 * eta) << "t = " << times[i];
      return true;
    }, [] {});
  }
}

// B2: decay with the same fixed point as noise learns more slowly, by the factor R = λ/(λ+ε) in time at every moment: both obey u̇ ∝ u(u* − u).
// Rounding.
TEST(Exact, EquivalentDecayIsSlowerByR) {
  const double lambda = 1.2, w = 0.05;
  for (const double epsilon : {0.1, 0.6, 3.0}) {
    const double gamma = equivalent_decay(lambda, epsilon), R = curvature_ratio(lambda, epsilon, gamma), end = fixed_point(lambda, epsilon, 0.0);
    ExactModes noise(linear_rule(1.0, 0.0, epsilon), one_mode(lambda, w, w)), decay(linear_rule(1.0, gamma, 0.0), one_mode(lambda, w, w));
    for (const double t : {0.1, 1.0, 3.0, 10.0}) {
      const double with_noise = strength(noise.at(t));
      EXPECT_NEAR(strength(decay.at(t / R)), with_noise, 1e-13);
      EXPECT_GT(with_noise, strength(decay.at(t)));
    }
    EXPECT_NEAR(half_time(noise, 0, end) / half_time(decay, 0, end), R, 1e-10);
  }
}

// B2 with several modes: one decay can't match the fixed points of all. Matched at the first, it takes more from the weaker ones, and still learns
// each of them later; below λ = γ it learns nothing where noise learns λ/(λ+ε).
TEST(Exact, OneDecayForSeveralModes) {
  const Eigen::VectorXd rho_hat = Eigen::Vector3d(2.0, 0.8, 0.3);
  const double epsilon = 0.5, gamma = equivalent_decay(rho_hat[0], epsilon);
  const auto start = modes_from(rho_hat, 0.05, 0.05);
  ExactModes noise(linear_rule(1.0, 0.0, epsilon), start), decay(linear_rule(1.0, gamma, 0.0), start);
  EXPECT_NEAR(fixed_point(rho_hat[0], 0.0, gamma), fixed_point(rho_hat[0], epsilon, 0.0), 1e-15);
  EXPECT_LT(fixed_point(rho_hat[1], 0.0, gamma), fixed_point(rho_hat[1], epsilon, 0.0));
  EXPECT_EQ(fixed_point(rho_hat[2], 0.0, gamma), 0.0);
  EXPECT_NEAR(strength(noise.at(1e3), 2), 0.3 / 0.8, 1e-14);
  for (const Eigen::Index k : {0, 1})
    EXPECT_GT(half_time(decay, k, fixed_point(rho_hat[k], 0.0, gamma)), half_time(noise, k, fixed_point(rho_hat[k], epsilon, 0.0)));
}

// B3: with the decay's rate scaled by 1/R the two balanced discrete maps are one. Rounding of 60 steps that contract: 1e-14.
TEST(Descent, MapsOfNoiseAndDecayCoincide) {
  const double lambda = 1.2, eta = 0.3, w = 0.1;
  for (const double epsilon : {0.1, 0.6, 2.0}) {
    const double gamma = equivalent_decay(lambda, epsilon), scaled = eta / curvature_ratio(lambda, epsilon, gamma);
    for (const double steps : {1.0, 5.0, 12.0, 60.0})
      EXPECT_NEAR(descended(linear_rule(scaled, scaled * gamma, 0.0), lambda, w, steps), descended(linear_rule(eta, 0.0, epsilon), lambda, w, steps),
                  1e-14) << "step " << steps;
  }
}

/// The rate whose single step from close to the fixed point lands on it: lower ones stay short, higher ones overshoot.
double optimal_rate(double lambda, double epsilon, double gamma) {
  const double u = fixed_point(lambda, epsilon, gamma), w = std::sqrt(u) * (1.0 - 1e-6);
  return boundary(0.01, 20.0, 1e-12, [&](double eta) { return descended(linear_rule(eta, eta * gamma, epsilon), lambda, w, 1.0) < u; });
}

// B3: the optimal rates, found from the maps alone, have the ratio R (noise : decay). Off the fixed point by 1e-6, so good to some 1e-6. The optimal
// rate with noise is 1/(2λ): along w_1 = w_2 the map multiplies the distance from the fixed point by 1 − 2ηλ.
TEST(Descent, OptimalRatesHaveTheRatioR) {
  for (const double lambda : {0.7, 2.0})
    for (const double epsilon : {0.1, 0.5, 2.0}) {
      const double gamma = equivalent_decay(lambda, epsilon), noise = optimal_rate(lambda, epsilon, 0.0), decay = optimal_rate(lambda, 0.0, gamma);
      EXPECT_NEAR(noise, 0.5 / lambda, 5e-6 / lambda);
      EXPECT_NEAR(noise / decay, curvature_ratio(lambda, epsilon, gamma), 1e-5);
    }
}

// The best rate found as a user would, from the whole way: steps until u is within 10^-6 of its fixed point, over a grid of rates with factors of
// 1.02. The grid limits the ratio to 2 %, and the number of steps is an integer with a flat minimum: 5 %.
TEST(Descent, FastestRatesHaveTheRatioR) {
  const double lambda = 1.0, epsilon = 0.6, gamma = equivalent_decay(lambda, epsilon), end = fixed_point(lambda, epsilon, 0.0);
  const auto fastest = [&](double decay, double noise) {
    std::pair<double, double> best{1e9, 0.0};   // (steps, rate), the middle of the best rates
    double last = 0.0;
    for (double eta = 0.1; eta < 1.5; eta *= 1.02) {
      double steps = 1.0;
      while (steps < 400.0 && std::abs(descended(linear_rule(eta, eta * decay, noise), lambda, 0.3, steps) - end) > 1e-6) ++steps;
      if (steps < best.first) best = {steps, eta};
      if (steps == best.first) last = eta;
    }
    return std::sqrt(best.second * last);
  };
  EXPECT_NEAR(fastest(0.0, epsilon) / fastest(gamma, 0.0), curvature_ratio(lambda, epsilon, gamma), 0.05);
}

// B4: at the same fixed point u decay leaves w_1² + w_2² = 2u, the least there is; noise keeps c_0 = w_1² − w_2² and with it √(c_0² + 4u²). By
// descent with a small step, which changes c_0 by a factor 1 − η²(λ − (λ+ε)u)² a step: a few η in all. And along the way at each common u.
TEST(Descent, DecayKeepsTheNormsSmaller) {
  const double lambda = 1.0, epsilon = 0.25, gamma = equivalent_decay(lambda, epsilon), eta = 1e-3, w = 1.5, v = 0.05;
  const double u = fixed_point(lambda, epsilon, 0.0), c0 = w * w - v * v;
  const auto run = [&](const LearningRule& rule) {
    std::vector<std::pair<double, double>> seen;   // (u, w_1² + w_2²)
    std::vector<double> times;
    for (int i = 0; i <= 2000; ++i) times.push_back(40.0 * i);
    descend(rule, one_mode(lambda, w, v), times, [&](std::size_t, const Weights& weights) {
      seen.emplace_back(strength(weights), std::pow(weights.encoder(0, 0), 2) + std::pow(weights.decoder(0, 0), 2));
      return true;
    }, [] {});
    return seen;
  };
  const auto noise = run(linear_rule(eta, 0.0, epsilon)), decay = run(linear_rule(eta, eta * gamma, 0.0));
  EXPECT_NEAR(noise.back().first, u, 1e-9);
  EXPECT_NEAR(decay.back().first, u, 1e-9);
  EXPECT_NEAR(noise.back().second, std::sqrt(c0 * c0 + 4.0 * u * u), 5.0 * eta);
  EXPECT_NEAR(decay.back().second, 2.0 * u, 1e-6);
  for (std::size_t i = 1; i < decay.size(); ++i) EXPECT_LT(decay[i].second, std::hypot(c0, 2.0 * decay[i].first)) << "step " << 40 * i;
}

}  // namespace
}  // namespace aesweep
