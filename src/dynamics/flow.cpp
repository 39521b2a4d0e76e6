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

Flow::Flow(const LearningRule& rule, Eigen::Index hidden, const Population& population)
    : rule_(rule), hidden_(hidden), rho_hat_(population.rho_hat), seen_(rho_hat_.array() + rule.noise), scaled_(hidden, rho_hat_.size()),
      Q_(hidden, hidden), T0_(hidden, hidden), M_(hidden, hidden), S_(hidden, hidden), R_(hidden), moments_(hidden), frozen_(population.frozen) {
  assert(frozen_ == 0 || (rule.tying == Tying::none && !is_pca_rule(rule.kind) && rule.noise == 0.0));
  if (population.mixture && !is_pca_rule(rule.kind)) mixture_.emplace(rule.activation, hidden, population, rule.noise);
}

void Flow::mask(Eigen::MatrixXd& matrix) const {
  for (Eigen::Index k = 0; k < hidden_; ++k)
    for (Eigen::Index a = 0; a < hidden_; ++a)
      if (!takes_off(rule_.kind, k, a)) matrix(k, a) = 0.0;
}

/// The brackets of dW/dt and dV̂/dt, with Q, T0 and their moments left for the bias.
void Flow::descend(const Eigen::Ref<const RowMatrix>& W, const Eigen::Ref<const RowMatrix>& V, Eigen::Ref<RowMatrix> gW, Eigen::Ref<RowMatrix> gV) {
  for (Eigen::Index k = 0; k < hidden_; ++k) R_[k] = (V.row(k).array() * rho_hat_.transpose().array() * W.row(k).array()).sum();
  S_ = moments_.S;
  if (rule_.kind == RuleKind::truncated) {
    mask(S_);
    mask(T0_);
  }
  M_ = -T0_.cwiseProduct(moments_.G);
  for (Eigen::Index k = 0; k < hidden_; ++k) M_(k, k) += R_[k] * moments_.c3[k] - T0_.row(k).dot(moments_.H.row(k));
  gW.noalias() = M_ * scaled_;
  gV.noalias() = S_ * V;
  const auto rho = rho_hat_.transpose().array();
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    gW.row(k).array() += moments_.a[k] * V.row(k).array() * rho;
    gV.row(k).array() = moments_.a[k] * W.row(k).array() * rho - gV.row(k).array();
  }
}

/// The same with averages over the mixture's nodes.
void Flow::descend_mixture(const Eigen::Ref<const RowMatrix>& W, const Eigen::Ref<const RowMatrix>& V, const Eigen::Ref<const Eigen::VectorXd>& b,
                           Eigen::Ref<RowMatrix> gW, Eigen::Ref<RowMatrix> gV) {
  if (rule_.kind == RuleKind::truncated) mask(T0_);
  mixture_->flow(W, V, b, T0_);
  S_ = mixture_->S;
  if (rule_.kind == RuleKind::truncated) mask(S_);
  const Eigen::Index m = mixture_->value_mean.cols(), rest = W.cols() - m;
  gV.noalias() = -S_ * V;
  gV.leftCols(m) += mixture_->value_mean + mixture_->slope_spread.cwiseProduct(W.leftCols(m));
  gW.rightCols(rest).noalias() = mixture_->M * scaled_.rightCols(rest);
  gW.leftCols(m) = mixture_->pull_mean + mixture_->M_spread + mixture_->slope_spread.cwiseProduct(V.leftCols(m));
  if (rule_.noise > 0.0) gW.leftCols(m).noalias() += rule_.noise * mixture_->M * W.leftCols(m);
  const auto rho = rho_hat_.tail(rest).transpose().array();
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    gW.row(k).tail(rest).array() += mixture_->slope[k] * V.row(k).tail(rest).array() * rho;
    gV.row(k).tail(rest).array() += mixture_->slope[k] * W.row(k).tail(rest).array() * rho;
  }
}

void Flow::bias_gradient(Eigen::Ref<Eigen::VectorXd> gb) const {
  for (Eigen::Index k = 0; k < hidden_; ++k) gb[k] = R_[k] * moments_.c1[k] - T0_.row(k).dot(moments_.P.row(k));
}

void Flow::pca(const Eigen::Ref<const RowMatrix>& W, Eigen::Ref<RowMatrix> gW) {
  if (rule_.kind == RuleKind::normalised_hebb) {
    for (Eigen::Index k = 0; k < hidden_; ++k) {
      const auto size = W.row(k).array().abs().pow(rule_.norm_power - 2.0);
      const double growth = (size * W.row(k).array() * scaled_.row(k).array()).sum() / (size * W.row(k).array().square()).sum();
      gW.row(k) = scaled_.row(k) - growth * W.row(k);
    }
    return;
  }
  mask(Q_);
  gW.noalias() = -Q_ * W;
  gW += scaled_;   // no noise: scaled_ = Wρ̂
}

/// The brackets of dW/dt, dV̂/dt and, where the bias is trained, db/dt; `gb` is 0 before.
void Flow::differentiate(const Eigen::Ref<const RowMatrix>& W, const Eigen::Ref<const RowMatrix>& V, const Eigen::Ref<const Eigen::VectorXd>& b,
                         Eigen::Ref<RowMatrix> gW, Eigen::Ref<RowMatrix> gV, Eigen::Ref<Eigen::VectorXd> gb) {
  if (mixture_) {
    descend_mixture(W, V, b, gW, gV);
    if (rule_.trained_bias) gb = mixture_->pull;
    return;
  }
  gaussian_moments(rule_.activation, b, Q_, rule_.trained_bias ? MomentSet::flow_with_bias : MomentSet::flow, moments_);
  descend(W, V, gW, gV);
  if (rule_.trained_bias) bias_gradient(gb);
}

void Flow::operator()(const FlowState& state, FlowState& derivative, double t) {
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
  db.setZero();
  const double eta = rate_at(rule_, t);
  if (is_pca_rule(rule_.kind)) {
    pca(W, dW);
    for (Eigen::Index k = 0; k < hidden_; ++k) dW.row(k) = eta * dW.row(k) - decay_of(rule_, k) * W.row(k);
    dV = dW;
    return;
  }
  differentiate(W, V, b, dW, dV, db);
  db *= eta * rule_.bias_rate;
  dW.rightCols(frozen_).setZero();
  dV.rightCols(frozen_).setZero();
  const double alpha = rule_.decoder_scale;
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    const double kappa = decay_of(rule_, k);
    if (rule_.tying == Tying::none) {
      dW.row(k) = eta * rule_.encoder_rate * dW.row(k) - kappa * W.row(k);
      dV.row(k) = eta * rule_.decoder_rate * dV.row(k) - kappa * V.row(k);
    } else {
      if (rule_.tying == Tying::tied) dW.row(k) += alpha * dV.row(k);
      dW.row(k) = eta * rule_.tied_rate * dW.row(k) - kappa * W.row(k);
      dV.row(k) = alpha * dW.row(k);
    }
  }
}

}  // namespace aesweep
