#pragma once
#include <cstdint>

#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Expected seconds of one replica of a point with all its engines, on one core, its share where replicas run together: a prior from operation counts, good to a factor of about two.
/// Orders tasks and feeds `plan`; no result depends on it.
double expected_seconds(const PointConfig& point, const Sweep& sweep);

/// Points whose expected seconds are likely to be wrong by the same factor: the same activation, kind of bias, tied or not, few or many neurons
/// (below 8, below 24, more; in a deep network's widest layer four times as many) and SGD's method. What all points of a sweep share, such as its engines, needs no class of its own.
std::uint8_t cost_class(const PointConfig& point);

}  // namespace aesweep
