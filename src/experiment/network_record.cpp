#include "aesweep/experiment/network_record.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace aesweep {
namespace {

bool is_over_neurons(const Observable& column) { return std::ranges::find(column.dims, "k") != column.dims.end(); }

}  // namespace

NetworkRecord::NetworkRecord(const std::vector<Observable>& columns, const Extents& extents, WeightSpace space)
    : extents_(extents), space_(std::move(space)) {
  for (const auto& column : columns)
    if (is_over_neurons(column)) values_[column.name].assign(row_size(column, extents), std::numeric_limits<double>::quiet_NaN());
}

bool NetworkRecord::is_wanted(const std::vector<Observable>& columns) { return std::ranges::any_of(columns, is_over_neurons); }

void NetworkRecord::see(std::size_t index, const Weights& weights) {
  assert(index < extents_.time);
  if (has("Q")) put_order_parameters(index, along_modes(weights));
  if (has("encoder")) put_leading(index, along_modes(weights));
  if (has("final_encoder") && index + 1 == extents_.time) put_final(weights);
}

const Weights& NetworkRecord::along_modes(const Weights& weights) {
  if (space_.pixels == nullptr) return weights;
  rotated_ = {space_.pixels->to_eigenbasis(weights.encoder), space_.pixels->to_eigenbasis(weights.decoder), weights.bias};
  return rotated_;
}

void NetworkRecord::put_order_parameters(std::size_t index, const Weights& weights) {
  if (!meter_) meter_.emplace(weights.hidden(), space_.rho_hat, space_.noise);
  const auto& all = meter_->measure(weights, 0);
  put("Q", index, extents_.hidden, all.Q);
  put("R", index, extents_.hidden, all.R);
  put("T1", index, extents_.hidden, all.T1);
  put("T0", index, extents_.hidden, all.T0);
  const auto& bulk = meter_->measure(weights, space_.leading);
  put("Q_bulk", index, extents_.hidden, bulk.Q);
  put("R_bulk", index, extents_.hidden, bulk.R);
  put("T1_bulk", index, extents_.hidden, bulk.T1);
  put("T0_bulk", index, extents_.hidden, bulk.T0);
}

void NetworkRecord::put_leading(std::size_t index, const Weights& weights) {
  const auto followed = static_cast<Eigen::Index>(extents_.component);
  put("encoder", index, extents_.component, weights.encoder.leftCols(followed));
  put("decoder", index, extents_.component, weights.decoder.leftCols(followed), space_.decoder_unit);
  auto &bias = values_.at("bias"), &encoder_norm = values_.at("encoder_norm"), &decoder_norm = values_.at("decoder_norm");
  for (Eigen::Index k = 0; k < weights.hidden(); ++k) {
    const std::size_t at = index * extents_.hidden + static_cast<std::size_t>(k);
    bias[at] = weights.bias[k];
    encoder_norm[at] = weights.encoder.row(k).tail(weights.modes() - space_.encoder_norm_from).norm();
    decoder_norm[at] = space_.decoder_unit * weights.decoder.row(k).norm();
  }
}

void NetworkRecord::put_final(const Weights& weights) {
  const Weights stored = space_.coordinates ? space_.coordinates(weights) : weights;
  put("final_encoder", 0, extents_.coordinate, stored.encoder);
  put("final_decoder", 0, extents_.coordinate, stored.decoder, space_.decoder_unit);
  std::ranges::copy(stored.bias, values_.at("final_bias").begin());
}

void NetworkRecord::put(std::string_view column, std::size_t index, std::size_t width, const Eigen::Ref<const RowMatrix>& matrix, double unit) {
  assert(static_cast<std::size_t>(matrix.rows()) <= extents_.hidden && static_cast<std::size_t>(matrix.cols()) <= width);
  double* row = values_.find(column)->second.data() + index * extents_.hidden * width;
  for (Eigen::Index k = 0; k < matrix.rows(); ++k, row += width)
    for (Eigen::Index i = 0; i < matrix.cols(); ++i) row[i] = unit * matrix(k, i);
}

}  // namespace aesweep
