#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Position of a value on an axis: its label, or, where the labels are numbers, the one nearest to a number and within 1 % of it (drawings show
/// three digits); -1 if there is none.
std::ptrdiff_t position_on_axis(const std::vector<std::string>& labels, bool numeric, const std::string& wanted);

/// "point 5 (activation = erf, weight_decay = 0.5)".
std::string name_of_point(const Sweep& sweep, std::uint64_t point);

/// The point that a text names: its row-major index, or AXIS=VALUE,... with a value for every axis that has more than one; in a refined sweep the refined
/// axes' values, or `point` in their place.
/// @throws UsageError saying what there is.
std::uint64_t point_named(const Sweep& sweep, const std::string& text);

}  // namespace aesweep
