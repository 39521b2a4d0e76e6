#include "aesweep/sgd/simulate.hpp"

#include <algorithm>
#include <cmath>

namespace aesweep {
namespace {

/// Steps of a group of lanes between two polls: some 2 ms. Whole epochs where that is possible, else whole blocks, since shorter ones take longer.
std::uint64_t steps_per_poll(const GramSgd& replicas) {
  const auto weights = replicas.weights(0);
  const auto work = static_cast<double>(weights.hidden() * weights.modes());
  const auto steps = static_cast<std::uint64_t>(2e-3 / (2e-8 * (20.0 + work)));
  constexpr std::uint64_t kBlocks = 8;   // a whole number of blocks
  return std::max<std::uint64_t>(1, steps - steps % (steps >= replicas.epoch() ? replicas.epoch() : steps >= kBlocks ? kBlocks : 1));
}

}  // namespace

std::uint64_t simulate(VectorSgd& replica, const std::vector<double>& times, const std::function<bool(std::size_t, const Weights&)>& seen,
                       const Poll& poll, std::size_t first) {
  const auto dimension = static_cast<double>(replica.dimension());
  for (std::size_t i = first; i < times.size(); ++i) {
    replica.advance(static_cast<std::uint64_t>(std::llround(times[i] * dimension)), poll);
    if (!seen(i, replica.weights())) break;
  }
  return replica.steps();
}

void simulate(GramSgd& replicas, double dimension, const std::vector<double>& times, const std::function<bool(std::size_t)>& seen, const Poll& poll,
              std::size_t first) {
  const std::uint64_t interval = steps_per_poll(replicas);
  for (std::size_t i = first; i < times.size(); ++i) {
    const auto target = static_cast<std::uint64_t>(std::llround(times[i] * dimension));
    while (replicas.steps() < target) {
      poll();
      // The same targets wherever a replica was interrupted: where blocks end is part of the calculation.
      replicas.advance(std::min(target, (replicas.steps() / interval + 1) * interval));
    }
    if (!seen(i)) break;
  }
}

}  // namespace aesweep
