// The flow descends a function: equations.md §2, "Consequences to test".
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "aesweep/data/latent.hpp"
#include "flow_runs.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

Eigen::VectorXd spectrum() { return (Eigen::VectorXd(6) << 2.0, 1.0, 0.5, 0.3, 0.1, 0.05).finished(); }

const std::vector<double>& dense_times() {
  static const std::vector<double> times = [] {
    std::vector<double> result{0.0};
    for (int i = 0; i <= 66; ++i) result.push_back(0.01 * std::pow(10.0, i / 20.0));
    return result;
  }();
  return times;
}

/// pmse along the flow, or pmse + Σ_k κ_k(‖W_k‖² + ‖V̂_k‖²)/2η (tied: κ_k‖W_k‖²/2ηr).
std::vector<double> along(const LearningRule& rule, const Modes& modes, bool with_penalty) {
  const auto judge = population_judge(rule.activation, modes.weights.hidden(), modes, rule.noise);
  std::vector<double> values;
  integrate_flow(rule, modes, dense_times(), kTight, [&](std::size_t, const Weights& weights) {
    double penalty = 0.0;
    for (Eigen::Index k = 0; k < weights.hidden(); ++k) {
      const double size = rule.tying == Tying::none ? weights.encoder.row(k).squaredNorm() + weights.decoder.row(k).squaredNorm()
                                                    : weights.encoder.row(k).squaredNorm() / rule.tied_rate;
      penalty += decay_of(rule, k) * size / (2.0 * rule.learning_rate);
    }
    values.push_back(judge->measure(weights, {}) + (with_penalty ? penalty : 0.0));
    return true;
  }, [] {});
  return values;
}

// Between records the integrator accepts 1e-11 a step; at rest that is all that moves.
void expect_no_increase(const std::vector<double>& values) {
  EXPECT_GT(values.front() - values.back(), 1e-3) << "nothing to see";
  for (std::size_t i = 1; i < values.size(); ++i) EXPECT_LE(values[i], values[i - 1] + 1e-10) << "t = " << dense_times()[i];
}

struct Variant {
  const char* name;
  LearningRule rule;
};

/// Full gradients, positive rates, no truncation; `unequal`: rates of their own for the groups of weights.
std::vector<Variant> variants(Activation activation, bool unequal) {
  const LearningRule plain{activation, true, 1.5};
  std::vector<Variant> result{{"untied", plain}, {"noise", plain}, {"tied", plain}, {"falling rate", plain}};
  result[1].rule.noise = 0.3;
  result[2].rule.tying = Tying::tied;
  result[2].rule.decoder_scale = 0.4;
  result[2].rule.tied_rate = 2.5;
  result[3].rule.rate_decay_exponent = 0.5;
  if (unequal)
    for (auto& [name, rule] : result) {
      rule.bias_rate = 3.0;
      if (rule.tying != Tying::none) continue;
      rule.encoder_rate = 0.2;
      rule.decoder_rate = 2.0;
    }
  return result;
}

TEST(Monotone, TheErrorFallsWithoutDecay) {
  for (const auto activation : all_activations())
    for (const auto& [name, rule] : variants(activation, true)) {
      SCOPED_TRACE(fmt::format("{}, {}", aesweep::name(activation), name));
      Modes modes{spectrum(), testing::random_weights(2, 6, 0.4, 21)};
      impose(rule, modes.weights);
      expect_no_increase(along(rule, modes, false));
    }
}

TEST(Monotone, TheErrorFallsForLatentsOfAnyLaw) {
  const std::vector<double> spikes{1.5, 0.7};
  const Eigen::VectorXd rho_hat = (Eigen::VectorXd(5) << 1.6, 0.8, 0.1, 0.1, 0.1).finished();
  for (const auto law : {LatentLaw::rademacher, LatentLaw::sparse, LatentLaw::mixture})
    for (const auto activation : {Activation::erf, Activation::relu}) {
      SCOPED_TRACE(fmt::format("{}, law {}", aesweep::name(activation), static_cast<int>(law)));
      const Modes modes{{rho_hat, rho_hat.sum(), 0, latent_mixture({law}, spikes, 0.1)}, testing::random_weights(2, 5, 0.4, 4)};
      expect_no_increase(along({activation, true, 1.0, 0.0, 0.1}, modes, false));
    }
}

