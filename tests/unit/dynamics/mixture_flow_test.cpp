// The flow of inputs that are a mixture of Gaussians   [equations.md §4], and of the spiked model at D = ∞ [§2].
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/dynamics/flow.hpp"
#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/dynamics/modes.hpp"
#include "aesweep/outcome/judge.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

using testing::random_weights;

const std::vector<double> kSpikes{2.0, 1.0};

struct NamedPopulation {
  std::string name;
  Population population;
};

/// Spiked models of all laws with a bulk (with few nodes: nothing here depends on the rules' accuracy), and a finite sample.
std::vector<NamedPopulation> populations() {
  std::vector<NamedPopulation> result;
  const auto spectrum = spiked_spectrum(kSpikes, 1.5, 5);
  for (const auto law : {LatentLaw::rademacher, LatentLaw::laplace, LatentLaw::sparse, LatentLaw::nonnegative, LatentLaw::mixture})
    result.push_back({"law " + std::to_string(static_cast<int>(law)),
                      {spectrum.rho_hat(), spectrum.total(), 0, latent_mixture({law}, kSpikes, 0.3, 6)}});
  const Eigen::MatrixXd points = random_weights(5, 70, 0.8, 9).encoder;
  const auto sample = std::make_shared<GaussianMixture>(GaussianMixture{Eigen::VectorXd::Constant(70, 1.0 / 70.0), points, Eigen::VectorXd::Zero(5)});
  const Eigen::VectorXd rho_hat = points.rowwise().squaredNorm() / 70.0;
  result.push_back({"sample", {rho_hat, rho_hat.sum(), 0, sample}});
  return result;
}

// θ̇ = −η ∇pmse − κθ, component by component. Step 1e-5 and an error of order one: truncation and rounding both about 1e-10. relu is left out on the
// sample, where its error has kinks.
TEST(MixtureFlow, IsMinusTheGradientOfThePopulationError) {
  const Eigen::Index K = 3, n = 5;
  for (const auto& [label, population] : populations())
    for (const auto activation : all_activations())
      for (const double noise : {0.0, 0.3}) {
        if (label == "sample" && noise == 0.0 && (activation == Activation::relu || activation == Activation::leaky_relu)) continue;
        SCOPED_TRACE(label + ", " + std::string(name(activation)) + (noise > 0.0 ? ", noise" : ""));
        const LearningRule rule{activation, true, 1.3, 0.2, noise};
        auto weights = random_weights(K, n, 0.5, 11);
        const auto judge = population_judge(activation, K, population, noise);
        FlowState state = pack(weights), derivative(state.size());
        Flow(rule, K, population)(state, derivative, 0.0);
        for (std::size_t i = 0; i < state.size(); ++i) {
          const double h = 1e-5, x = state[i];
          const auto error_at = [&](double value) {
            state[i] = value;
            unpack(state, weights);
            return judge->measure(weights, {});
          };
          const double gradient = (error_at(x + h) - error_at(x - h)) / (2.0 * h);
          state[i] = x;
          const bool decays = i + K < state.size();
          ASSERT_NEAR(derivative[i], -rule.learning_rate * gradient - (decays ? rule.weight_decay * x : 0.0), 1e-8) << "component " << i;
        }
      }
}

// Linear units without bias see the covariance alone, whatever the law, the rule and the tying.
TEST(MixtureFlow, OfLinearUnitsIsTheGaussianFlow) {
  for (const auto& [label, population] : populations()) {
    if (label == "sample") continue;   // whose covariance has off-diagonal elements
    for (const auto kind : {RuleKind::sgd, RuleKind::truncated, RuleKind::oja, RuleKind::sanger})
      for (const auto tying : {Tying::none, Tying::tied, Tying::tied_encoder}) {
        LearningRule rule{Activation::linear, false, 0.8, 0.3, kind == RuleKind::oja || kind == RuleKind::sanger ? 0.0 : 0.2};
        rule.kind = kind;
        rule.tying = tying;
        rule.decoder_scale = 0.4;
        auto weights = random_weights(3, 5, 0.5, 6);
        weights.bias.setZero();
        impose(rule, weights);
        const FlowState state = pack(weights);
        FlowState by_nodes(state.size()), directly(state.size());
        Flow(rule, 3, population)(state, by_nodes, 0.0);
        Flow(rule, 3, population.rho_hat)(state, directly, 0.0);
        for (std::size_t i = 0; i < state.size(); ++i) EXPECT_NEAR(by_nodes[i], directly[i], 1e-12) << label;
      }
  }
}

