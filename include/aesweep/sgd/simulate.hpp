#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "aesweep/outcome/trajectory.hpp"
#include "aesweep/sgd/vector_sgd.hpp"

namespace aesweep {

/// Runs a replica through `times` (t = steps/D, ascending, the first 0) and shows the weights after round(t·D) steps of each.
/// @param seen  called with the time's index and the weights; returns false to end the run (a divergence).
/// @returns the number of steps made.
std::uint64_t simulate(VectorSgd& replica, const std::vector<double>& times, const std::function<bool(std::size_t, const Weights&)>& seen,
                       const Poll& poll);

}  // namespace aesweep
