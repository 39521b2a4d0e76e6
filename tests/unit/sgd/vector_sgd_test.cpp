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
    }
    replica.advance(200);
    EXPECT_LT((replica.weights().encoder - direct.w).cwiseAbs().maxCoeff(), 1e-11) << name(activation);
    EXPECT_LT((replica.weights().decoder * std::sqrt(static_cast<double>(D)) - direct.v).cwiseAbs().maxCoeff(), 1e-10) << name(activation);
    EXPECT_LT((replica.weights().bias - direct.b).cwiseAbs().maxCoeff(), 1e-11) << name(activation);
    EXPECT_GT((replica.weights().bias - start.bias).cwiseAbs().maxCoeff(), 1e-4) << "the bias did not move";
  }
}

// The same for tied weights, in the paper's own variables: u_k += (ηr/D²)[(1/√D)(u_k·Δ) g'(λ_k) x̃ + g(λ_k) Δ] − (κ/D) u_k; without the second term for the
// encoder's gradient alone.
TEST(VectorSgd, TiedIsTheRuleOfThePaper) {
  const Eigen::Index D = 40, K = 2;
  const double root = std::sqrt(static_cast<double>(D)), square = static_cast<double>(D * D);
  const auto inputs = spiked_inputs(kSpikes, 1.0, D);
  const RandomStream stream(5, 2);
  for (const auto tying : {Tying::tied, Tying::tied_encoder}) {
    LearningRule rule{Activation::erf, false, 0.9, 0.3, 0.0};
    rule.tying = tying;
    rule.tied_rate = 12.0;
    rule.decoder_scale = 1.0 / root;
    Weights start = weights_from(random_start(K, D, 0.5, 0.0, 0.0, stream));
    impose(rule, start);
    Eigen::MatrixXd u = start.encoder;
    VectorSgd replica(rule, start, *inputs, stream);
    std::vector<double> scaled(D);
    for (std::uint64_t s = 0; s < 100; ++s) {
      inputs->draw(stream, s, scaled);
      const Eigen::VectorXd x = Eigen::Map<Eigen::VectorXd>(scaled.data(), D) * root;
      Eigen::VectorXd g(K), slope(K), delta = x;
      for (Eigen::Index k = 0; k < K; ++k) {
        const auto unit = evaluate(rule.activation, u.row(k).dot(x) / root);
        g[k] = unit.value;
        slope[k] = unit.slope;
        delta -= unit.value * u.row(k).transpose();
      }
      const Eigen::MatrixXd old = u;
      for (Eigen::Index k = 0; k < K; ++k) {
        Eigen::VectorXd pull = old.row(k).dot(delta) / root * slope[k] * x;
        if (tying == Tying::tied) pull += g[k] * delta;
        u.row(k) += rule.learning_rate * rule.tied_rate / square * pull.transpose() - rule.weight_decay / static_cast<double>(D) * old.row(k);
      }
    }
    replica.advance(100);
    EXPECT_LT((replica.weights().encoder - u).cwiseAbs().maxCoeff(), 1e-11);
    EXPECT_GT((u - Eigen::MatrixXd(start.encoder)).cwiseAbs().maxCoeff(), 1e-2) << "nothing moved";
  }
}

