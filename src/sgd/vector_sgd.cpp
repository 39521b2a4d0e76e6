#include "aesweep/sgd/vector_sgd.hpp"

#include <cassert>
#include <cmath>

namespace aesweep {

VectorSgd::VectorSgd(const LearningRule& rule, Weights start, const InputSource& inputs, const RandomStream& stream)
    : rule_(rule), weights_(std::move(start)), inputs_(inputs), stream_(stream), clean_(inputs.dimension()), noisy_(inputs.dimension()),
      residual_(inputs.dimension()), value_(weights_.hidden()), slope_(weights_.hidden()) {
  assert(weights_.modes() == inputs.dimension());
}

void VectorSgd::step() {
  const auto size = static_cast<std::size_t>(clean_.size());
  const double dimension = static_cast<double>(clean_.size());
  inputs_.draw(stream_, steps_, {clean_.data(), size});
  const double* seen = clean_.data();
  if (rule_.noise > 0.0) {
    stream_.normals(Purpose::corruption, steps_, {noisy_.data(), size});
    noisy_ = clean_ + std::sqrt(rule_.noise) * noisy_;
    seen = noisy_.data();
  }
  const Eigen::Map<const Eigen::RowVectorXd> x(seen, clean_.size());

  auto& [W, V, b] = weights_;
  residual_ = clean_;
  for (Eigen::Index k = 0; k < W.rows(); ++k) {
    const auto [value, slope] = evaluate(rule_.activation, W.row(k).dot(x) + b[k]);
    value_[k] = value;
    slope_[k] = slope;
    residual_.noalias() -= value * V.row(k).transpose();
  }
  const double rate = rule_.learning_rate / dimension, keep = 1.0 - rule_.weight_decay / dimension;
  for (Eigen::Index k = 0; k < W.rows(); ++k) {
    const double pull = rate * V.row(k).dot(residual_.transpose()) * slope_[k];
    V.row(k) = keep * V.row(k) + rate * value_[k] * residual_.transpose();
    W.row(k) = keep * W.row(k) + pull * x;
    if (rule_.trained_bias) b[k] += pull;
  }
  ++steps_;
}

}  // namespace aesweep
