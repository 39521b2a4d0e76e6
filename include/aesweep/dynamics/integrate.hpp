#pragma once
#include <functional>
#include <vector>

#include "aesweep/dynamics/modes.hpp"
#include "aesweep/outcome/trajectory.hpp"

namespace aesweep {

/// Error per step that the integrator accepts, |error| ≤ absolute + relative·|state|.
struct Tolerance {
  double relative = 1e-8;
  double absolute = 1e-10;
};

/// Integrates the flow from `modes` through `times` (ascending, the first 0) by dopri5 with dense output, and shows the weights at every one of them.
/// Where stability rather than accuracy limits dopri5's step, a stabilised explicit method of second order takes over, at a tenth of the tolerance, as long as it
/// costs less   [Runge–Kutta–Chebyshev; Sommeijer, Shampine & Verwer 1997].
/// @param seen  called with the time's index and the weights; returns false to end the integration (a divergence).
/// @returns the number of right-hand sides evaluated.
/// @throws NumericalError with the time, if the step size underflows, 10^9 steps are not enough, or a non-finite state appears within a step from a finite one.
std::uint64_t integrate_flow(const LearningRule& rule, const Modes& modes, const std::vector<double>& times, const Tolerance& tolerance,
                             const std::function<bool(std::size_t, const Weights&)>& seen, const Poll& poll);

}  // namespace aesweep
