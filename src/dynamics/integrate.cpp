#include "aesweep/dynamics/integrate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/numeric/odeint.hpp>
#include <cassert>
#include <cmath>

#include "aesweep/dynamics/flow.hpp"

namespace aesweep {
namespace {

namespace odeint = boost::numeric::odeint;

/// A step below this share of the horizon would need 10^12 of them: the tolerance can't be met.
constexpr double kSmallestStep = 1e-12;
/// More steps than this (hours for a small network) are not worth waiting for.
constexpr std::uint64_t kMostSteps = 1'000'000'000;

/// First step: a hundredth of the fastest relative change, as in Hairer, Nørsett & Wanner, "Solving ODEs I", II.4, first guess.
double first_step(const FlowState& state, const FlowState& slope, const Tolerance& tolerance, double horizon) {
  double size = 0.0, speed = 0.0;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const double scale = tolerance.absolute + tolerance.relative * std::abs(state[i]);
    size = std::max(size, std::abs(state[i]) / scale);
    speed = std::max(speed, std::abs(slope[i]) / scale);
  }
  if (!std::isfinite(size) || !std::isfinite(speed) || speed == 0.0) return 1e-6 * horizon;
  return std::min(std::max(0.01 * size / speed, 100.0 * kSmallestStep * horizon), 0.1 * horizon);
}

/// Whether six evaluations, a step, may take longer than the 10 ms between two polls: at 0.1 to 3 µs a pair and node.
bool takes_milliseconds(const Modes& modes) {
  const auto nodes = modes.mixture ? modes.mixture->nodes() : Eigen::Index{1};
  return nodes * modes.weights.hidden() * modes.weights.hidden() > 400;
}

bool finite(const FlowState& state) {
  return std::ranges::all_of(state, [](double x) { return std::isfinite(x); });
}

}  // namespace

std::uint64_t integrate_flow(const LearningRule& rule, const Modes& modes, const std::vector<double>& times, const Tolerance& tolerance,
                             const std::function<bool(std::size_t, const Weights&)>& seen, const Poll& poll) {
  assert(!times.empty() && times.front() == 0.0);
  if (!seen(0, modes.weights)) return 0;

  Flow flow(rule, modes.weights.hidden(), modes);
  std::uint64_t evaluations = 0;
  const bool is_slow = takes_milliseconds(modes);
  const auto system = [&](const FlowState& x, FlowState& dxdt, double t) {
    ++evaluations;
    if (is_slow) poll();
    flow(x, dxdt, t);
  };
  FlowState state = pack(modes.weights), slope(state.size());
  flow(state, slope, 0.0);

  auto stepper = odeint::make_dense_output(tolerance.absolute, tolerance.relative, odeint::runge_kutta_dopri5<FlowState>());
  stepper.initialize(state, 0.0, first_step(state, slope, tolerance, times.back()));
  Weights weights = modes.weights;
  std::uint64_t steps = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    while (stepper.current_time() < times[i]) {
      poll();
      if (++steps > kMostSteps)
        throw NumericalError(fmt::format("the flow is too stiff: {} steps took it to t = {:.6g} of {:g} only", kMostSteps, stepper.current_time(),
                                         times.back()));
      bool stuck = false;
      try {
        stepper.do_step(system);
      } catch (const odeint::odeint_error&) {
        stuck = true;
      }
      if (stuck || stepper.current_time() - stepper.previous_time() < kSmallestStep * times.back())
        throw NumericalError(fmt::format("the flow's step size underflows at t = {:.6g}: relative tolerance {:g}, absolute tolerance {:g} can't be met",
                                         stepper.current_time(), tolerance.relative, tolerance.absolute));
      if (!finite(stepper.current_state()))
        throw NumericalError(fmt::format("the flow's state is no longer finite at t = {:.6g}", stepper.current_time()));
    }
    stepper.calc_state(times[i], state);
    unpack(state, weights);
    if (!seen(i, weights)) break;
  }
  return evaluations;
}

}  // namespace aesweep
