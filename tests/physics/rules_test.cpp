// Long-time limits of tied weights, the truncated rule and the PCA rules   [equations.md §5, §6; RG24 §3.4, §3.5, appendix A].
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <cmath>
#include <numbers>

#include "aesweep/data/start.hpp"
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

// min over u of ½[ρ̂ + (u²/D)(2/π)asin(q/(1+q)) − 2√(2/π)ρ̂u²/√(D(1+q))], q = ρ̂u²: five digits are given. The flow relaxes in D/(ηr) = √D units of
// time, so that 60 √D leaves nothing.
TEST(Tied, ErfFailsAtFiniteDimension) {
  for (const auto& [dimension, error] : {std::pair(10.0, 0.10222), std::pair(100.0, 0.14965), std::pair(1000.0, 0.17073)})
    EXPECT_NEAR(tied_end(tied_rule(Activation::erf, dimension), 60.0 * std::sqrt(dimension), 0.3).error, error, 6e-6) << "D = " << dimension;
}

// Those minima, from the formula itself: a grid of 1e-4 in ln q is off by its square. They rise to ½(1−2/π) as D^{-1/2}: 0.36 D^{-1/2} short of it.
TEST(Tied, ErfMinimaAreThoseOfTheFormulaAndRiseToTheirLimit) {
  constexpr double pi = std::numbers::pi;
  const auto least = [](double dimension) {
    double best = 0.5;
    for (double log_q = -4.0; log_q < std::log(dimension) + 2.0; log_q += 1e-4) {
      const double q = std::exp(log_q);
      const double loss = q / dimension * 2.0 / pi * std::asin(q / (1.0 + q)), gain = 2.0 * std::sqrt(2.0 / pi) * q / std::sqrt(dimension * (1.0 + q));
      best = std::min(best, 0.5 * (1.0 + loss - gain));
    }
    return best;
  };
  for (const auto& [dimension, error] : {std::pair(10.0, 0.10222), std::pair(100.0, 0.14965), std::pair(1000.0, 0.17073)})
    EXPECT_NEAR(least(dimension), error, 5e-6);
  for (const double dimension : {1e4, 1e6, 1e8})
    EXPECT_NEAR((0.5 * (1.0 - 2.0 / pi) - least(dimension)) * std::sqrt(dimension), 0.359, 0.01) << "D = " << dimension;
}

// Late, where the unit is saturated, y = u/√D obeys ẏ = (ηr/D)(√(2ρ̂/π) − y). With y ≥ 0.1 at D = 10^12 the corrections, of order 1/√q = 1/(y√(Dρ̂)),
// are 1e-5 at most; at r = D the time is 1/η.
TEST(Tied, SaturatedErfRelaxesInTheTimeOfTheDimensionOverTheRate) {
  constexpr double dimension = 1e12, rho = 1.7, eta = 0.6, y0 = 0.1;
  LearningRule rule{Activation::erf, false, eta};
  rule.tying = Tying::tied;
  rule.decoder_scale = 1.0 / std::sqrt(dimension);
  for (const double rate : {dimension, std::sqrt(dimension)}) {
    rule.tied_rate = rate;
    Modes modes{Eigen::VectorXd::Constant(1, rho), aligned_weights(1, 1, y0 * std::sqrt(dimension), 0.0)};
    impose(rule, modes.weights);
    const double unit = dimension / (eta * rate), end = std::sqrt(2.0 * rho / std::numbers::pi);
    const auto run = follow(rule, modes, rho, {0.0, 0.5 * unit, 2.0 * unit, 5.0 * unit}, 1);
    for (const auto& [i, t] : {std::pair(1, 0.5), std::pair(2, 2.0), std::pair(3, 5.0)})
      EXPECT_NEAR(run[static_cast<std::size_t>(i)].weights.encoder(0, 0) / std::sqrt(dimension), end + (y0 - end) * std::exp(-t), 3e-5)
          << "rate " << rate << ", t = " << t;
  }
}

// A small tied linear unit grows as e^{2ηρ̂t} at r = √D, whatever D. From u² = 1e-10 √D it is linear to 1e-10 e^{4ηρ̂t} = 2e-7.
TEST(Tied, LinearGrowthAtTheRootOfTheDimensionDoesNotKnowIt) {
  for (const double dimension : {1e2, 1e6}) {
    LearningRule rule = tied_rule(Activation::linear, dimension);
    rule.learning_rate = 0.8;
    Modes modes{Eigen::VectorXd::Constant(1, 1.2), aligned_weights(1, 1, 1e-5 * std::pow(dimension, 0.25), 0.0)};
    impose(rule, modes.weights);
    const auto run = follow(rule, modes, 1.2, {0.0, 2.0}, 1, {1e-12, 1e-16});
    EXPECT_NEAR(run[1].weights.encoder(0, 0) / run[0].weights.encoder(0, 0) / std::exp(2.0 * 0.8 * 1.2 * 2.0), 1.0, 1e-6) << "D = " << dimension;
  }
}

// Tied linear units have u² = √D and reach the PCA error, 0 here.
TEST(Tied, LinearReachesPca) {
  const auto end = tied_end(tied_rule(Activation::linear, 100.0), 200.0, 0.3);
  EXPECT_NEAR(end.error, 0.0, 1e-10);
  EXPECT_NEAR(end.weights.encoder(0, 0) * end.weights.encoder(0, 0), 10.0, 1e-5);
}

// A tied or bias-free ReLU passes half of the inputs: half of chance, which is ½.
TEST(Tied, ReluReachesHalfOfChance) { EXPECT_NEAR(tied_end(tied_rule(Activation::relu, 100.0), 400.0, 0.3).error, 0.25, 1e-8); }

