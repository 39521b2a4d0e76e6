#include "aesweep/outcome/order_parameters.hpp"

#include <cassert>

namespace aesweep {

OrderParameterMeter::OrderParameterMeter(Eigen::Index hidden, Eigen::VectorXd rho_hat, double noise)
    : rho_hat_(std::move(rho_hat)), seen_(rho_hat_.array() + noise), scaled_(hidden, rho_hat_.size()),
      result_{RowMatrix(hidden, hidden), RowMatrix(hidden, hidden), RowMatrix(hidden, hidden), RowMatrix(hidden, hidden)} {}

const OrderParameters& OrderParameterMeter::measure(const Weights& weights, Eigen::Index first) {
  assert(weights.modes() == rho_hat_.size() && first <= weights.modes());
  const Eigen::Index count = weights.modes() - first;
  const auto W = weights.encoder.rightCols(count), V = weights.decoder.rightCols(count);
  auto scaled = scaled_.rightCols(count);
  scaled = W * seen_.tail(count).asDiagonal();
  result_.Q.noalias() = scaled * W.transpose();
  scaled = V * rho_hat_.tail(count).asDiagonal();
  result_.R.noalias() = scaled * W.transpose();
  result_.T1.noalias() = scaled * V.transpose();
  result_.T0.noalias() = V * V.transpose();
  return result_;
}

}  // namespace aesweep
