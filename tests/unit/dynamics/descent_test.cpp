#include "aesweep/dynamics/descent.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/outcome/judge.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

Modes one_mode(double rho_hat, double w, double v) {
  return {Eigen::VectorXd::Constant(1, rho_hat), {RowMatrix::Constant(1, 1, w), RowMatrix::Constant(1, 1, v), Eigen::VectorXd::Zero(1)}};
}

LearningRule linear_rule(double eta, double kappa, double noise) {
  LearningRule rule;
  rule.activation = Activation::linear;
  rule.learning_rate = eta;
  rule.weight_decay = kappa;
  rule.noise = noise;
  return rule;
}

/// Weights after round(t) steps for each of the times.
std::vector<Weights> shown(const LearningRule& rule, const Modes& modes, const std::vector<double>& times) {
  std::vector<Weights> result;
  descend(rule, modes, times, [&](std::size_t, const Weights& weights) {
    result.push_back(weights);
    return true;
  }, [] {});
  return result;
}

// w_1 ← w_1 + η(ρ̂ − (ρ̂+ŝ²)w_1w_2)w_2 − κw_1 and the same with 1 and 2 exchanged, old weights on the right. Rounding over ten steps: 1e-14.
TEST(Descent, IsTheScalarMapByHand) {
  const double eta = 0.3, kappa = 0.05, noise = 0.2, rho = 1.4;
  double w1 = 0.5, w2 = -0.2;
  const auto weights = shown(linear_rule(eta, kappa, noise), one_mode(rho, w1, w2), {0.0, 1.0, 2.0, 10.0});
  EXPECT_EQ(weights[0].encoder(0, 0), 0.5);
  for (int step = 1; step <= 10; ++step) {
    const double pull = eta * (rho - (rho + noise) * w1 * w2), old = w1;
    w1 += pull * w2 - kappa * w1;
    w2 += pull * old - kappa * w2;
    if (step > 2 && step < 10) continue;
    const auto& found = weights[step == 10 ? 3 : static_cast<std::size_t>(step)];
    EXPECT_NEAR(found.encoder(0, 0), w1, 1e-14);
    EXPECT_NEAR(found.decoder(0, 0), w2, 1e-14);
  }
}

// A step is −η times the gradient of the error, taken here by central differences (h = 1e-5: 1e-10), for a network that is neither small nor linear.
TEST(Descent, FollowsTheGradientOfTheError) {
  const Eigen::Index K = 2, n = 4;
  const Modes modes{Eigen::VectorXd::LinSpaced(n, 2.0, 0.5), testing::random_weights(K, n, 0.6, 17)};
  const LearningRule rule{Activation::erf, true, 0.7, 0.0, 0.1};
  const auto after = shown(rule, modes, {0.0, 1.0}).back();
  const auto judge = population_judge(rule.activation, K, modes.rho_hat, modes.rho_hat.sum(), rule.noise);
  auto weights = modes.weights;
  const auto check = [&](double& entry, double moved) {
    const double x = entry, h = 1e-5;
    entry = x + h;
    const double above = judge->measure(weights, {});
    entry = x - h;
    const double below = judge->measure(weights, {});
    entry = x;
    EXPECT_NEAR(moved - x, -rule.learning_rate * (above - below) / (2.0 * h), 1e-9);
  };
  for (Eigen::Index k = 0; k < K; ++k) {
    check(weights.bias[k], after.bias[k]);
    for (Eigen::Index i = 0; i < n; ++i) {
      check(weights.encoder(k, i), after.encoder(k, i));
      check(weights.decoder(k, i), after.decoder(k, i));
    }
  }
}

TEST(Descent, RoundsTheTimesAndCountsTheSteps) {
  std::vector<double> seen;
  int polls = 0;
  const std::vector<double> times{0.0, 0.3, 0.6, 1.4, 3.0, 7.0};
  const auto steps = descend(linear_rule(0.1, 0.0, 0.0), one_mode(1.0, 0.5, 0.5), times, [&](std::size_t i, const Weights& weights) {
    seen.push_back(weights.encoder(0, 0));
    return i < 4;
  }, [&] { ++polls; });
  EXPECT_EQ(steps, 3U);
  EXPECT_EQ(polls, 3);
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[1], seen[0]);
  EXPECT_NE(seen[2], seen[1]);
  EXPECT_EQ(seen[3], seen[2]);
  EXPECT_NE(seen[4], seen[3]);
}

// Far above the critical rate the map explodes within some steps: NaN from there on, and no step is wasted on it.
TEST(Descent, ShowsADivergenceAsNaN) {
  int bad = 0;
  const auto steps = descend(linear_rule(8.0, 0.0, 0.0), one_mode(1.0, 0.5, 0.5), {0.0, 1.0, 1e9, 2e9}, [&](std::size_t, const Weights& weights) {
    bad += std::isnan(weights.encoder(0, 0)) && std::isnan(weights.decoder(0, 0)) && std::isnan(weights.bias[0]);
    return true;
  }, [] {});
  EXPECT_EQ(bad, 2);
  EXPECT_LT(steps, 100U);
}

// Every activation and rule leaves the range of double without an exception: the Gaussian moments are asked only for what they can do.
TEST(Descent, DivergesWithoutAnException) {
  for (const auto activation : {Activation::linear, Activation::erf, Activation::relu, Activation::gelu}) {
    LearningRule rule = linear_rule(1e3, 0.0, 0.0);
    rule.activation = activation;
    rule.trained_bias = true;
    const Modes modes{Eigen::VectorXd::LinSpaced(3, 2.0, 0.5), testing::random_weights(2, 3, 0.6, 19)};
    EXPECT_FALSE(shown(rule, modes, {0.0, 1e5}).back().finite()) << name(activation);
  }
}

// Euler's method: at fixed ηt the map is off the flow by O(η), so that halving η halves the difference; ratios between 1.8 and 2.2 at η ≤ 0.02.
TEST(Descent, ApproachesTheFlowToFirstOrder) {
  const Modes modes{Eigen::VectorXd::LinSpaced(4, 1.5, 0.3), testing::random_weights(2, 4, 0.5, 23)};
  LearningRule rule{Activation::erf, true, 1.0, 0.1, 0.2};
  Weights flow;
  integrate_flow(rule, modes, {0.0, 4.0}, {1e-12, 1e-14}, [&](std::size_t, const Weights& weights) {
    flow = weights;
    return true;
  }, [] {});
  std::vector<double> off;
  for (const double eta : {0.02, 0.01, 0.005}) {
    rule.learning_rate = eta;
    rule.weight_decay = 0.1 * eta;
    off.push_back((shown(rule, modes, {0.0, 4.0 / eta}).back().encoder - flow.encoder).norm());
  }
  for (std::size_t i = 1; i < off.size(); ++i) {
    EXPECT_GT(off[i - 1] / off[i], 1.8);
    EXPECT_LT(off[i - 1] / off[i], 2.2);
  }
}

}  // namespace
}  // namespace aesweep
