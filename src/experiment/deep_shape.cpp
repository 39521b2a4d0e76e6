#include "aesweep/experiment/deep_shape.hpp"

namespace aesweep {
namespace {

std::vector<int> as_ints(const std::vector<std::int64_t>& widths) { return {widths.begin(), widths.end()}; }

}  // namespace

DeepShape deep_shape_of(const PointConfig& point) {
  const auto& model = point.model;
  return {static_cast<int>(point.data.dimension), as_ints(model.encoder_layers()), static_cast<int>(model.hidden), as_ints(model.decoder_layers()),
          model.activation};
}

}  // namespace aesweep
