#include "aesweep/dynamics/descent.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "aesweep/dynamics/flow.hpp"

namespace aesweep {
namespace {

/// Above, Q and T0 with their products leave the range of double, or that of the Gaussian moments.
constexpr double kLargestWeight = 1e70;

/// state += step. @returns whether all of it is still within bounds; NaN is not.
bool advance(FlowState& state, const FlowState& step) {
  bool bounded = true;
  for (std::size_t i = 0; i < state.size(); ++i) {
    state[i] += step[i];
    bounded &= std::abs(state[i]) <= kLargestWeight;
  }
  return bounded;
}

}  // namespace

std::uint64_t descend(const LearningRule& rule, const Modes& modes, const std::vector<double>& times,
                      const std::function<bool(std::size_t, const Weights&)>& seen, const Poll& poll) {
  assert(!times.empty() && times.front() == 0.0);
  Flow flow(rule, modes.weights.hidden(), modes);
  FlowState state = pack(modes.weights), step(state.size());
  Weights weights = modes.weights;
  std::uint64_t steps = 0;
  bool bounded = true;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto target = static_cast<std::uint64_t>(std::llround(times[i]));
    while (bounded && steps < target) {
      poll();
      flow(state, step, static_cast<double>(steps));
      bounded = advance(state, step);
      ++steps;
    }
    if (!bounded) std::ranges::fill(state, std::numeric_limits<double>::quiet_NaN());
    unpack(state, weights);
    if (!seen(i, weights)) break;
  }
  return steps;
}

}  // namespace aesweep
