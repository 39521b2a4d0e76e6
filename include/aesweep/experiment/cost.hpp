#pragma once
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Expected seconds of one replica of a point with all its engines, on one core: a prior from operation counts, good to a factor of about two.
/// Orders tasks and feeds `plan`; no result depends on it.
double expected_seconds(const PointConfig& point, const Sweep& sweep);

}  // namespace aesweep
