#include "aesweep/outcome/mixture_averages.hpp"

#include <algorithm>
#include <cassert>

namespace aesweep {
namespace {

/// Nodes that are worked on together: the arrays of a block stay in the cache, and memory does not grow with the number of nodes.
constexpr Eigen::Index kBlock = 64;

}  // namespace

MixtureAverages::MixtureAverages(Activation activation, Eigen::Index hidden, const Population& population, double noise)
    : activation_(activation), hidden_(hidden), mixture_(population.mixture), rest_(population.rho_hat.array() + noise), rho_hat_(population.rho_hat),
      scaled_(hidden, population.rho_hat.size()), Q_rest_(hidden, hidden), Q_(hidden, hidden), R_rest_(hidden), M_node_(hidden, hidden),
      moments_(hidden) {
  const Eigen::Index m = mixture_->leading(), block = std::min(kBlock, mixture_->nodes());
  assert(m <= rest_.size() && mixture_->mean.cols() == mixture_->nodes() && mixture_->spread.rows() == m);
  has_common_spread_ = mixture_->spread.cols() == 1;
  assert(has_common_spread_ || mixture_->spread.cols() == mixture_->nodes());
  Q_.setZero();   // of which only the lower triangle is set later
  rest_.head(m).setConstant(noise);
  rho_hat_.head(m).setZero();
  is_sharp_ = (mixture_->spread.array() == 0.0).all() && (rest_.array() == 0.0).all();
  const Eigen::Index pairs = hidden * (hidden + 1) / 2;
  S.resize(hidden, hidden);
  slope.resize(hidden);
  value_mean.resize(hidden, m);
  slope_spread.resize(hidden, m);
  pull.resize(hidden);
  pull_mean.resize(hidden, m);
  M.resize(hidden, hidden);
  M_spread.resize(hidden, m);
  pairs_.resize(pairs, m);
  VW_.resize(hidden, m);
  for (auto* array : {&centre_, &L_, &R_, &value_, &slope_, &pull_, &plain_}) array->resize(hidden, block);
  if (is_sharp_) return;
  Q_spread_.resize(pairs, has_common_spread_ ? 1 : block);
  if (has_common_spread_) return;
  M_block_.resize(hidden * hidden, block);
  M_modes_.resize(hidden * hidden, m);
}

void MixtureAverages::clear() {
  slope.setZero();
  pull.setZero();
  for (auto* array : {&S, &value_mean, &slope_spread, &pull_mean, &M, &M_spread, &M_modes_}) array->setZero();
}

/// What all nodes share.
void MixtureAverages::prepare(const Rows& W) {
  clear();
  if (is_sharp_) return;
  const Eigen::Index m = mixture_->leading();
  scaled_.noalias() = W * rest_.asDiagonal();
  Q_rest_.noalias() = scaled_ * W.transpose();
  for (Eigen::Index k = 0, pair = 0; k < hidden_; ++k)
    for (Eigen::Index l = 0; l <= k; ++l, ++pair) pairs_.row(pair) = W.row(k).head(m).cwiseProduct(W.row(l).head(m));
  if (has_common_spread_) {
    Q_spread_.noalias() = pairs_ * mixture_->spread;
    set_covariance(0);
  }
}

void MixtureAverages::set_covariance(Eigen::Index column) {
  for (Eigen::Index k = 0, pair = 0; k < hidden_; ++k)
    for (Eigen::Index l = 0; l <= k; ++l, ++pair) Q_(k, l) = Q_rest_(k, l) + Q_spread_(pair, column);
}

void MixtureAverages::locate(const Block& block, const Rows& W, const Eigen::Ref<const Eigen::VectorXd>& b) {
  auto centre = centre_.leftCols(block.count);
  centre.noalias() = W.leftCols(mixture_->leading()) * mixture_->mean.middleCols(block.first, block.count);
  centre.colwise() += b;
  if (!is_sharp_ && !has_common_spread_) Q_spread_.leftCols(block.count).noalias() = pairs_ * mixture_->spread.middleCols(block.first, block.count);
}

void MixtureAverages::project(const Block& block, const Rows& V) {
  L_.leftCols(block.count).noalias() = V.leftCols(mixture_->leading()) * mixture_->mean.middleCols(block.first, block.count);
  if (is_sharp_) return;
  auto R = R_.leftCols(block.count);
  R.colwise() = R_rest_;
  if (!has_common_spread_) R.noalias() += VW_ * mixture_->spread.middleCols(block.first, block.count);
}

/// Nodes without a variance: the moments are products of g and g', and what multiplies Q_c or R drops out.
void MixtureAverages::evaluate_points(const Block& block, const Eigen::MatrixXd* T0) {
  for (Eigen::Index i = 0; i < block.count; ++i) {
    const double weight = mixture_->weight[block.first + i];
    for (Eigen::Index k = 0; k < hidden_; ++k) {
      const auto [g, g1] = evaluate(activation_, centre_(k, i));
      plain_(k, i) = g;
      value_(k, i) = weight * g;
      slope_(k, i) = weight * g1;
    }
  }
  const auto plain = plain_.leftCols(block.count);
  S.noalias() += value_.leftCols(block.count) * plain.transpose();
  if (!T0) return;
  auto pull_here = pull_.leftCols(block.count);
  pull_here = L_.leftCols(block.count);
  pull_here.noalias() -= *T0 * plain;
  pull_here.array() *= slope_.leftCols(block.count).array();
}

void MixtureAverages::evaluate_moments(const Block& block, const Eigen::MatrixXd* T0) {
  for (Eigen::Index i = 0; i < block.count; ++i) {
    const double weight = mixture_->weight[block.first + i];
    if (!has_common_spread_) set_covariance(i);
    gaussian_moments(activation_, centre_.col(i), Q_, T0 ? MomentSet::flow_mixture : MomentSet::judge_mixture, moments_);
    value_.col(i) = weight * moments_.mean;
    slope_.col(i) = weight * moments_.a;
    S += weight * moments_.S;
    if (!T0) continue;
    M_node_ = -weight * T0->cwiseProduct(moments_.G);
    for (Eigen::Index k = 0; k < hidden_; ++k) {
      const double L = L_(k, i), R = R_(k, i);
      pull_(k, i) = weight * (L * moments_.a[k] + R * moments_.c1[k] - T0->row(k).dot(moments_.P.row(k)));
      M_node_(k, k) += weight * (L * moments_.c1[k] + R * moments_.c3[k] - T0->row(k).dot(moments_.H.row(k)));
    }
    M += M_node_;
    if (!has_common_spread_) M_block_.col(i) = M_node_.reshaped();
  }
}

void MixtureAverages::accumulate(const Block& block, bool is_flow) {
  const auto means = mixture_->mean.middleCols(block.first, block.count);
  const bool spreads = !is_sharp_ && !has_common_spread_;
  value_mean.noalias() += value_.leftCols(block.count) * means.transpose();
  slope += slope_.leftCols(block.count).rowwise().sum();
  if (spreads) slope_spread.noalias() += slope_.leftCols(block.count) * mixture_->spread.middleCols(block.first, block.count).transpose();
  if (!is_flow) return;
  pull_mean.noalias() += pull_.leftCols(block.count) * means.transpose();
  pull += pull_.leftCols(block.count).rowwise().sum();
  if (spreads) M_modes_.noalias() += M_block_.leftCols(block.count) * mixture_->spread.middleCols(block.first, block.count).transpose();
}

void MixtureAverages::average(const Rows& W, const Rows* V, const Eigen::Ref<const Eigen::VectorXd>& b, const Eigen::MatrixXd* T0) {
  prepare(W);
  for (Eigen::Index first = 0; first < mixture_->nodes(); first += kBlock) {
    const Block block{first, std::min(kBlock, mixture_->nodes() - first)};
    locate(block, W, b);
    if (V) project(block, *V);
    if (is_sharp_) {
      evaluate_points(block, T0);
    } else {
      evaluate_moments(block, T0);
    }
    accumulate(block, T0 != nullptr);
  }
  if (has_common_spread_) slope_spread.noalias() = slope * mixture_->spread.transpose();
}

void MixtureAverages::judge(const Rows& W, const Eigen::Ref<const Eigen::VectorXd>& b) { average(W, nullptr, b, nullptr); }

void MixtureAverages::flow(const Rows& W, const Rows& V, const Eigen::Ref<const Eigen::VectorXd>& b, const Eigen::MatrixXd& T0) {
  const Eigen::Index m = mixture_->leading();
  VW_ = V.leftCols(m).cwiseProduct(W.leftCols(m));
  for (Eigen::Index k = 0; k < hidden_; ++k) R_rest_[k] = (V.row(k).array() * rho_hat_.transpose().array() * W.row(k).array()).sum();
  if (has_common_spread_) R_rest_.noalias() += VW_ * mixture_->spread.col(0);
  average(W, &V, b, &T0);
  if (is_sharp_) return;
  if (has_common_spread_) {
    M_spread.noalias() = M * W.leftCols(m);
    M_spread.array().rowwise() *= mixture_->spread.col(0).transpose().array();
    return;
  }
  for (Eigen::Index mode = 0; mode < m; ++mode)
    M_spread.col(mode).noalias() = M_modes_.col(mode).reshaped(hidden_, hidden_) * W.col(mode);
}

}  // namespace aesweep