// Sanger's fixed point: row k is ± the k-th unit eigenvector, Q = diag(ρ̂_1..ρ̂_K). The slowest rate is the gap ρ̂_2 − ρ̂_3 = 0.4: e^{−0.4·100} is
// below 1e-16; the integrator's tolerance is left.
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

// Oja's original rule: rows of norm one that turn to the first component. It does so as e^{−(ρ̂_1−ρ̂_2)t} = e^{−40}; the integrator's tolerance is
// left.
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

// With the rows as encoder and decoder pmse is ½[Σρ̂ − 2 tr Q + tr(Q WWᵀ)], to rounding. From entries of width s, WWᵀ is Ds² times the identity up to
// relative fluctuations of √(2/D), four of which are allowed, so that pmse starts at ½Ds² tr Q, far above chance.
TEST(PcaRules, TheErrorIsThatOfTheRowsAsBothLayers) {
  const Eigen::Index D = 2000, K = 2;
  const auto spectrum = spiked_spectrum(std::vector<double>{2.0, 1.0}, 1.0, D);
  const double total = spectrum.total();
  const Eigen::VectorXd rho_hat = spectrum.rho_hat();
  for (const auto kind : {RuleKind::hebb, RuleKind::oja, RuleKind::sanger, RuleKind::normalised_hebb}) {
    LearningRule rule{Activation::linear};
    rule.kind = kind;
    auto start = weights_from(random_start(K, D, 2.0, 0.3, 0.0, RandomStream(4, 0)));
    impose(rule, start);
    const Eigen::MatrixXd Q = start.encoder * rho_hat.asDiagonal() * start.encoder.transpose(), lengths = start.encoder * start.encoder.transpose();
    const double formula = 0.5 * (total - 2.0 * Q.trace() + (Q * lengths).trace());
    EXPECT_NEAR(population_judge(Activation::linear, K, rho_hat, total, 0.0)->measure(start, {}) / formula, 1.0, 1e-12);
    if (kind != RuleKind::normalised_hebb) {
      EXPECT_NEAR(formula / (0.5 * Q.trace() * static_cast<double>(D) * 4.0), 1.0, 4.0 * std::sqrt(2.0 / static_cast<double>(D)));
    }
  }
}

struct Found {
  double axes;       // smallest |cosine| between decoder row k and eigenvector k
  double subspace;   // smallest singular value of the decoder's orthonormalised rows along the first K eigenvectors: 1 for a rotation of them
};

Found decoder_after_sgd(RuleKind kind) {
  const std::vector<double> spikes{4.0, 2.0, 1.0};
  const Eigen::Index D = 400, K = 3;
  const RandomStream stream(6, 0);
  LearningRule rule;
  rule.kind = kind;
  const auto inputs = spiked_inputs(spikes, 1.0, D);
  VectorSgd replica(rule, weights_from(random_start(K, D, 0.1, 0.1, 0.0, stream)), *inputs, stream);
  simulate(replica, {0.0, 60.0}, [](std::size_t, const Weights&) { return true; }, [] {});
  Found found{1.0, 0.0};
  for (Eigen::Index k = 0; k < K; ++k) found.axes = std::min(found.axes, std::abs(replica.weights().decoder.row(k).normalized()[k]));
  const Eigen::MatrixXd rows = replica.weights().decoder.transpose();
  const Eigen::MatrixXd basis = Eigen::HouseholderQR<Eigen::MatrixXd>(rows).householderQ() * Eigen::MatrixXd::Identity(D, K);
  const Eigen::MatrixXd overlap = basis.topRows(K).transpose() * basis.topRows(K);   // its eigenvalues are squared cosines
  found.subspace = std::sqrt(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(overlap, Eigen::EigenvaluesOnly).eigenvalues().minCoeff());
  return found;
}

// RG24 §3.5: truncated SGD's decoder finds the eigenvectors themselves, vanilla SGD's a rotation of them. D = 400, t = 60; the overlaps' fluctuations
// are O(√(η/D)) in the angle, so O(η/D) in the cosine.
TEST(Truncated, DecoderFindsTheEigenvectors) {
  const auto truncated = decoder_after_sgd(RuleKind::truncated), vanilla = decoder_after_sgd(RuleKind::sgd);
  EXPECT_GT(truncated.axes, 0.99);
  EXPECT_LT(vanilla.axes, 0.9);
  EXPECT_GT(truncated.subspace, 0.99);
  EXPECT_GT(vanilla.subspace, 0.99);
}

// Encoder rows keep the bulk they start with, of length 0.1 √D = 3.2 at D = 1000, beside an entry of order one: their plain cosine stays low, while
// in the ρ̂-metric, where the bulk counts σ²/D, and for decoder rows it is 1.
TEST(Truncated, EncoderRowsKeepTheirBulk) {
  const Eigen::Index D = 1000;
  const auto spectrum = spiked_spectrum(std::vector<double>{4.0, 2.0}, 1.0, D);
  LearningRule rule;
  rule.kind = RuleKind::truncated;
  const auto modes = compress(spectrum, weights_from(random_start(2, D, 0.1, 0.1, 0.0, RandomStream(6, 0))), 2);
  const auto end = follow(rule, modes, spectrum.total(), {0.0, 60.0}, 2).back().weights;
  const Eigen::VectorXd metric = modes.rho_hat.cwiseSqrt();
  for (Eigen::Index k = 0; k < 2; ++k) {
    EXPECT_NEAR(std::abs(end.encoder.row(k).normalized()[k]), 0.2, 0.1);
    EXPECT_GT(std::abs((end.encoder.row(k) * metric.asDiagonal()).normalized()[k]), 0.98);
    EXPECT_GT(std::abs(end.decoder.row(k).normalized()[k]), 0.99);
  }
}

}  // namespace
}  // namespace aesweep
