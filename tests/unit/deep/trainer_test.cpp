#include "aesweep/deep/trainer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "allocations.hpp"
#include "plain_network.hpp"

namespace aesweep {
namespace {

using testing::plain_loss;
using testing::plain_pass;
using testing::random_numbers;

/// Widths that leave something over in every tile and vector; a batch that ends within one.
DeepShape uneven(Activation activation) { return {3, {17, 7}, 2, {5, 9}, activation}; }
constexpr int kBatch = 21;

DeepRule rule_of(bool single, OptimizerKind optimizer = OptimizerKind::adam) {
  DeepRule rule;
  rule.optimizer = optimizer;
  rule.single_precision = single;
  rule.batch = kBatch;
  return rule;
}

/// Weights and biases of order one: no bias is zero.
std::vector<double> start_of(const DeepShape& shape, unsigned seed = 1) { return random_numbers(shape.parameters(), seed, 0.4); }
std::vector<double> points_of(const DeepShape& shape, unsigned seed = 2, int count = kBatch) {
  return random_numbers(static_cast<std::size_t>(shape.inputs * count), seed);
}

TEST(DeepTrainer, PassesPointsThroughAsPlainLoopsDo) {
  for (const auto activation : all_activations())
    for (const bool single : {false, true}) {
      const auto shape = uneven(activation);
      const auto start = start_of(shape), points = points_of(shape, 2, 300);
      const DeepTrainer trainer(shape, rule_of(single), start);
      std::vector<double> outputs(points.size()), latents(600);
      trainer.reconstruct(points, outputs, latents);
      const double tolerance = single ? 2e-5 : 1e-13;
      for (std::size_t s = 0; s < 300; s += 7) {
        const auto exact = plain_pass(shape, start, std::span(points).subspan(3 * s, 3));
        for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(outputs[3 * s + i], exact.output[i], tolerance * 10.0) << name(activation);
        for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(latents[2 * s + i], exact.latents[i], tolerance * 10.0) << name(activation);
      }
    }
}

// Central differences over h = 1e-5: their own error is 1e-10 of derivatives of order one, and 1e-11 by rounding.
TEST(DeepTrainer, GradientIsThatOfThePlainLoss) {
  for (const auto activation : all_activations()) {
    const auto shape = uneven(activation);
    auto parameters = start_of(shape);
    const auto points = points_of(shape);
    const DeepTrainer trainer(shape, rule_of(false), parameters);
    std::vector<double> gradient(parameters.size());
    EXPECT_NEAR(trainer.gradient(points, gradient), plain_loss(shape, parameters, points), 1e-12);
    const double largest = std::abs(*std::ranges::max_element(gradient, {}, [](double g) { return std::abs(g); }));
    constexpr double kStep = 1e-5;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const double old = parameters[i];
      parameters[i] = old + kStep;
      const double above = plain_loss(shape, parameters, points);
      parameters[i] = old - kStep;
      const double below = plain_loss(shape, parameters, points);
      parameters[i] = old;
      EXPECT_NEAR(gradient[i], (above - below) / (2.0 * kStep), 1e-7 * std::abs(gradient[i]) + 1e-9 * largest) << name(activation) << ", parameter " << i;
    }
  }
}

TEST(DeepTrainer, GradientInSinglePrecisionIsTheSame) {
  for (const auto activation : all_activations()) {
    const auto shape = uneven(activation);
    const auto start = start_of(shape), points = points_of(shape);
    std::vector<double> exact(start.size()), single(start.size());
    const double loss = DeepTrainer(shape, rule_of(false), start).gradient(points, exact);
    EXPECT_NEAR(DeepTrainer(shape, rule_of(true), start).gradient(points, single), loss, 1e-5 * loss);
    const double largest = std::abs(*std::ranges::max_element(exact, {}, [](double g) { return std::abs(g); }));
    for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(single[i], exact[i], 1e-5 * largest) << name(activation) << ", parameter " << i;
  }
}

// Kingma & Ba's algorithm number by number, the decay of weights alone beside it.
TEST(DeepTrainer, AdamIsThatOfItsPaper) {
  const auto shape = uneven(Activation::tanh);
  auto rule = rule_of(false);
  rule.learning_rate = 0.02;
  rule.weight_decay = 0.1;
  rule.rate_decay_exponent = 0.5;
  rule.rate_decay_time = 10.0;
  auto theta = start_of(shape);
  std::vector<double> m(theta.size()), v(theta.size()), gradient(theta.size());
  DeepTrainer trainer(shape, rule, theta);
  const std::size_t first_bias = 3 * 17, biases = 17;
  for (int t = 1; t <= 40; ++t) {
    const auto points = points_of(shape, static_cast<unsigned>(t));
    trainer.gradient(points, gradient);
    const double rate = 0.02 / std::sqrt(1.0 + (t - 1) / 10.0);
    trainer.step(points);
    for (std::size_t i = 0; i < first_bias + biases; ++i) {
      m[i] = 0.9 * m[i] + 0.1 * gradient[i];
      v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i];
      const double mean = m[i] / (1.0 - std::pow(0.9, t)), square = v[i] / (1.0 - std::pow(0.999, t));
      theta[i] -= rate * mean / (std::sqrt(square) + 1e-8) + (i < first_bias ? rate * 0.1 * theta[i] : 0.0);
    }
  }
  const auto learnt = trainer.parameters();
  for (std::size_t i = 0; i < first_bias + biases; ++i) EXPECT_NEAR(learnt[i], theta[i], 1e-11) << i;
  EXPECT_EQ(trainer.steps(), 40U);
}

