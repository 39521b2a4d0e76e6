#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "aesweep/outcome/trajectory.hpp"
#include "aesweep/sgd/gram_sgd.hpp"
#include "aesweep/sgd/vector_sgd.hpp"

namespace aesweep {

/// Runs a replica through `times` (t = steps/D, ascending, the first 0) and shows the weights after round(t·D) steps of each.
/// @param seen  called with the time's index and the weights; returns false to end the run (a divergence).
/// @param first  index of the first time to be shown: the replica has been shown at the earlier ones, and has made no more steps than to this one.
/// @returns the number of steps made since the start of the replica.
std::uint64_t simulate(VectorSgd& replica, const std::vector<double>& times, const std::function<bool(std::size_t, const Weights&)>& seen,
                       const Poll& poll, std::size_t first = 0);

/// The same for replicas side by side, whose D the process does not know.
/// @param seen  called with the time's index when all of them are there; returns false to end the run.
void simulate(GramSgd& replicas, double dimension, const std::vector<double>& times, const std::function<bool(std::size_t)>& seen, const Poll& poll,
              std::size_t first = 0);

}  // namespace aesweep
