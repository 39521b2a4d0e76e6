#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "aesweep/dynamics/modes.hpp"
#include "aesweep/outcome/trajectory.hpp"

namespace aesweep {

/// Full-batch gradient descent with the finite step η: the Euler map of the flow with a unit step, θ_{n+1} = θ_n + θ̇(θ_n) = θ_n − η∇pmse − κθ_n, so
/// that time counts steps. Near a minimum with largest curvature h it converges for η < 2/h (a balanced linear mode without noise or decay: h =
/// 2ρ̂), fastest along that direction at η = 1/h.
/// @param times  ascending, the first 0; the weights are shown after round(t) steps.
/// @param seen   called with the time's index and the weights; returns false to end the descent (a divergence). Once a weight exceeds 1e70, beyond
///               which second moments overflow, all weights are shown as NaN and no further step is made.
/// @returns the number of steps made. A step does not allocate.
std::uint64_t descend(const LearningRule& rule, const Modes& modes, const std::vector<double>& times,
                      const std::function<bool(std::size_t, const Weights&)>& seen, const Poll& poll);

}  // namespace aesweep
