#pragma once
#include <cstdint>

#include "point_rules.hpp"

namespace aesweep {

/// The largest of deep networks.
inline constexpr std::int64_t kWidestLayer = 1024, kMostLayers = 8;

/// Conditions on deep networks, and on what has a meaning for them alone.
std::span<const PointRule> deep_rules();

}  // namespace aesweep