// Compression leaves the spikes alone, equal or not, and is exact for the rest.
TEST(MixtureFlow, SurvivesCompression) {
  const std::vector<double> equal{1.0, 1.0, 1.0};
  const auto spectrum = spiked_spectrum(equal, 2.0, 30);
  const auto mixture = latent_mixture({LatentLaw::rademacher}, equal, 2.0 / 30.0);
  const auto start = random_weights(1, 30, 0.6, 5);
  const auto modes = compress(spectrum, start, 0, mixture);
  ASSERT_EQ(modes.rho_hat.size(), 3 + 2);
  EXPECT_DOUBLE_EQ(modes.total, spectrum.total());
  const auto error_after = [](const Modes& these) {
    const auto judge = population_judge(Activation::erf, 1, these, 0.0);
    double error = 0.0;
    integrate_flow({Activation::erf, true}, these, {0.0, 3.0}, {1e-10, 1e-12}, [&](std::size_t, const Weights& weights) {
      error = judge->measure(weights, {});
      return true;
    }, [] {});
    return error;
  };
  // Both integrations to 1e-10 a step.
  EXPECT_NEAR(error_after(modes), error_after({{spectrum.rho_hat(), spectrum.total(), 0, mixture}, start}), 1e-8);
}

// The layout of equations.md §2, "D = ∞": what enters Q, T0, R and pmse.
TEST(InfiniteModes, CarryTheBulk) {
  const auto leading = random_weights(2, 2, 0.5, 3);
  const auto modes = infinite_modes(std::vector{1.0, 3.0}, 1.7, leading, 0.4, 0.6);
  EXPECT_DOUBLE_EQ(modes.total, 5.7);
  EXPECT_EQ(modes.rho_hat[0], 3.0);
  EXPECT_EQ(modes.frozen, 2);
  const auto& W = modes.weights.encoder;
  const auto& V = modes.weights.decoder;
  const Eigen::MatrixXd Q = W * modes.rho_hat.asDiagonal() * W.transpose(), T0 = V * V.transpose();
  const Eigen::MatrixXd R = V * modes.rho_hat.asDiagonal() * W.transpose();
  const auto spikes = modes.rho_hat.head(2).asDiagonal();
  const Eigen::Matrix2d one = Eigen::Matrix2d::Identity();
  EXPECT_LT((Q - leading.encoder * spikes * leading.encoder.transpose() - 1.7 * 0.16 * one).norm(), 1e-14);
  EXPECT_LT((T0 - leading.decoder * leading.decoder.transpose() - 0.36 * one).norm(), 1e-14);
  EXPECT_LT((R - leading.decoder * spikes * leading.encoder.transpose()).norm(), 1e-14);
}

// W_b only decays, neuron by neuron, and V̂_b obeys −(ηS + κ)V̂_b.
TEST(InfiniteModes, FrozenModesOnlyDecay) {
  for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
    for (const auto law : {LatentLaw::gaussian, LatentLaw::sparse}) {
      const auto modes = infinite_modes(kSpikes, 1.0, random_weights(2, 2, 0.5, 3), 0.4, 0.6, {law});
      LearningRule rule{Activation::erf, true, 1.5, 0.0, 0.0};
      rule.kind = kind;
      rule.neuron_decay = {0.1, 0.3};
      const FlowState state = pack(modes.weights);
      FlowState derivative(state.size());
      Flow(rule, 2, modes)(state, derivative, 0.0);
      auto change = modes.weights;
      unpack(derivative, change);
      const Eigen::Vector2d kappa(0.1, 0.3);
      EXPECT_EQ(change.encoder.rightCols(2), RowMatrix(-(kappa.asDiagonal() * modes.weights.encoder.rightCols(2))));
      EXPECT_TRUE((change.decoder.rightCols(2).array() == 0.0).all());
      EXPECT_TRUE((change.encoder.middleCols(2, 2).array() == 0.0).all());
      EXPECT_LT(change.decoder(0, 2), -0.1 * 0.6);
      EXPECT_EQ(change.decoder(0, 3) == 0.0, kind == RuleKind::truncated);   // neuron 1 does not see neuron 2
    }
}

}  // namespace
}  // namespace aesweep
