#include "aesweep/dynamics/flow.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "passes.hpp"

namespace aesweep {
namespace {

std::size_t rows_size(const Weights& weights) { return static_cast<std::size_t>(weights.hidden() * flow_stride(weights.modes())); }

lanes::Matrix symmetric_view(Eigen::MatrixXd& matrix) { return {matrix.data(), matrix.cols()}; }
lanes::ConstMatrix view(const RowMatrix& matrix) { return {matrix.data(), matrix.cols()}; }

/// Numbers with zeros up to a row's length.
FlowState row_of(const Eigen::VectorXd& numbers) {
  FlowState row(static_cast<std::size_t>(flow_stride(numbers.size())));
  std::ranges::copy(numbers, row.begin());
  return row;
}

}  // namespace

Eigen::Index flow_stride(Eigen::Index modes) { return lanes::row_stride(modes); }

FlowState pack(const Weights& weights) {
  const std::size_t size = rows_size(weights);
  FlowState state(2 * size + static_cast<std::size_t>(weights.bias.size()));
  const Eigen::OuterStride<> stride(flow_stride(weights.modes()));
  Eigen::Map<RowMatrix, 0, Eigen::OuterStride<>>(state.data(), weights.hidden(), weights.modes(), stride) = weights.encoder;
  Eigen::Map<RowMatrix, 0, Eigen::OuterStride<>>(state.data() + size, weights.hidden(), weights.modes(), stride) = weights.decoder;
  std::ranges::copy(weights.bias, state.data() + 2 * size);
  return state;
}

void unpack(const FlowState& state, Weights& weights) {
  const std::size_t size = rows_size(weights);
  assert(state.size() == 2 * size + static_cast<std::size_t>(weights.bias.size()));
  const Eigen::OuterStride<> stride(flow_stride(weights.modes()));
  weights.encoder = Eigen::Map<const RowMatrix, 0, Eigen::OuterStride<>>(state.data(), weights.hidden(), weights.modes(), stride);
  weights.decoder = Eigen::Map<const RowMatrix, 0, Eigen::OuterStride<>>(state.data() + size, weights.hidden(), weights.modes(), stride);
  std::copy_n(state.data() + 2 * size, weights.bias.size(), weights.bias.data());
}

Flow::Flow(const LearningRule& rule, Eigen::Index hidden, const Population& population)
    : rule_(rule), hidden_(hidden), modes_(population.rho_hat.size()), stride_(flow_stride(modes_)), frozen_(population.frozen),
      rho_hat_(row_of(population.rho_hat)), seen_(row_of(population.rho_hat.array() + rule.noise)),
      scaled_(hidden > kFewNeurons ? static_cast<std::size_t>(hidden * stride_) : 0), Q_(hidden, hidden), T0_(hidden, hidden), R_(hidden),
      encoder_slope_(hidden, hidden), decoder_slope_(hidden, hidden), encoder_cross_(hidden), decoder_cross_(hidden),
      decay_(Eigen::VectorXd::NullaryExpr(hidden, [&](Eigen::Index k) { return decay_of(rule, k); })), no_decay_(Eigen::VectorXd::Zero(hidden)),
      unit_(Eigen::VectorXd::Ones(hidden)), moments_(hidden) {
  assert(frozen_ == 0 || (rule.tying == Tying::none && !is_pca_rule(rule.kind) && rule.noise == 0.0));
  if (population.mixture && !is_pca_rule(rule.kind)) mixture_.emplace(rule.activation, hidden, population, rule.noise);
}

Flow::ConstRows Flow::rows(const FlowState& state, Eigen::Index group) const {
  return {state.data() + group * hidden_ * stride_, hidden_, modes_, Eigen::OuterStride<>(stride_)};
}

Flow::Rows Flow::rows(FlowState& state, Eigen::Index group) const {
  return {state.data() + group * hidden_ * stride_, hidden_, modes_, Eigen::OuterStride<>(stride_)};
}

template <class Matrix>
void Flow::mask(Matrix& matrix) const {
  for (Eigen::Index k = 0; k < hidden_; ++k)
    for (Eigen::Index a = 0; a < hidden_; ++a)
      if (!takes_off(rule_.kind, k, a)) matrix(k, a) = 0.0;
}

/// Q, T0 and R. @returns whether they are finite, and so are the weights then.
bool Flow::sum_up(const FlowState& state) {
  const Eigen::Index size = hidden_ * stride_, length = lanes::padded(modes_);
  flow_sums({state.data(), hidden_, length, stride_}, {state.data() + size, hidden_, length, stride_}, rho_hat_.data(), seen_.data(),
            {scaled_.data(), hidden_, length, stride_}, {symmetric_view(Q_), symmetric_view(T0_), R_.data()});
  double none = 0.0;   // 0 times what is not finite is NaN; a finite diagonal bounds the rest
  for (Eigen::Index k = 0; k < hidden_; ++k) none += 0.0 * (Q_(k, k) + T0_(k, k) + state[static_cast<std::size_t>(2 * size + k)]);
  return none == 0.0;
}

/// The coefficients of dW and dV̂ from sums and moments. T0, G and S are symmetric: rows and columns may change places until they are masked.
void Flow::set_slopes(double encoder_rate, double decoder_rate) {
  const double *T0 = T0_.data(), *G = moments_.G.data(), *S = moments_.S.data();
  double *encoder = encoder_slope_.data(), *decoder = decoder_slope_.data();
  for (Eigen::Index i = 0; i < hidden_ * hidden_; ++i) {
    encoder[i] = -encoder_rate * T0[i] * G[i];
    decoder[i] = -decoder_rate * S[i];
  }
  if (rule_.kind == RuleKind::truncated) {
    mask(T0_);
    mask(encoder_slope_);
    mask(decoder_slope_);
  }
  encoder_cross_.array() = R_.array() * moments_.c3.array();
  for (Eigen::Index l = 0; l < hidden_; ++l) {
    const double *T0_l = T0_.data() + l * hidden_, *H_l = moments_.H.data() + l * hidden_;
    for (Eigen::Index k = 0; k < hidden_; ++k) encoder_cross_[k] -= T0_l[k] * H_l[k];
  }
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    encoder_slope_(k, k) += encoder_rate * encoder_cross_[k];
    encoder_cross_[k] = encoder_rate * moments_.a[k];
    decoder_cross_[k] = decoder_rate * moments_.a[k];
  }
}

