#include "aesweep/sweep/sgd_method.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "names.hpp"

namespace aesweep {
namespace {

/// Vectors of a block, at most: the Gram process's own choice is smaller.
constexpr std::int64_t kBlockVectors = 32;
constexpr std::int64_t kWorthwhileDimension = 256, kWorthwhileRatio = 16;

}  // namespace

std::int64_t gram_axes(const PointConfig& point, const RecordConfig& record) {
  const auto tracked = std::max(static_cast<std::int64_t>(point.data.spikes.size()), record.components);
  const bool hanging = point.model.tied || point.training.rule >= Rule::hebb;
  return tracked + (hanging ? 1 : 2) * point.model.hidden;
}

std::int64_t gram_least_dimension(const PointConfig& point, const RecordConfig& record) { return gram_axes(point, record) + kBlockVectors; }

std::string gram_obstacle(const PointConfig& point, const RecordConfig& record) {
  if (point.data.kind != DataKind::spiked) {
    return fmt::format("the Gram process is that of the spiked model; data.kind must be \"spiked\", not \"{}\"", text_of(point.data.kind));
  }
  if (point.data.training_samples != kInfinity) {
    return "the Gram process draws a fresh input each step; data.training_samples must be \"infinity\"";
  }
  if (point.training.rule == Rule::normalised_hebb && point.training.norm_power != 2) {
    return "the Gram process has no D coordinates for a p-norm; training.norm_power must be 2";
  }
  if (record.weights == WeightsRecord::final) {
    return "the Gram process has no D coordinates of the weights; record.weights must not be \"final\"";
  }
  const auto least = gram_least_dimension(point, record);
  return point.data.dimension >= least ? "" : fmt::format("the Gram process of {} followed axes and {} neurons needs data.dimension >= {}",
                                                          std::max(static_cast<std::int64_t>(point.data.spikes.size()), record.components),
                                                          point.model.hidden, least);
}

SgdMethod resolved_method(const PointConfig& point, const RecordConfig& record) {
  if (point.training.sgd_method != SgdMethod::automatic) {
    return point.training.sgd_method;
  }
  const std::int64_t D = point.data.dimension;
  const bool worthwhile = D > kLargestDimension || D >= std::max(kWorthwhileDimension, kWorthwhileRatio * gram_axes(point, record));
  return D != kInfinity && worthwhile && gram_obstacle(point, record).empty() ? SgdMethod::gram : SgdMethod::vector;
}

}  // namespace aesweep