// Truncated SGD [RG24 §3.5] and the PCA rules [appendix A], neuron by neuron with every Δ^(k) formed by itself.
TEST(VectorSgd, TruncatedAndPcaRulesAreThoseOfThePaper) {
  const Eigen::Index D = 30, K = 3;
  const auto inputs = spiked_inputs(kSpikes, 1.0, D);
  const RandomStream stream(9, 4);
  for (const auto kind : {RuleKind::truncated, RuleKind::hebb, RuleKind::normalised_hebb, RuleKind::oja, RuleKind::sanger}) {
    LearningRule rule{is_pca_rule(kind) ? Activation::linear : Activation::relu, false, 0.7, 0.2, 0.0};
    rule.kind = kind;
    rule.norm_power = 3.0;
    rule.rate_decay_exponent = 0.5;
    rule.rate_decay_time = 0.3;
    Weights start = weights_from(random_start(K, D, 0.5, 0.8, 0.0, stream));
    impose(rule, start);
    Eigen::MatrixXd W = start.encoder, V = start.decoder;
    VectorSgd replica(rule, start, *inputs, stream);
    Eigen::VectorXd x(D);
    for (std::uint64_t s = 0; s < 60; ++s) {
      inputs->draw(stream, s, {x.data(), static_cast<std::size_t>(D)});
      const Eigen::MatrixXd W_old = W, V_old = V;
      const double t = static_cast<double>(s) / static_cast<double>(D);
      const double rate = rule.learning_rate / std::sqrt(1.0 + t / 0.3) / static_cast<double>(D), decay = rule.weight_decay / static_cast<double>(D);
      for (Eigen::Index k = 0; k < K; ++k) {
        Eigen::VectorXd delta = x;
        for (Eigen::Index a = 0; a < K; ++a) {
          const double output = evaluate(rule.activation, W_old.row(a).dot(x)).value;
          const bool counts = kind == RuleKind::oja || ((kind == RuleKind::truncated || kind == RuleKind::sanger) && a <= k);
          if (counts) delta -= output * V_old.row(a).transpose();
        }
        const auto unit = evaluate(rule.activation, W_old.row(k).dot(x));
        if (is_pca_rule(kind)) {
          W.row(k) += rate * unit.value * delta.transpose() - decay * W_old.row(k);
          if (kind == RuleKind::normalised_hebb) W.row(k) /= std::cbrt(W.row(k).array().abs().cube().sum());
          V.row(k) = W.row(k);
        } else {
          V.row(k) += rate * unit.value * delta.transpose() - decay * V_old.row(k);
          W.row(k) += rate * V_old.row(k).dot(delta) * unit.slope * x.transpose() - decay * W_old.row(k);
        }
      }
    }
    replica.advance(60);
    EXPECT_LT((replica.weights().encoder - W).cwiseAbs().maxCoeff(), 1e-11 * W.cwiseAbs().maxCoeff()) << static_cast<int>(kind);
    EXPECT_LT((replica.weights().decoder - V).cwiseAbs().maxCoeff(), 1e-11 * V.cwiseAbs().maxCoeff()) << static_cast<int>(kind);
  }
}

TEST(VectorSgd, LeavesAnUntrainedBiasAlone) {
  const auto inputs = spiked_inputs(kSpikes, 1.0, 20);
  const RandomStream stream(1, 0);
  VectorSgd replica({Activation::erf, false, 1.0, 0.1, 0.0}, weights_from(random_start(2, 20, 0.5, 0.5, 0.3, stream)), *inputs, stream);
  replica.advance(50);
  EXPECT_EQ(replica.weights().bias, Eigen::Vector2d(0.3, 0.3));
}

// Untied, tied and truncated, whole blocks and parts of one, one panel and several.
TEST(VectorSgd, StepsDoNotAllocate) {
  for (const Eigen::Index D : {100, 10'000}) {
    const auto inputs = spiked_inputs(kSpikes, 1.0, D);
    const RandomStream stream(1, 0);
    for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
      for (const auto tying : {Tying::none, Tying::tied}) {
        LearningRule rule{Activation::erf, true, 1.0, 0.1, 0.1};
        rule.kind = kind;
        rule.tying = tying;
        VectorSgd replica(rule, weights_from(random_start(3, D, 0.5, 0.5, 0.0, stream)), *inputs, stream);
        const Poll poll = [] {};
        const auto before = testing::allocations.load();
        replica.advance(1, poll);
        replica.advance(50, poll);
        EXPECT_EQ(testing::allocations, before);
      }
  }
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