// A decay has to be constant over the rate for this: no falling rate.
TEST(Monotone, ErrorAndPenaltyFallWithDecay) {
  for (const auto activation : all_activations())
    for (const auto& [name, plain] : variants(activation, false)) {
      if (plain.rate_decay_exponent > 0.0) continue;
      LearningRule rule = plain;
      for (const bool per_neuron : {false, true}) {
        SCOPED_TRACE(fmt::format("{}, {}, a decay per neuron: {}", aesweep::name(activation), name, per_neuron));
        rule.weight_decay = 0.3;
        if (per_neuron) rule.neuron_decay = {0.05, 0.6};
        Modes modes{spectrum(), testing::random_weights(2, 6, 0.7, 22)};
        impose(rule, modes.weights);
        expect_no_increase(along(rule, modes, true));
      }
    }
}

// The penalty is needed: from the PCA solution decay raises the error, to ½Σ_{m≤2} ρ̂_m (κ/ηρ̂_m)² above.
TEST(Monotone, WithDecayTheErrorAloneMayRise) {
  const Modes modes{Eigen::Vector3d(2.0, 1.0, 0.5), aligned_weights(2, 3, 1.0, 1.0)};
  const LearningRule rule{Activation::linear, false, 1.0, 0.2};
  const auto error = along(rule, modes, false);
  EXPECT_NEAR(error.back() - error.front(), 0.5 * 0.04 * (1.0 / 2.0 + 1.0 / 1.0), 1e-9);
  expect_no_increase(along(rule, modes, true));
}

// So are full gradients and all neurons' residuals. Tied weights at the least error move on without the decoder's gradient (docs/replication.md);
// truncation drives a rotated PCA solution, which is as good as any, through worse ones to the axes.
TEST(Monotone, PartOfTheGradientMayRaiseTheError) {
  LearningRule tied{Activation::erf};
  tied.tying = Tying::tied;
  tied.decoder_scale = 0.1;
  tied.tied_rate = 100.0;
  Modes modes{Eigen::VectorXd::Ones(1), aligned_weights(1, 1, 1.0, 0.1)};
  modes.weights = follow(tied, modes, 1.0, {0.0, 200.0}, 1).back().weights;
  tied.tying = Tying::tied_encoder;
  const auto error = along(tied, modes, false);
  EXPECT_GT(error.back(), error.front() + 0.01);

  LearningRule truncated{Activation::linear};
  truncated.kind = RuleKind::truncated;
  const double c = std::cos(0.7), s = std::sin(0.7);
  RowMatrix rotation = RowMatrix::Zero(2, 3);
  rotation.leftCols(2) << c, s, -s, c;
  const auto way = along(truncated, {Eigen::Vector3d(2.0, 1.0, 0.1), {rotation, rotation, Eigen::Vector2d::Zero()}}, false);
  EXPECT_NEAR(way.front(), 0.05, 1e-14);
  EXPECT_GT(*std::max_element(way.begin(), way.end()), 0.06);
  EXPECT_NEAR(way.back(), 0.05, 1e-6);   // the slowest rate, ρ̂_1 − ρ̂_2 and less, at t = 20
}

// η only rescales time, and κ with it: (η, κ, t) and (1, κ/η, ηt) are one flow, whatever else is at work. Both are integrated to 1e-11 a step.
TEST(Monotone, TheRateRescalesTime) {
  for (const auto activation : all_activations())
    for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
      for (const auto tying : {Tying::none, Tying::tied, Tying::tied_encoder}) {
        SCOPED_TRACE(fmt::format("{}, kind {}, tying {}", aesweep::name(activation), static_cast<int>(kind), static_cast<int>(tying)));
        LearningRule fast{activation, true, 4.0, 0.2, 0.1}, slow{activation, true, 1.0, 0.05, 0.1};
        for (auto* rule : {&fast, &slow}) {
          rule->kind = kind;
          rule->tying = tying;
          rule->decoder_scale = 0.5;
          rule->tied_rate = 1.5;
        }
        Modes modes{spectrum(), testing::random_weights(2, 6, 0.5, 8)};
        impose(fast, modes.weights);
        const auto one = follow(fast, modes, spectrum().sum(), {0.0, 0.5, 2.0}, 2), other = follow(slow, modes, spectrum().sum(), {0.0, 2.0, 8.0}, 2);
        for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(one[i].pmse, other[i].pmse, 1e-9);
      }
}

}  // namespace
}  // namespace aesweep
