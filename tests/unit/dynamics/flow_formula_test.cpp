// The right-hand side, which runs along padded rows in vectors, against equations.md §2 and §6 written out with plain matrices.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "aesweep/dynamics/flow.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd masked(const MatrixXd& matrix, RuleKind kind) {
  return MatrixXd::NullaryExpr(matrix.rows(), matrix.cols(), [&](Index k, Index a) { return takes_off(kind, k, a) ? matrix(k, a) : 0.0; });
}

/// The derivative of each group of weights.
Weights by_formula(const LearningRule& rule, const Population& population, const Weights& x, double t) {
  const MatrixXd W = x.encoder, V = x.decoder;
  const VectorXd rho = population.rho_hat, seen = rho.array() + rule.noise;
  const Index K = W.rows(), n = W.cols();
  const double eta = rule.learning_rate / std::pow(1.0 + t / rule.rate_decay_time, rule.rate_decay_exponent);
  const VectorXd kappa = VectorXd::NullaryExpr(K, [&](Index k) { return rule.neuron_decay.empty() ? rule.weight_decay : rule.neuron_decay[static_cast<std::size_t>(k)]; });
  const MatrixXd Q = W * seen.asDiagonal() * W.transpose(), R = V * rho.asDiagonal() * W.transpose();
  Weights d{RowMatrix::Zero(K, n), RowMatrix::Zero(K, n), VectorXd::Zero(K)};
  if (is_pca_rule(rule.kind)) {
    MatrixXd gW = W * rho.asDiagonal();
    if (rule.kind == RuleKind::normalised_hebb) {
      for (Index k = 0; k < K; ++k) {
        double growth = 0.0, norm = 0.0;
        for (Index i = 0; i < n; ++i) {
          growth += std::pow(std::abs(W(k, i)), rule.norm_power) * rho[i];
          norm += std::pow(std::abs(W(k, i)), rule.norm_power);
        }
        gW.row(k) -= growth / norm * W.row(k);
      }
    } else {
      gW -= masked(Q, rule.kind) * W;
    }
    d.encoder = d.decoder = eta * gW - kappa.asDiagonal() * W;
    return d;
  }
  Moments moments(K);
  gaussian_moments(rule.activation, x.bias, Q, MomentSet::flow_with_bias, moments);
  const MatrixXd T0 = masked(V * V.transpose(), rule.kind), S = masked(moments.S, rule.kind);
  MatrixXd M = -T0.cwiseProduct(moments.G);
  for (Index k = 0; k < K; ++k) M(k, k) += R(k, k) * moments.c3[k] - T0.row(k).dot(moments.H.row(k));
  MatrixXd gW = moments.a.asDiagonal() * V * rho.asDiagonal() + M * W * seen.asDiagonal();
  MatrixXd gV = moments.a.asDiagonal() * W * rho.asDiagonal() - S * V;
  gW.rightCols(population.frozen).setZero();
  gV.rightCols(population.frozen).setZero();
  if (rule.tying == Tying::none) {
    d.encoder = eta * rule.encoder_rate * gW - kappa.asDiagonal() * W;
    d.decoder = eta * rule.decoder_rate * gV - kappa.asDiagonal() * V;
  } else {
    if (rule.tying == Tying::tied) gW += rule.decoder_scale * gV;
    d.encoder = eta * rule.tied_rate * gW - kappa.asDiagonal() * W;
    d.decoder = rule.decoder_scale * d.encoder;
  }
  if (rule.trained_bias)
    for (Index k = 0; k < K; ++k) d.bias[k] = eta * rule.bias_rate * (R(k, k) * moments.c1[k] - T0.row(k).dot(moments.P.row(k)));
  return d;
}

struct Case {
  std::string name;
  LearningRule rule;
  Index frozen = 0;
};

