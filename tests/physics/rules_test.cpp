// Long-time limits of tied weights, the truncated rule and the PCA rules   [equations.md §5, §6; RG24 §3.4, §3.5, appendix A].
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/outcome/judge.hpp"
#include "aesweep/sgd/simulate.hpp"
#include "flow_runs.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

LearningRule tied_rule(Activation activation, double dimension) {
  LearningRule rule;
  rule.activation = activation;
  rule.tying = Tying::tied;
  rule.decoder_scale = 1.0 / std::sqrt(dimension);
  rule.tied_rate = std::sqrt(dimension);
  return rule;
}

/// Error and weights at the end of a flow of one unit on one component.
struct End {
  double error;
  Weights weights;
};
End tied_end(const LearningRule& rule, double horizon, double start) {
  const Eigen::VectorXd rho_hat = Eigen::VectorXd::Ones(1);
  Modes modes{rho_hat, {RowMatrix::Constant(1, 1, start), RowMatrix::Zero(1, 1), Eigen::VectorXd::Zero(1)}};
  impose(rule, modes.weights);
  const auto judge = population_judge(rule.activation, 1, rho_hat, 1.0, 0.0);
  End end{};
  integrate_flow(rule, modes, {0.0, horizon}, {}, [&](std::size_t, const Weights& weights) {
    end = {judge->measure(weights, {}), weights};
    return true;
  }, [] {});
  return end;
}

// min over u of ½[ρ̂ + (u²/D)(2/π)asin(q/(1+q)) − 2√(2/π)ρ̂u²/√(D(1+q))], q = ρ̂u²: five digits are given. The flow relaxes in D/(ηr) = √D units of time, so
// that 60 √D leaves nothing.
TEST(Tied, ErfFailsAtFiniteDimension) {
  for (const auto& [dimension, error] : {std::pair(10.0, 0.10222), std::pair(100.0, 0.14965), std::pair(1000.0, 0.17073)})
    EXPECT_NEAR(tied_end(tied_rule(Activation::erf, dimension), 60.0 * std::sqrt(dimension), 0.3).error, error, 6e-6) << "D = " << dimension;
}

// Tied linear units have u² = √D and reach the PCA error, 0 here.
TEST(Tied, LinearReachesPca) {
  const auto end = tied_end(tied_rule(Activation::linear, 100.0), 200.0, 0.3);
  EXPECT_NEAR(end.error, 0.0, 1e-10);
  EXPECT_NEAR(end.weights.encoder(0, 0) * end.weights.encoder(0, 0), 10.0, 1e-5);
}

// A tied or bias-free ReLU passes half of the inputs: half of chance, which is ½.
TEST(Tied, ReluReachesHalfOfChance) { EXPECT_NEAR(tied_end(tied_rule(Activation::relu, 100.0), 400.0, 0.3).error, 0.25, 1e-8); }

// Sanger's fixed point: row k is ± the k-th unit eigenvector, Q = diag(ρ̂_1..ρ̂_K). The slowest rate is the gap ρ̂_2 − ρ̂_3 = 0.4: e^{−0.4·100} is below 1e-16; the
// integrator's tolerance is left.
TEST(PcaRules, SangerFindsTheEigenvectorsInOrder) {
  Eigen::VectorXd rho_hat(4);
  rho_hat << 2.0, 1.0, 0.6, 0.1;
  LearningRule rule{Activation::linear};
  rule.kind = RuleKind::sanger;
  Modes modes{rho_hat, testing::random_weights(3, 4, 0.3, 3)};
  impose(rule, modes.weights);
  Weights last;
  integrate_flow(rule, modes, {0.0, 200.0}, {}, [&](std::size_t, const Weights& weights) {
    last = weights;
    return true;
  }, [] {});
  const RowMatrix identity = RowMatrix::Identity(3, 4);
  EXPECT_LT((last.encoder.cwiseAbs() - identity).cwiseAbs().maxCoeff(), 1e-6);
  const Eigen::MatrixXd Q = last.encoder * rho_hat.asDiagonal() * last.encoder.transpose();
  EXPECT_LT((Q - Eigen::MatrixXd(rho_hat.head(3).asDiagonal())).cwiseAbs().maxCoeff(), 1e-6);
}

