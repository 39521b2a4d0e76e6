#include "aesweep/dynamics/integrate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/numeric/odeint.hpp>
#include <cassert>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "aesweep/dynamics/flow.hpp"
#include "chebyshev.hpp"
#include "state_algebra.hpp"

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
  bool all = true;
  for (const double x : state) all &= std::abs(x) <= std::numeric_limits<double>::max();
  return all;
}

/// dopri5 wherever accuracy limits its step; the Chebyshev method where stability does: late in a run the decoder's norm has grown, and with it the
/// largest eigenvalue (as t^{1/3} for erf units), while nothing moves faster than 1/t any more.
class Integrator {
 public:
  Integrator(Flow& flow, const Tolerance& tolerance, double horizon, const Poll& poll, std::uint64_t evaluations_per_poll)
      : flow_(flow), poll_(poll), tolerance_(tolerance), horizon_(horizon), evaluations_per_poll_(evaluations_per_poll),
        dopri5_(odeint::make_dense_output(tolerance.absolute, tolerance.relative, Stepper())),
        system_([this](const FlowState& x, FlowState& dxdt, double t) {
          if (++evaluations_ % evaluations_per_poll_ == 0) poll_();
          flow_(x, dxdt, t);
        }) {}

  void start(const FlowState& state) {
    slope_.resize(state.size());
    flow_(state, slope_, 0.0);
    dopri5_.initialize(state, 0.0, first_step(state, slope_, tolerance_, horizon_));
    // A second-order method takes steps that add up to more: a tenth of the tolerance keeps its error over a run below dopri5's.
    chebyshev_.emplace(state.size(), Tolerance{0.1 * tolerance_.relative, 0.1 * tolerance_.absolute});
    radius_.emplace(state.size());
  }

  void step() {
    if (++steps_ > kMostSteps)
      throw NumericalError(fmt::format("the flow is too stiff: {} steps took it to t = {:.6g} of {:g} only", kMostSteps, time(), horizon_));
    const double before = time();
    const bool stuck = is_stiff_ ? !chebyshev_->do_step(system_) : !do_dopri5_step();
    if (stuck || time() - before < kSmallestStep * horizon_)
      throw NumericalError(fmt::format("the flow's step size underflows at t = {:.6g}: relative tolerance {:g}, absolute tolerance {:g} can't be met", time(),
                                       tolerance_.relative, tolerance_.absolute));
    if (!finite(is_stiff_ ? chebyshev_->current_state() : dopri5_.current_state()))
      throw NumericalError(fmt::format("the flow's state is no longer finite at t = {:.6g}", time()));
  }

  /// Changes the method where the other one is cheaper. Not between a step and the states asked for within it.
  void choose_method() { is_stiff_ ? leave_if_dear() : enter_if_stiff(); }

  double time() const { return is_stiff_ ? chebyshev_->current_time() : dopri5_.current_time(); }
  void calc_state(double t, FlowState& out) { is_stiff_ ? chebyshev_->calc_state(t, out) : dopri5_.calc_state(t, out); }
  std::uint64_t evaluations() const { return evaluations_; }

 private:
  static constexpr std::uint64_t kStepsPerLook = 50;      // steps of dopri5 between two looks at its stability
  static constexpr std::uint64_t kTrialSteps = 20;        // steps of the Chebyshev method after which its cost is known
  static constexpr double kStiff = 2.5;                   // h times the spectral radius; dopri5 is stable up to 3.3
  static constexpr double kDopri5Evaluations = 6.0;

  bool do_dopri5_step() {
    try {
      dopri5_.do_step(std::ref(system_));
      return true;
    } catch (const odeint::odeint_error&) {
      return false;
    }
  }

  void enter_if_stiff() {
    if (steps_ < next_look_) return;
    next_look_ = steps_ + patience_;
    const double h = dopri5_.current_time() - dopri5_.previous_time();
    system_(dopri5_.current_state(), slope_, dopri5_.current_time());
    if (h * (*radius_)(system_, dopri5_.current_time(), dopri5_.current_state(), slope_) < kStiff) return;
    dopri5_cost_ = kDopri5Evaluations / h;
    chebyshev_->initialize(system_, dopri5_.current_state(), dopri5_.current_time(), h);
    is_stiff_ = true;
    mark();
  }

  void leave_if_dear() {
    if (steps_ - marked_steps_ < kTrialSteps) return;
    const double cost = static_cast<double>(evaluations_ - marked_evaluations_) / (chebyshev_->current_time() - marked_time_);
    mark();
    if (cost < dopri5_cost_) return;
    patience_ *= 2;
    next_look_ = steps_ + patience_;
    dopri5_.initialize(chebyshev_->current_state(), chebyshev_->current_time(), kDopri5Evaluations / dopri5_cost_);
    is_stiff_ = false;
  }

  void mark() {
    marked_steps_ = steps_;
    marked_evaluations_ = evaluations_;
    marked_time_ = time();
  }

  using Stepper = odeint::runge_kutta_dopri5<FlowState, double, FlowState, double, StateAlgebra>;
  using Dopri5 = decltype(odeint::make_dense_output(0.0, 0.0, Stepper()));
  Flow& flow_;
  const Poll& poll_;
  Tolerance tolerance_;
  double horizon_;
  std::uint64_t evaluations_per_poll_;
  Dopri5 dopri5_;
  System system_;
  std::optional<ChebyshevStepper> chebyshev_;
  std::optional<SpectralRadius> radius_;
  FlowState slope_;
  bool is_stiff_ = false;
  std::uint64_t evaluations_ = 0, steps_ = 0, next_look_ = kStepsPerLook, patience_ = kStepsPerLook;
  std::uint64_t marked_steps_ = 0, marked_evaluations_ = 0;
  double marked_time_ = 0.0, dopri5_cost_ = 0.0;   // evaluations of dopri5 for a unit of time, when it was left
};

}  // namespace

std::uint64_t integrate_flow(const LearningRule& rule, const Modes& modes, const std::vector<double>& times, const Tolerance& tolerance,
                             const std::function<bool(std::size_t, const Weights&)>& seen, const Poll& poll) {
  assert(!times.empty() && times.front() == 0.0);
  if (!seen(0, modes.weights)) return 0;

  Flow flow(rule, modes.weights.hidden(), modes);
  Integrator integrator(flow, tolerance, times.back(), poll, takes_milliseconds(modes) ? 1 : 8);
  FlowState state = pack(modes.weights);
  integrator.start(state);
  Weights weights = modes.weights;
  for (std::size_t i = 1; i < times.size(); ++i) {
    while (integrator.time() < times[i]) {
      integrator.choose_method();
      integrator.step();
    }
    integrator.calc_state(times[i], state);
    unpack(state, weights);
    if (!seen(i, weights)) break;
  }
  return integrator.evaluations();
}

}  // namespace aesweep
