#include "aesweep/sgd/vector_sgd.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/sgd/simulate.hpp"
#include "allocations.hpp"

namespace aesweep {
namespace {

const std::vector<double> kSpikes{2.0, 1.0};

// The update rule of equations.md §1 written out in its own, unscaled variables w, v and inputs x, with the √D's and D²'s as they stand there.
struct Unscaled {
  Eigen::MatrixXd w, v;
  Eigen::VectorXd b;

  void step(const LearningRule& rule, const Eigen::VectorXd& x, const Eigen::VectorXd& corrupted) {
    const auto D = static_cast<double>(x.size());
    const Eigen::Index K = w.rows();
    Eigen::VectorXd g(K), slope(K), output = Eigen::VectorXd::Zero(x.size());
    for (Eigen::Index k = 0; k < K; ++k) {
      const auto unit = evaluate(rule.activation, w.row(k).dot(corrupted) / std::sqrt(D) + b[k]);
      g[k] = unit.value;
      slope[k] = unit.slope;
      output += v.row(k).transpose() * g[k];
    }
    const Eigen::VectorXd delta = x - output;
    const double eta = rule.learning_rate, kappa = rule.weight_decay;
    const Eigen::MatrixXd w_old = w, v_old = v;
    for (Eigen::Index k = 0; k < K; ++k) {
      const double back = v_old.row(k).dot(delta) * slope[k];
      v.row(k) += eta / D * g[k] * delta.transpose() - kappa / D * v_old.row(k);
      w.row(k) += eta / (D * D) / std::sqrt(D) * back * corrupted.transpose() - kappa / D * w_old.row(k);
      if (rule.trained_bias) b[k] += eta / (D * D) * back;
    }
  }
};

// 200 steps of both; rounding grows by a few eps a step.
TEST(VectorSgd, IsTheRuleOfThePaper) {
  const Eigen::Index D = 50, K = 3;
  const auto inputs = spiked_inputs(kSpikes, 1.0, D);
  const RandomStream stream(42, 1);
  const Start start = random_start(K, D, 0.5, 0.8, 0.2, stream);
  for (const auto activation : all_activations()) {
    const LearningRule rule{activation, true, 0.9, 0.3, 0.25};
    VectorSgd replica(rule, weights_from(start), *inputs, stream);
    Unscaled direct{start.encoder, start.decoder * std::sqrt(static_cast<double>(D)), start.bias};
    std::vector<double> scaled(D), noise(D);
    for (std::uint64_t s = 0; s < 200; ++s) {
      inputs->draw(stream, s, scaled);
      stream.normals(Purpose::corruption, s, noise);
      const Eigen::VectorXd x = Eigen::Map<Eigen::VectorXd>(scaled.data(), D) * std::sqrt(static_cast<double>(D));
      const double std_noise = std::sqrt(rule.noise * static_cast<double>(D));   // s = √(D ŝ²)
      direct.step(rule, x, x + std_noise * Eigen::Map<Eigen::VectorXd>(noise.data(), D));
      replica.step();
    }
    EXPECT_LT((replica.weights().encoder - direct.w).cwiseAbs().maxCoeff(), 1e-11) << name(activation);
    EXPECT_LT((replica.weights().decoder * std::sqrt(static_cast<double>(D)) - direct.v).cwiseAbs().maxCoeff(), 1e-10) << name(activation);
    EXPECT_LT((replica.weights().bias - direct.b).cwiseAbs().maxCoeff(), 1e-11) << name(activation);
    EXPECT_GT((replica.weights().bias - start.bias).cwiseAbs().maxCoeff(), 1e-4) << "the bias did not move";
  }
}

TEST(VectorSgd, LeavesAnUntrainedBiasAlone) {
  const auto inputs = spiked_inputs(kSpikes, 1.0, 20);
  const RandomStream stream(1, 0);
  VectorSgd replica({Activation::erf, false, 1.0, 0.1, 0.0}, weights_from(random_start(2, 20, 0.5, 0.5, 0.3, stream)), *inputs, stream);
  for (int s = 0; s < 50; ++s) replica.step();
  EXPECT_EQ(replica.weights().bias, Eigen::Vector2d(0.3, 0.3));
}

TEST(VectorSgd, AStepDoesNotAllocate) {
  const auto inputs = spiked_inputs(kSpikes, 1.0, 100);
  const RandomStream stream(1, 0);
  VectorSgd replica({Activation::erf, true, 1.0, 0.1, 0.1}, weights_from(random_start(3, 100, 0.5, 0.5, 0.0, stream)), *inputs, stream);
  replica.step();
  const auto before = testing::allocations.load();
  for (int s = 0; s < 20; ++s) replica.step();
  EXPECT_EQ(testing::allocations, before);
}

TEST(Simulate, ShowsTheWeightsAfterTheRoundedNumberOfSteps) {
  const auto inputs = spiked_inputs(kSpikes, 1.0, 30);
  const RandomStream stream(1, 0);
  VectorSgd replica({}, weights_from(random_start(1, 30, 0.5, 0.5, 0.0, stream)), *inputs, stream);
  std::vector<std::uint64_t> steps;
  simulate(replica, {0.0, 0.02, 1.0, 2.06}, [&](std::size_t, const Weights&) {
    steps.push_back(replica.steps());
    return true;
  }, [] {});
  EXPECT_EQ(steps, (std::vector<std::uint64_t>{0, 1, 30, 62}));   // 0.6 → 1, 61.8 → 62
}

TEST(Simulate, StopsWhenToldAndPolls) {
  const auto inputs = spiked_inputs(kSpikes, 1.0, 30);
  const RandomStream stream(1, 0);
  VectorSgd replica({}, weights_from(random_start(1, 30, 0.5, 0.5, 0.0, stream)), *inputs, stream);
  int polls = 0;
  const auto steps = simulate(replica, {0.0, 1.0, 2.0}, [](std::size_t i, const Weights&) { return i < 1; }, [&] { ++polls; });
  EXPECT_EQ(steps, 30u);
  EXPECT_GT(polls, 0);
}

}  // namespace
}  // namespace aesweep
