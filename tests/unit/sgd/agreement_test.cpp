// Blocks against one step after the other, on the same inputs: the same arithmetic in another order.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "aesweep/sgd/vector_sgd.hpp"
#include "plain_sgd.hpp"

namespace aesweep {
namespace {

struct Shape {
  Eigen::Index hidden, dimension;
};
// One neuron; rows shorter than a block; more neurons than a vector holds, rows that fill none.
constexpr std::array kShapes{Shape{1, 5}, Shape{3, 40}, Shape{9, 21}};
constexpr std::uint64_t kSteps = 1024;

std::vector<LearningRule> rules(const Shape& shape) {
  std::vector<LearningRule> result;
  const auto with_decays = [&](LearningRule rule) {
    for (const bool each : {false, true})
      for (const double exponent : {0.0, 0.5}) {
        rule.neuron_decay.clear();
        if (each)
          for (Eigen::Index k = 0; k < shape.hidden; ++k) rule.neuron_decay.push_back(0.02 * static_cast<double>(k % 4));
        rule.rate_decay_exponent = exponent;
        rule.rate_decay_time = 3.0;
        result.push_back(rule);
      }
  };
  for (const auto activation : all_activations())
    for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
      for (const auto tying : {Tying::none, Tying::tied, Tying::tied_encoder})
        for (const bool bias : {false, true})
          for (const double noise : {0.0, 0.1}) {
            LearningRule rule{activation, bias, 0.2, 0.03, noise};
            rule.kind = kind;
            rule.tying = tying;
            rule.encoder_rate = tying == Tying::none ? 0.7 : 1.0;
            rule.decoder_rate = tying == Tying::none ? 1.3 : 1.0;
            rule.bias_rate = bias ? 0.6 : 1.0;
            rule.decoder_scale = tying == Tying::none ? 1.0 : 0.6;
            rule.tied_rate = tying == Tying::none ? 1.0 : 0.8;
            with_decays(rule);
          }
  for (const auto kind : {RuleKind::hebb, RuleKind::normalised_hebb, RuleKind::oja, RuleKind::sanger})
    for (const double power : {2.0, 3.0}) {
      LearningRule rule{Activation::linear, false, kind == RuleKind::hebb ? 0.01 : 0.4, 0.03};
      rule.kind = kind;
      rule.norm_power = power;
      with_decays(rule);
    }
  return result;
}

std::string describe(const LearningRule& rule, const Shape& shape) {
  return std::string(name(rule.activation)) + ", rule " + std::to_string(static_cast<int>(rule.kind)) + ", tying " +
         std::to_string(static_cast<int>(rule.tying)) + ", bias " + std::to_string(rule.trained_bias) + ", noise " + std::to_string(rule.noise) +
         ", rate decay " + std::to_string(rule.rate_decay_exponent) + ", K " + std::to_string(shape.hidden) + ", D " + std::to_string(shape.dimension);
}

/// Largest difference of any weight after 1024 steps, in units of the largest weight or 1.
double difference(const LearningRule& rule, const Shape& shape, const InputSource& inputs) {
  const RandomStream stream(77, 3);
  Weights start = weights_from(random_start(shape.hidden, shape.dimension, 0.3, 0.3, is_pca_rule(rule.kind) ? 0.0 : 0.2, stream));
  impose(rule, start);
  testing::PlainSgd plain(rule, start, inputs, stream);
  while (plain.steps() < kSteps) plain.step();
  VectorSgd blocked(rule, start, inputs, stream);
  blocked.advance(kSteps);
  const Weights a = plain.weights(), b = blocked.weights();
  EXPECT_TRUE(a.finite()) << "the comparison is of nothing";
  EXPECT_GT((a.encoder - start.encoder).cwiseAbs().maxCoeff(), 1e-3) << "nothing moved";
  const double size = std::max({1.0, a.encoder.cwiseAbs().maxCoeff(), a.decoder.cwiseAbs().maxCoeff(), a.bias.cwiseAbs().maxCoeff()});
  const double distance = std::max({(a.encoder - b.encoder).cwiseAbs().maxCoeff(), (a.decoder - b.decoder).cwiseAbs().maxCoeff(),
                                    (a.bias - b.bias).cwiseAbs().maxCoeff()});
  return distance / size;
}

TEST(Agreement, OfEveryRule) {
  for (const auto& shape : kShapes) {
    const auto inputs = spiked_inputs(std::array{2.0, 1.0}, 1.0, shape.dimension);
    for (const auto& rule : rules(shape)) EXPECT_LT(difference(rule, shape, *inputs), 1e-12) << describe(rule, shape);
  }
}

// Inputs of every kind go through the same blocks.
TEST(Agreement, OfEveryKindOfInputs) {
  const Shape shape{9, 21};
  auto bytes = std::make_shared<std::array<std::uint8_t, 20 * 21>>();
  for (std::size_t i = 0; i < bytes->size(); ++i) (*bytes)[i] = static_cast<std::uint8_t>(i * i % 251);
  const ImagePool pool{std::shared_ptr<const std::uint8_t[]>(bytes, bytes->data()), 20, 21};
  const ImageStatistics statistics = image_statistics(pool);
  const std::array spikes{2.0, 1.0};
  std::vector<std::unique_ptr<InputSource>> sources;
  sources.push_back(gaussian_inputs(Spectrum({{1.0, 2}, {0.1, 19}})));
  for (const auto law : {LatentLaw::rademacher, LatentLaw::laplace, LatentLaw::sparse, LatentLaw::nonnegative, LatentLaw::mixture})
    sources.push_back(spiked_inputs(spikes, 1.0, shape.dimension, {law}));
  sources.push_back(image_inputs(pool, statistics));
  sources.push_back(finite_inputs(*sources.front(), 30));
  for (const auto& inputs : sources)
    for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
      for (const auto tying : {Tying::none, Tying::tied})
        for (const double noise : {0.0, 0.1}) {
          LearningRule rule{Activation::erf, true, 0.4, 0.03, noise};
          rule.kind = kind;
          rule.tying = tying;
          rule.decoder_scale = tying == Tying::none ? 1.0 : 0.6;
          EXPECT_LT(difference(rule, shape, *inputs), 1e-12) << describe(rule, shape) << ", source " << &inputs - sources.data();
        }
}

// Epochs of several blocks, within which overlaps are carried along, and rows of several panels.
TEST(Agreement, OfManyNeuronsAndOfLongRows) {
  for (const auto& shape : {Shape{64, 100}, Shape{5, 4500}}) {
    const auto inputs = spiked_inputs(std::array{2.0, 1.0}, 1.0, shape.dimension);
    for (const auto kind : {RuleKind::sgd, RuleKind::truncated, RuleKind::oja, RuleKind::sanger})
      for (const auto tying : {Tying::none, Tying::tied}) {
        if (is_pca_rule(kind) && tying != Tying::none) continue;
        LearningRule rule{is_pca_rule(kind) ? Activation::linear : Activation::erf, !is_pca_rule(kind), 0.4, 0.03};
        rule.kind = kind;
        rule.tying = tying;
        rule.decoder_scale = tying == Tying::none ? 1.0 : 0.1;
        EXPECT_LT(difference(rule, shape, *inputs), 1e-12) << describe(rule, shape);
      }
  }
}

}  // namespace
}  // namespace aesweep