std::vector<Case> all_cases(Index K) {
  const LearningRule erf{Activation::erf, false, 1.3, 0.1, 0.0};
  std::vector<Case> cases{{"erf", erf}};
  const auto add = [&](const std::string& name, auto change, Index frozen = 0) {
    cases.push_back({name, erf, frozen});
    change(cases.back().rule);
  };
  add("linear", [](LearningRule& r) { r.activation = Activation::linear; });
  add("relu with bias", [](LearningRule& r) {
    r.activation = Activation::relu;
    r.trained_bias = true;
    r.bias_rate = 0.6;
  });
  add("bias", [](LearningRule& r) { r.trained_bias = true; });
  add("noise", [](LearningRule& r) { r.noise = 0.3; });
  add("unequal rates", [](LearningRule& r) {
    r.encoder_rate = 0.4;
    r.decoder_rate = 1.7;
  });
  add("a decay for each neuron", [K](LearningRule& r) {
    for (Index k = 0; k < K; ++k) r.neuron_decay.push_back(0.05 * static_cast<double>(k + 1));
  });
  add("decaying rate", [](LearningRule& r) {
    r.rate_decay_exponent = 0.7;
    r.rate_decay_time = 3.0;
  });
  for (const auto tying : {Tying::tied, Tying::tied_encoder})
    add(tying == Tying::tied ? "tied" : "tied encoder", [tying](LearningRule& r) {
      r.tying = tying;
      r.tied_rate = 2.5;
      r.decoder_scale = 0.4;
    });
  add("truncated", [](LearningRule& r) {
    r.kind = RuleKind::truncated;
    r.trained_bias = true;
  });
  add("frozen", [](LearningRule&) {}, 1);
  for (const auto kind : {RuleKind::hebb, RuleKind::normalised_hebb, RuleKind::oja, RuleKind::sanger})
    add("PCA rule " + std::to_string(static_cast<int>(kind)), [kind](LearningRule& r) {
      r.activation = Activation::linear;
      r.kind = kind;
      r.norm_power = 3.0;
    });
  return cases;
}

// Sums of n products of numbers of order one, in another order: 1e-15 a term.
TEST(FlowFormula, HoldsForEveryRuleAndSize) {
  for (Index K = 1; K <= 9; ++K)
    for (const Index n : {1, 2, 7, 8, 9, 16, 33, 500, 512})
      for (const auto& [name, rule, frozen] : all_cases(K)) {
        SCOPED_TRACE(name + ", K = " + std::to_string(K) + ", n = " + std::to_string(n));
        auto weights = testing::random_weights(K, n, 0.5 / std::sqrt(0.2 * static_cast<double>(n)), 17);
        if (!rule.trained_bias) weights.bias.setZero();
        impose(rule, weights);
        const VectorXd rho_hat = VectorXd::NullaryExpr(n, [](Index m) { return 2.0 / std::sqrt(static_cast<double>(m + 1)); });
        const Population population(rho_hat, rho_hat.sum(), frozen);
        const FlowState state = pack(weights);
        FlowState derivative(state.size(), 0.7);
        Flow(rule, K, population)(state, derivative, 2.0);
        auto found = weights;
        unpack(derivative, found);
        const auto expected = by_formula(rule, population, weights, 2.0);
        ASSERT_LT((found.encoder - expected.encoder).cwiseAbs().maxCoeff(), 2e-14);
        ASSERT_LT((found.decoder - expected.decoder).cwiseAbs().maxCoeff(), 2e-14);
        ASSERT_LT((found.bias - expected.bias).cwiseAbs().maxCoeff(), 2e-14);
      }
}

// What lies between the rows must not move: it would count in the integrator's error.
TEST(FlowFormula, KeepsThePaddingZero) {
  for (const Index K : {1, 3, 6})
    for (const auto& [name, rule, frozen] : all_cases(K)) {
      SCOPED_TRACE(name);
      const Index n = 11, stride = flow_stride(n);
      auto weights = testing::random_weights(K, n, 0.5, 3);
      if (!rule.trained_bias) weights.bias.setZero();
      impose(rule, weights);
      const FlowState state = pack(weights);
      FlowState derivative(state.size());
      Flow(rule, K, Population(VectorXd::LinSpaced(n, 2.0, 0.1), 11.55, frozen))(state, derivative, 0.0);
      EXPECT_GT(stride, n);
      for (Index row = 0; row < 2 * K; ++row)
        for (Index d = n; d < stride; ++d) {
          EXPECT_EQ(state[static_cast<std::size_t>(row * stride + d)], 0.0);
          EXPECT_EQ(derivative[static_cast<std::size_t>(row * stride + d)], 0.0);
        }
    }
}

}  // namespace
}  // namespace aesweep