void Flow::descend(const FlowState& state, FlowState& derivative, double eta) {
  const Eigen::Index size = hidden_ * stride_, length = lanes::padded(modes_);
  const lanes::ConstRows W{state.data(), hidden_, length, stride_}, V{state.data() + size, hidden_, length, stride_};
  const Bias b(state.data() + 2 * size, hidden_);
  gaussian_moments(rule_.activation, b, Q_, rule_.trained_bias ? MomentSet::flow_with_bias : MomentSet::flow, moments_);
  const bool is_free = rule_.tying == Tying::none;
  set_slopes(eta * (is_free ? rule_.encoder_rate : rule_.tied_rate), eta * (is_free ? rule_.decoder_rate : rule_.tied_rate));
  const double* decay = is_free ? decay_.data() : no_decay_.data();
  flow_slope({view(encoder_slope_), encoder_cross_.data(), decay}, W, seen_.data(), {scaled_.data(), hidden_, length, stride_}, V,
             rho_hat_.data(), unit_.data(), {derivative.data(), hidden_, length, stride_});
  flow_slope({view(decoder_slope_), decoder_cross_.data(), decay}, V, nullptr, V, W, rho_hat_.data(), unit_.data(),
             {derivative.data() + size, hidden_, length, stride_});
  for (Eigen::Index k = 0; k < hidden_; ++k)
    derivative[static_cast<std::size_t>(2 * size + k)] =
        rule_.trained_bias ? eta * rule_.bias_rate * (R_[k] * moments_.c1[k] - T0_.row(k).dot(moments_.P.row(k))) : 0.0;
}

