#include "aesweep/sgd/simulate.hpp"

#include <cmath>

namespace aesweep {

std::uint64_t simulate(VectorSgd& replica, const std::vector<double>& times, const std::function<bool(std::size_t, const Weights&)>& seen,
                       const Poll& poll, std::size_t first) {
  const auto dimension = static_cast<double>(replica.dimension());
  for (std::size_t i = first; i < times.size(); ++i) {
    replica.advance(static_cast<std::uint64_t>(std::llround(times[i] * dimension)), poll);
    if (!seen(i, replica.weights())) break;
  }
  return replica.steps();
}

}  // namespace aesweep