// Oja finds the leading subspace, not its axes; Hebb the first component alone, ever longer.
TEST(PcaRules, OjaFindsTheSubspaceAndHebbTheFirstComponent) {
  Eigen::VectorXd rho_hat(4);
  rho_hat << 2.0, 1.5, 0.4, 0.1;
  for (const auto kind : {RuleKind::oja, RuleKind::hebb}) {
    LearningRule rule{Activation::linear};
    rule.kind = kind;
    Modes modes{rho_hat, testing::random_weights(2, 4, 0.3, 5)};
    impose(rule, modes.weights);
    Weights last;
    integrate_flow(rule, modes, {0.0, 40.0}, {}, [&](std::size_t, const Weights& weights) {
      last = weights;
      return true;
    }, [] {});
    if (kind == RuleKind::oja) {
      EXPECT_NEAR(projector_error(last.encoder, rho_hat, 4.0), 0.25, 1e-7);
      EXPECT_LT((last.encoder * last.encoder.transpose() - Eigen::Matrix2d::Identity()).cwiseAbs().maxCoeff(), 1e-6);
      EXPECT_GT(std::abs(last.encoder(0, 1)), 0.05) << "a rotation of the axes, not the axes";
    } else {
      const Eigen::VectorXd direction = last.encoder.row(0).normalized();
      EXPECT_GT(std::abs(direction[0]), 1.0 - 1e-8);   // the second lags by e^{−0.5·40} = 2e-9 in amplitude
      EXPECT_GT(last.encoder.row(0).norm(), 1e30);
    }
  }
}

// Oja's original rule: rows of norm one that turn to the first component. It does so as e^{−(ρ̂_1−ρ̂_2)t} = e^{−40}; the integrator's tolerance is left.
TEST(PcaRules, NormalisedHebbFindsTheFirstUnitEigenvector) {
  Eigen::VectorXd rho_hat(4);
  rho_hat << 2.0, 1.0, 0.6, 0.1;
  LearningRule rule{Activation::linear};
  rule.kind = RuleKind::normalised_hebb;
  Modes modes{rho_hat, testing::random_weights(2, 4, 0.3, 3)};
  impose(rule, modes.weights);
  Weights last;
  integrate_flow(rule, modes, {0.0, 40.0}, {}, [&](std::size_t, const Weights& weights) {
    for (Eigen::Index k = 0; k < 2; ++k) EXPECT_NEAR(weights.encoder.row(k).norm(), 1.0, 1e-7);
    last = weights;
    return true;
  }, [] {});
  for (Eigen::Index k = 0; k < 2; ++k) EXPECT_NEAR(std::abs(last.encoder(k, 0)), 1.0, 1e-7);
}

// Without decay the rate only sets the pace: the flow at η(t) = η/(1+t/t_0)^β is at time t where the flow at constant η is at
// τ = ∫_0^t dt' (1+t'/t_0)^{−β} = t_0[(1+t/t_0)^{1−β} − 1]/(1−β). Both are integrated to 1e-11 a step.
TEST(DecayingRate, RescalesTime) {
  Eigen::VectorXd rho_hat(3);
  rho_hat << 2.0, 1.0, 0.5;
  const Modes modes{rho_hat, testing::random_weights(2, 3, 0.3, 8)};
  LearningRule constant{Activation::erf, true, 0.7}, decaying = constant;
  decaying.rate_decay_exponent = 0.6;
  decaying.rate_decay_time = 2.5;
  const double t = 20.0, tau = 2.5 * (std::pow(1.0 + t / 2.5, 0.4) - 1.0) / 0.4;
  const auto end = follow(decaying, modes, 3.5, {0.0, t}, 1).back(), same = follow(constant, modes, 3.5, {0.0, tau}, 1).back();
  EXPECT_NEAR(end.pmse, same.pmse, 1e-9);
  EXPECT_LT((end.weights.encoder - same.weights.encoder).cwiseAbs().maxCoeff(), 1e-8);
  EXPECT_GT(std::abs(end.pmse - follow(constant, modes, 3.5, {0.0, t}, 1).back().pmse), 1e-2) << "the rate did not decay";
}

/// Smallest |cosine| between decoder row k and eigenvector k, over k, after SGD.
double worst_overlap(RuleKind kind) {
  const std::vector<double> spikes{4.0, 2.0, 1.0};
  const Eigen::Index D = 400, K = 3;
  const RandomStream stream(6, 0);
  LearningRule rule;
  rule.kind = kind;
  rule.learning_rate = 1.0;
  const auto inputs = spiked_inputs(spikes, 1.0, D);
  VectorSgd replica(rule, weights_from(random_start(K, D, 0.1, 0.1, 0.0, stream)), *inputs, stream);
  simulate(replica, {0.0, 60.0}, [](std::size_t, const Weights&) { return true; }, [] {});
  double worst = 1.0;
  for (Eigen::Index k = 0; k < K; ++k) {
    const Eigen::VectorXd row = replica.weights().decoder.row(k).normalized();
    worst = std::min(worst, std::abs(row[k]));
  }
  return worst;
}

// RG24 §3.5: truncated SGD's decoder finds the eigenvectors themselves, vanilla SGD's a rotation of them. D = 400, t = 60; the overlaps' fluctuations are
// O(√(η/D)) in the angle, so O(η/D) in the cosine.
TEST(Truncated, DecoderFindsTheEigenvectors) {
  EXPECT_GT(worst_overlap(RuleKind::truncated), 0.99);
  EXPECT_LT(worst_overlap(RuleKind::sgd), 0.9);
}

}  // namespace
}  // namespace aesweep