/// The brackets of §4 with averages over the mixture's nodes, then the rates.
void Flow::descend_mixture(const FlowState& state, FlowState& derivative, double eta) {
  const auto W = rows(state, 0), V = rows(state, 1);
  auto dW = rows(derivative, 0), dV = rows(derivative, 1);
  const Bias b(state.data() + 2 * hidden_ * stride_, hidden_);
  if (rule_.kind == RuleKind::truncated) mask(T0_);
  mixture_->flow(W, V, b, T0_);
  decoder_slope_ = mixture_->S;
  if (rule_.kind == RuleKind::truncated) mask(decoder_slope_);
  const Eigen::Index m = mixture_->value_mean.cols(), rest = modes_ - m;
  std::ranges::fill(derivative, 0.0);
  dV.noalias() = -decoder_slope_ * V;
  dV.leftCols(m) += mixture_->value_mean + mixture_->slope_spread.cwiseProduct(W.leftCols(m));
  dW.rightCols(rest).noalias() = mixture_->M * W.rightCols(rest);
  dW.leftCols(m) = mixture_->pull_mean + mixture_->M_spread + mixture_->slope_spread.cwiseProduct(V.leftCols(m));
  if (rule_.noise > 0.0) dW.leftCols(m).noalias() += rule_.noise * mixture_->M * W.leftCols(m);
  const Eigen::Map<const Eigen::ArrayXd> rho(rho_hat_.data() + m, rest), seen(seen_.data() + m, rest);
  const bool is_free = rule_.tying == Tying::none;
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    const double slope = mixture_->slope[k], kappa = is_free ? decay_[k] : 0.0;
    dW.row(k).tail(rest).array() = dW.row(k).tail(rest).array() * seen.transpose() + slope * V.row(k).tail(rest).array() * rho.transpose();
    dV.row(k).tail(rest).array() += slope * W.row(k).tail(rest).array() * rho.transpose();
    dW.row(k) = eta * (is_free ? rule_.encoder_rate : rule_.tied_rate) * dW.row(k) - kappa * W.row(k);
    dV.row(k) = eta * (is_free ? rule_.decoder_rate : rule_.tied_rate) * dV.row(k) - kappa * V.row(k);
  }
  if (rule_.trained_bias) Eigen::Map<Eigen::VectorXd>(derivative.data() + 2 * hidden_ * stride_, hidden_) = eta * rule_.bias_rate * mixture_->pull;
}

/// dW from the gradients of both roles, and dV̂ with it.
void Flow::tie(const FlowState& state, FlowState& derivative) const {
  const auto W = rows(state, 0);
  auto dW = rows(derivative, 0), dV = rows(derivative, 1);
  const double alpha = rule_.decoder_scale;
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    if (rule_.tying == Tying::tied) dW.row(k) += alpha * dV.row(k);
    dW.row(k) -= decay_[k] * W.row(k);
    dV.row(k) = alpha * dW.row(k);
  }
}

void Flow::hold_frozen(const FlowState& state, FlowState& derivative) const {
  const auto W = rows(state, 0), V = rows(state, 1);
  auto dW = rows(derivative, 0), dV = rows(derivative, 1);
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    dW.row(k).tail(frozen_) = -decay_[k] * W.row(k).tail(frozen_);
    dV.row(k).tail(frozen_) = -decay_[k] * V.row(k).tail(frozen_);
  }
}

void Flow::descend_normalised(const FlowState& state, FlowState& derivative, double eta) const {
  const auto W = rows(state, 0);
  auto dW = rows(derivative, 0);
  const Eigen::Map<const Eigen::RowVectorXd> rho(rho_hat_.data(), modes_);
  for (Eigen::Index k = 0; k < hidden_; ++k) {
    const auto w = W.row(k).array();
    const auto size = w.abs().pow(rule_.norm_power - 2.0);
    const double growth = (size * w.square() * rho.array()).sum() / (size * w.square()).sum();
    dW.row(k).array() = eta * (rho.array() - growth) * w - decay_[k] * w;
  }
}

void Flow::descend_pca(const FlowState& state, FlowState& derivative, double eta) {
  const Eigen::Index size = hidden_ * stride_, length = lanes::padded(modes_);
  if (rule_.kind == RuleKind::normalised_hebb) {
    descend_normalised(state, derivative, eta);
  } else {
    decoder_slope_ = -eta * Q_;
    mask(decoder_slope_);
    decoder_cross_.setConstant(eta);
    const lanes::ConstRows W{state.data(), hidden_, length, stride_};
    flow_slope({view(decoder_slope_), decoder_cross_.data(), decay_.data()}, W, nullptr, W, W, rho_hat_.data(), unit_.data(),
               {derivative.data(), hidden_, length, stride_});
  }
  rows(derivative, 1) = rows(derivative, 0);
  std::ranges::fill(derivative.begin() + 2 * size, derivative.end(), 0.0);
}

void Flow::operator()(const FlowState& state, FlowState& derivative, double t) {
  if (!sum_up(state)) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    rows(derivative, 0).setConstant(kNaN);
    rows(derivative, 1).setConstant(kNaN);
    std::fill_n(derivative.end() - hidden_, hidden_, kNaN);
    return;
  }
  const double eta = rate_at(rule_, t);
  if (is_pca_rule(rule_.kind)) return descend_pca(state, derivative, eta);
  mixture_ ? descend_mixture(state, derivative, eta) : descend(state, derivative, eta);
  if (rule_.tying != Tying::none) tie(state, derivative);
  if (frozen_ > 0) hold_frozen(state, derivative);
}

}  // namespace aesweep
