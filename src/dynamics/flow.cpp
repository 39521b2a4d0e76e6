#include "aesweep/dynamics/flow.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace aesweep {
namespace {

using ConstRows = Eigen::Map<const RowMatrix>;
using Rows = Eigen::Map<RowMatrix>;

}  // namespace

FlowState pack(const Weights& weights) {
  FlowState state(static_cast<std::size_t>(2 * weights.encoder.size() + weights.bias.size()));
  auto* end = std::copy_n(weights.encoder.data(), weights.encoder.size(), state.data());
  end = std::copy_n(weights.decoder.data(), weights.decoder.size(), end);
  std::copy_n(weights.bias.data(), weights.bias.size(), end);
  return state;
}

void unpack(const FlowState& state, Weights& weights) {
  assert(state.size() == static_cast<std::size_t>(2 * weights.encoder.size() + weights.bias.size()));
  const double* from = state.data();
  std::copy_n(from, weights.encoder.size(), weights.encoder.data());
  std::copy_n(from + weights.encoder.size(), weights.decoder.size(), weights.decoder.data());
  std::copy_n(from + 2 * weights.encoder.size(), weights.bias.size(), weights.bias.data());
}

Flow::Flow(const LearningRule& rule, Eigen::Index hidden, const Eigen::VectorXd& rho_hat)
    : rule_(rule), hidden_(hidden), rho_hat_(rho_hat), seen_(rho_hat.array() + rule.noise), scaled_(hidden, rho_hat.size()), Q_(hidden, hidden),
      T0_(hidden, hidden), M_(hidden, hidden), R_(hidden), moments_(hidden) {}

void Flow::operator()(const FlowState& state, FlowState& derivative, double /*t*/) {
  const Eigen::Index n = rho_hat_.size(), size = hidden_ * n;
  const ConstRows W(state.data(), hidden_, n), V(state.data() + size, hidden_, n);
  const Eigen::Map<const Eigen::VectorXd> b(state.data() + 2 * size, hidden_);
  Rows dW(derivative.data(), hidden_, n), dV(derivative.data() + size, hidden_, n);
  Eigen::Map<Eigen::VectorXd> db(derivative.data() + 2 * size, hidden_);

  scaled_.noalias() = W * seen_.asDiagonal();
  Q_.noalias() = scaled_ * W.transpose();
  T0_.noalias() = V * V.transpose();
  if (!Q_.allFinite() || !T0_.allFinite() || !b.allFinite()) {
    std::ranges::fill(derivative, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  for (Eigen::Index k = 0; k < hidden_; ++k) R_[k] = (V.row(k).array() * rho_hat_.transpose().array() * W.row(k).array()).sum();
  gaussian_moments(rule_.activation, b, Q_, rule_.trained_bias ? MomentSet::flow_with_bias : MomentSet::flow, moments_);

  M_ = -T0_.cwiseProduct(moments_.G);
  for (Eigen::Index k = 0; k < hidden_; ++k) M_(k, k) += R_[k] * moments_.c3[k] - T0_.row(k).dot(moments_.H.row(k));

  const double eta = rule_.learning_rate, kappa = rule_.weight_decay;
  dW.noalias() = M_ * scaled_;
  dV.noalias() = moments_.S * V;
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    const auto rho = rho_hat_.transpose().array();
    dW.row(k).array() = eta * (moments_.a[k] * V.row(k).array() * rho + dW.row(k).array()) - kappa * W.row(k).array();
    dV.row(k).array() = eta * (moments_.a[k] * W.row(k).array() * rho - dV.row(k).array()) - kappa * V.row(k).array();
    db[k] = rule_.trained_bias ? eta * (R_[k] * moments_.c1[k] - T0_.row(k).dot(moments_.P.row(k))) : 0.0;
  }
}

}  // namespace aesweep