TEST(DeepTrainer, DescentFollowsTheGradientAndDecays) {
  const auto shape = uneven(Activation::erf);
  auto rule = rule_of(false, OptimizerKind::sgd);
  rule.learning_rate = 0.05;
  rule.weight_decay = 0.2;
  const auto start = start_of(shape), points = points_of(shape);
  DeepTrainer trainer(shape, rule, start);
  std::vector<double> gradient(start.size());
  const double loss = trainer.gradient(points, gradient);
  EXPECT_EQ(trainer.step(points), loss);
  const auto learnt = trainer.parameters();
  for (std::size_t i = 0; i < 3 * 17; ++i) EXPECT_NEAR(learnt[i], start[i] - 0.05 * gradient[i] - 0.01 * start[i], 1e-15);
  for (std::size_t i = 3 * 17; i < 4 * 17; ++i) EXPECT_NEAR(learnt[i], start[i] - 0.05 * gradient[i], 1e-15);
  EXPECT_LT(trainer.gradient(points, gradient), loss);
}

TEST(DeepTrainer, PrecisionsLearnAlike) {
  const auto shape = uneven(Activation::tanh);
  const auto start = start_of(shape);
  DeepTrainer exact(shape, rule_of(false), start), single(shape, rule_of(true), start);
  double last = 0.0, last_single = 0.0;
  for (unsigned t = 0; t < 100; ++t) {
    const auto points = points_of(shape, t);
    last = exact.step(points);
    last_single = single.step(points);
  }
  EXPECT_NEAR(last_single, last, 1e-3 * last);
}

// A replica's bits are its own, whatever is trained beside it.
TEST(DeepTrainer, NeighboursDoNotMatter) {
  const auto shape = uneven(Activation::tanh);
  for (const bool single : {false, true}) {
    DeepTrainer alone(shape, rule_of(single), start_of(shape, 3));
    for (unsigned t = 0; t < 20; ++t) alone.step(points_of(shape, 100 + t));
    std::vector<DeepTrainer> group;
    for (unsigned r = 0; r < 4; ++r) group.emplace_back(shape, rule_of(single), start_of(shape, r));
    for (unsigned t = 0; t < 20; ++t)
      for (unsigned r = 0; r < 4; ++r) group[r].step(points_of(shape, r == 3 ? 100 + t : 50 * r + t));
    EXPECT_EQ(group[3].state(), alone.state());
  }
}

// Nor does where a point stands among others, or what went through before.
TEST(DeepTrainer, APointsPlaceDoesNotMatter) {
  const auto shape = uneven(Activation::gelu);
  for (const bool single : {false, true}) {
    const DeepTrainer trainer(shape, rule_of(single), start_of(shape));
    const auto points = points_of(shape, 9, 500);
    std::vector<double> together(points.size()), latents(1000), one(3), latent(2);
    trainer.reconstruct(points, together, latents);
    for (std::size_t s = 0; s < 500; s += 13) {
      trainer.reconstruct(std::span(points).subspan(3 * s, 3), one, latent);
      EXPECT_TRUE(std::equal(one.begin(), one.end(), together.begin() + static_cast<std::ptrdiff_t>(3 * s))) << s;
      EXPECT_TRUE(std::equal(latent.begin(), latent.end(), latents.begin() + static_cast<std::ptrdiff_t>(2 * s))) << s;
    }
    trainer.reconstruct(points, one = std::vector<double>(points.size()), {});
    EXPECT_EQ(one, together);
  }
}

