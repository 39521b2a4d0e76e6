#pragma once
#include <functional>

#include "aesweep/dynamics/flow.hpp"
#include "aesweep/dynamics/integrate.hpp"

namespace aesweep {

/// (x, dx/dt, t): fills the derivative.
using System = std::function<void(const FlowState&, FlowState&, double)>;

/// Largest modulus of the eigenvalues of a system's Jacobian, by the power method on differences of right-hand sides, to about 1 %, times a safety factor of
/// 1.2   [Sommeijer, Shampine & Verwer, J. Comp. Appl. Math. 88, 315 (1997), section 3]. Starts from the last direction found.
class SpectralRadius {
 public:
  explicit SpectralRadius(std::size_t size) : direction_(size), moved_(size), slope_(size) {}
  /// @param slope  the derivative at (state, t).
  double operator()(const System& system, double t, const FlowState& state, const FlowState& slope);

 private:
  FlowState direction_, moved_, slope_;
};

/// Runge–Kutta–Chebyshev method of second order [same paper]: explicit, with as many stages s as stability asks for, because the interval of stability grows
/// as 0.65 s². For systems whose stiff eigenvalues are (nearly) real and negative: gradient flows. Interpolates by cubic Hermite polynomials, so that the steps
/// do not depend on the times asked for. Does not allocate after construction.
class ChebyshevStepper {
 public:
  ChebyshevStepper(std::size_t size, const Tolerance& tolerance);
  void initialize(const System& system, const FlowState& state, double t, double step);

  /// One accepted step. @returns false if the step size underflows.
  bool do_step(const System& system);
  double current_time() const { return t_; }
  double previous_time() const { return previous_t_; }
  const FlowState& current_state() const { return state_; }
  /// The state at a time within the last step.
  void calc_state(double t, FlowState& out) const;
  /// Step to be tried next.
  double next_step() const { return step_; }

 private:
  void advance(const System& system, double h, int stages);
  double error(const System& system, double h);

  Tolerance tolerance_;
  double t_ = 0.0, previous_t_ = 0.0, step_ = 0.0;
  FlowState state_, slope_, previous_state_, previous_slope_;   // at t_ and previous_t_
  FlowState next_, next_slope_, older_, newer_;
  SpectralRadius radius_;
  double spectral_radius_ = 0.0, last_error_ = 0.0, last_step_ = 0.0;
  int steps_since_radius_ = 0;
};

}  // namespace aesweep
