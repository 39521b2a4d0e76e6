#pragma once
#include <cmath>
#include <cstdint>

#include "aesweep/data/inputs.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep::testing {

/// One-pass SGD step by step, as aesweep/sgd/vector_sgd.hpp writes it: Δ is formed, and every row of the weights moves at every step. What the blocked
/// algorithm is compared with.
class PlainSgd {
 public:
  PlainSgd(const LearningRule& rule, Weights start, const InputSource& inputs, const RandomStream& stream, std::uint64_t steps = 0)
      : rule_(rule), weights_(std::move(start)), inputs_(inputs), stream_(stream), steps_(steps), clean_(inputs.dimension()),
        noisy_(inputs.dimension()), residual_(inputs.dimension()), value_(weights_.hidden()), slope_(weights_.hidden()) {}

  const Weights& weights() const { return weights_; }
  std::uint64_t steps() const { return steps_; }

  void step() {
    const auto size = static_cast<std::size_t>(clean_.size());
    inputs_.draw(stream_, steps_, {clean_.data(), size});
    const double* seen = clean_.data();
    if (rule_.noise > 0.0) {
      stream_.normals(Purpose::corruption, steps_, {noisy_.data(), size});
      noisy_ = clean_ + std::sqrt(rule_.noise) * noisy_;
      seen = noisy_.data();
    }
    const Eigen::Map<const Eigen::RowVectorXd> x(seen, clean_.size());

    auto& [W, V, b] = weights_;
    for (Eigen::Index k = 0; k < W.rows(); ++k) {
      const auto [value, slope] = evaluate(rule_.activation, W.row(k).dot(x) + b[k]);
      value_[k] = value;
      slope_[k] = slope;
    }
    residual_ = clean_;
    const bool stepwise = rule_.kind == RuleKind::truncated || rule_.kind == RuleKind::sanger;   // neuron k sees the neurons up to k
    const auto take_off = [&](Eigen::Index k) { residual_.noalias() -= value_[k] * V.row(k).transpose(); };
    if (!stepwise && !is_hebbian(rule_.kind))
      for (Eigen::Index k = 0; k < W.rows(); ++k) take_off(k);
    for (Eigen::Index k = 0; k < W.rows(); ++k) {
      if (stepwise) take_off(k);   // V's row k is still the old one
      update(k, x);
    }
    ++steps_;
  }

 private:
  /// Moves neuron k by its residual; old weights on the right.
  void update(Eigen::Index k, const Eigen::Ref<const Eigen::RowVectorXd>& x) {
    auto& [W, V, b] = weights_;
    const double dimension = static_cast<double>(clean_.size());
    const double rate = rate_at(rule_, static_cast<double>(steps_) / dimension) / dimension, keep = 1.0 - decay_of(rule_, k) / dimension;
    if (is_pca_rule(rule_.kind)) {
      W.row(k) = keep * W.row(k) + rate * value_[k] * residual_.transpose();
      if (rule_.kind == RuleKind::normalised_hebb) normalise(W.row(k), rule_.norm_power);
      V.row(k) = W.row(k);
      return;
    }
    const double pull = V.row(k).dot(residual_.transpose()) * slope_[k];
    if (rule_.trained_bias) b[k] += rate * rule_.bias_rate * pull;
    if (rule_.tying == Tying::none) {
      V.row(k) = keep * V.row(k) + rate * rule_.decoder_rate * value_[k] * residual_.transpose();
      W.row(k) = keep * W.row(k) + rate * rule_.encoder_rate * pull * x;
      return;
    }
    const double alpha = rule_.decoder_scale, tied = rate * rule_.tied_rate;
    W.row(k) = keep * W.row(k) + tied * pull * x;
    if (rule_.tying == Tying::tied) W.row(k) += tied * alpha * value_[k] * residual_.transpose();
    V.row(k) = alpha * W.row(k);
  }

  LearningRule rule_;
  Weights weights_;
  const InputSource& inputs_;
  RandomStream stream_;
  std::uint64_t steps_;
  Eigen::VectorXd clean_, noisy_, residual_;   // x̌, x̃, Δ
  Eigen::VectorXd value_, slope_;              // g(λ), g'(λ)
};

}  // namespace aesweep::testing