// Looking at a network between its steps changes nothing.
TEST(DeepTrainer, GoesOnFromItsStateWithTheSameBits) {
  const auto shape = uneven(Activation::silu);
  for (const bool single : {false, true})
    for (const auto optimizer : {OptimizerKind::adam, OptimizerKind::sgd}) {
      DeepTrainer whole(shape, rule_of(single, optimizer), start_of(shape)), first(shape, rule_of(single, optimizer), start_of(shape));
      for (unsigned t = 0; t < 30; ++t) whole.step(points_of(shape, t));
      for (unsigned t = 0; t < 13; ++t) first.step(points_of(shape, t));
      DeepTrainer second(shape, rule_of(single, optimizer), start_of(shape, 77));
      second.restore(first.state());
      EXPECT_EQ(second.steps(), 13U);
      std::vector<double> seen(900), gradient(shape.parameters());
      second.reconstruct(points_of(shape, 5, 300), seen, {});
      second.gradient(points_of(shape, 6), gradient);
      for (unsigned t = 13; t < 30; ++t) second.step(points_of(shape, t));
      EXPECT_EQ(second.state(), whole.state());
      EXPECT_EQ(second.parameters(), whole.parameters());
    }
}

TEST(DeepTrainer, RefusesTheStateOfAnother) {
  const auto shape = uneven(Activation::tanh);
  DeepTrainer trainer(shape, rule_of(true), start_of(shape));
  EXPECT_THROW(trainer.restore(DeepTrainer(shape, rule_of(false), start_of(shape)).state()), std::runtime_error);
  EXPECT_THROW(trainer.restore(DeepTrainer(shape, rule_of(true, OptimizerKind::sgd), start_of(shape)).state()), std::runtime_error);
  EXPECT_THROW(trainer.restore(""), std::runtime_error);
}

TEST(DeepTrainer, DoesNotAllocate) {
  const auto shape = uneven(Activation::tanh);
  for (const bool single : {false, true})
    for (const auto optimizer : {OptimizerKind::adam, OptimizerKind::sgd}) {
      DeepTrainer trainer(shape, rule_of(single, optimizer), start_of(shape));
      const auto batch = points_of(shape), points = points_of(shape, 4, 400);
      std::vector<double> outputs(points.size()), latents(800);
      const auto before = testing::allocations.load();
      for (int t = 0; t < 10; ++t) trainer.step(batch);
      trainer.reconstruct(points, outputs, latents);
      EXPECT_EQ(testing::allocations.load(), before);
    }
}

// Nothing forbids it: a circle lies in two dimensions, turned about an axis of R³ or not. (Its chance error is 1/2.)
TEST(DeepTrainer, LearnsACircleThroughTwoDimensions) {
  const DeepShape shape{3, {32}, 2, {32}, Activation::tanh};
  DeepRule rule;
  rule.batch = 64;
  rule.learning_rate = 0.01;
  rule.rate_decay_exponent = 1.0;
  rule.rate_decay_time = 500.0;
  for (const bool single : {false, true}) {
    rule.single_precision = single;
    DeepTrainer trainer(shape, rule, deep_start(shape, 1.0, RandomStream(1, 0)));
    std::vector<double> batch(3 * 64);
    double loss = 0.0;
    for (int t = 0; t < 3000; ++t) {
      for (std::size_t s = 0; s < 64; ++s) {
        const double angle = 2.0 * std::numbers::pi * (static_cast<double>(s) + std::fmod(0.618034 * t, 1.0)) / 64.0;
        batch[3 * s] = std::cos(angle);
        batch[3 * s + 1] = 0.6 * std::sin(angle);
        batch[3 * s + 2] = 0.8 * std::sin(angle);
      }
      loss = trainer.step(batch);
    }
    EXPECT_LT(loss, 1e-5);
  }
}

}  // namespace
}  // namespace aesweep
