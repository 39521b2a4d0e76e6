// The flow is the mean of the SGD updates at fixed weights, D·E[ΔW] = dW/dt   [equations.md §2, §6]: exact at any D for Gaussian inputs, so every rule,
// tying, activation and rate is checked against its own simulation. The average over samples has a standard error; six of them are allowed for each of
// some 700 entries, whose largest would exceed that once in a million runs (and the draws are seeded).
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/dynamics/flow.hpp"
#include "aesweep/sgd/vector_sgd.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

struct RuleCase {
  std::string name;
  LearningRule rule;
};

std::vector<RuleCase> all_rules() {
  std::vector<RuleCase> cases;
  for (const auto activation : {Activation::linear, Activation::erf, Activation::relu})
    for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
      for (const auto tying : {Tying::none, Tying::tied, Tying::tied_encoder}) {
        LearningRule rule{activation, true, 0.8, 0.3, 0.2};
        rule.kind = kind;
        rule.tying = tying;
        rule.encoder_rate = tying == Tying::none ? 0.5 : 1.0;
        rule.decoder_rate = tying == Tying::none ? 2.0 : 1.0;
        rule.bias_rate = 1.5;
        rule.tied_rate = 1.7;
        rule.decoder_scale = 0.4;
        rule.neuron_decay = {0.1, 0.4, 0.7};
        cases.push_back({std::string(name(activation)) + (kind == RuleKind::sgd ? " sgd " : " truncated ") + std::to_string(static_cast<int>(tying)), rule});
      }
  for (const auto kind : {RuleKind::hebb, RuleKind::oja, RuleKind::sanger}) {
    LearningRule rule{Activation::linear, false, 0.8, 0.3, 0.0};
    rule.kind = kind;
    cases.push_back({"pca " + std::to_string(static_cast<int>(kind)), rule});
  }
  return cases;
}

/// Mean of D·(state after one step − state before) and its standard error, entry by entry.
struct MeanUpdate {
  std::vector<double> mean, error;
};

MeanUpdate mean_update(const LearningRule& rule, const Weights& start, const InputSource& inputs, int samples) {
  const FlowState before = pack(start);
  std::vector<double> sum(before.size()), squares(before.size());
  const auto D = static_cast<double>(inputs.dimension());
  for (int s = 0; s < samples; ++s) {
    VectorSgd replica(rule, start, inputs, RandomStream(17, static_cast<std::uint32_t>(s)));
    replica.advance(1);
    const FlowState after = pack(replica.weights());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const double update = D * (after[i] - before[i]);
      sum[i] += update;
      squares[i] += update * update;
    }
  }
  MeanUpdate result;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const double mean = sum[i] / samples;
    result.mean.push_back(mean);
    result.error.push_back(std::sqrt(std::max(0.0, squares[i] / samples - mean * mean) / samples));
  }
  return result;
}

// Dividing by the norm is not linear in the step: D·E[ΔW]/η is the flow up to O(η/D), here 10^-4 of it, far below the standard error.
TEST(MeanUpdate, OfNormalisedHebbIsTheFlow) {
  const Spectrum spectrum({{2.0, 1}, {1.0, 1}, {0.5, 1}, {0.2, 2}});
  const auto inputs = gaussian_inputs(spectrum);
  for (const double power : {2.0, 3.0, 4.5}) {
    LearningRule rule{Activation::linear, false, 5e-4};
    rule.kind = RuleKind::normalised_hebb;
    rule.norm_power = power;
    auto start = testing::random_weights(3, spectrum.dimension(), 0.5, 23);
    start.bias.setZero();
    impose(rule, start);
    const FlowState state = pack(start);
    FlowState derivative(state.size());
    Flow(rule, 3, spectrum.rho_hat())(state, derivative, 0.0);
    const auto update = mean_update(rule, start, *inputs, 20000);
    for (std::size_t i = 0; i < state.size(); ++i)
      EXPECT_NEAR(update.mean[i], derivative[i], 6.0 * update.error[i] + 1e-12) << "p = " << power << ", entry " << i;
  }
}

TEST(MeanUpdate, IsTheFlow) {
  const Spectrum spectrum({{2.0, 1}, {1.0, 1}, {0.5, 1}, {0.2, 2}});
  const auto inputs = gaussian_inputs(spectrum);
  for (const auto& [name, rule] : all_rules()) {
    SCOPED_TRACE(name);
    auto start = testing::random_weights(3, spectrum.dimension(), 0.5, 23);
    if (is_pca_rule(rule.kind)) start.bias.setZero();
    impose(rule, start);
    const FlowState state = pack(start);
    FlowState derivative(state.size());
    Flow(rule, 3, spectrum.rho_hat())(state, derivative, 0.0);
    const auto update = mean_update(rule, start, *inputs, 20'000);
    for (std::size_t i = 0; i < state.size(); ++i)
      EXPECT_NEAR(update.mean[i], derivative[i], 6.0 * update.error[i] + 1e-12) << "entry " << i;
  }
}

// A decoder that hangs on the encoder stays where the rule puts it, in theory and in simulation.
TEST(MeanUpdate, AnImpliedDecoderStaysImplied) {
  const Spectrum spectrum({{2.0, 1}, {1.0, 1}, {0.5, 3}});
  const auto inputs = gaussian_inputs(spectrum);
  for (const auto& [name, rule] : all_rules()) {
    if (rule.tying == Tying::none && !is_pca_rule(rule.kind)) continue;
    SCOPED_TRACE(name);
    auto start = testing::random_weights(3, 5, 0.5, 7);
    impose(rule, start);
    VectorSgd replica(rule, start, *inputs, RandomStream(3, 0));
    replica.advance(20);
    auto implied = replica.weights();
    impose(rule, implied);
    EXPECT_EQ(implied.decoder, replica.weights().decoder);
    const FlowState state = pack(start);
    FlowState derivative(state.size());
    Flow(rule, 3, spectrum.rho_hat())(state, derivative, 0.0);
    const double scale = is_pca_rule(rule.kind) ? 1.0 : rule.decoder_scale;
    Weights change = start;
    unpack(derivative, change);
    EXPECT_TRUE(change.decoder.isApprox(scale * change.encoder, 1e-15));
  }
}

}  // namespace
}  // namespace aesweep
