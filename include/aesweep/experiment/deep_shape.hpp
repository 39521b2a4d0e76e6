#pragma once
#include "aesweep/deep/network.hpp"
#include "aesweep/sweep/config.hpp"

namespace aesweep {

/// The deep network that a point's [data] and [model] ask for.
DeepShape deep_shape_of(const PointConfig& point);

}  // namespace aesweep
