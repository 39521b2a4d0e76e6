#include "chebyshev.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aesweep {
namespace {

constexpr double kRounding = std::numeric_limits<double>::epsilon();
constexpr int kMostIterations = 50;      // of the power method
constexpr int kStepsPerRadius = 25;      // accepted steps after which the spectral radius is looked at again
constexpr double kDamping = 2.0 / 13.0;  // ε

double norm(const FlowState& x) {
  double sum = 0.0;
  for (const double value : x) sum += value * value;
  return std::sqrt(sum);
}

/// Values and first two derivatives of the Chebyshev polynomials T_j at one argument, by their recurrences, j ascending.
struct Chebyshev {
  double argument;
  double T = 1.0, dT = 0.0, ddT = 0.0;                    // of degree j
  double T_before = 0.0, dT_before = 0.0, ddT_before = 0.0;

  explicit Chebyshev(double w) : argument(w), T(w), dT(1.0), T_before(1.0) {}   // degree 1
  void next() {
    const double T_next = 2.0 * argument * T - T_before;
    const double dT_next = 2.0 * argument * dT - dT_before + 2.0 * T;
    const double ddT_next = 2.0 * argument * ddT - ddT_before + 4.0 * dT;
    T_before = T;
    dT_before = dT;
    ddT_before = ddT;
    T = T_next;
    dT = dT_next;
    ddT = ddT_next;
  }
};

/// Stages that make a step stable, at least two.
int stages_for(double h_radius) { return std::max(2, 1 + static_cast<int>(std::sqrt(1.54 * h_radius + 1.0))); }

}  // namespace

double SpectralRadius::operator()(const System& system, double t, const FlowState& state, const FlowState& slope) {
  const double size = norm(state);
  double length = norm(direction_);
  if (length == 0.0) {
    direction_ = slope;
    length = norm(direction_);
  }
  if (length == 0.0) return 0.0;
  const double distance = std::sqrt(kRounding) * (size > 0.0 ? size : 1.0);
  for (std::size_t i = 0; i < state.size(); ++i) moved_[i] = state[i] + direction_[i] * (distance / length);
  double radius = 0.0;
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    system(moved_, slope_, t);
    double change = 0.0;
    for (std::size_t i = 0; i < state.size(); ++i) change += (slope_[i] - slope[i]) * (slope_[i] - slope[i]);
    change = std::sqrt(change);
    const double before = radius;
    radius = change / distance;
    if (change == 0.0 || !std::isfinite(change)) break;
    for (std::size_t i = 0; i < state.size(); ++i) direction_[i] = slope_[i] - slope[i];
    if (iteration > 0 && std::abs(radius - before) <= 0.01 * radius) break;
    for (std::size_t i = 0; i < state.size(); ++i) moved_[i] = state[i] + direction_[i] * (distance / change);
  }
  return 1.2 * radius;
}

ChebyshevStepper::ChebyshevStepper(std::size_t size, const Tolerance& tolerance)
    : tolerance_(tolerance), state_(size), slope_(size), previous_state_(size), previous_slope_(size), next_(size), next_slope_(size), older_(size),
      newer_(size), radius_(size) {}

void ChebyshevStepper::initialize(const System& system, const FlowState& state, double t, double step) {
  state_ = state;
  t_ = previous_t_ = t;
  step_ = step;
  system(state_, slope_, t_);
  steps_since_radius_ = kStepsPerRadius;
  last_error_ = last_step_ = 0.0;
}

/// next_ = the state after a step h of s stages.
void ChebyshevStepper::advance(const System& system, double h, int stages) {
  const double s = stages, w0 = 1.0 + kDamping / (s * s);
  Chebyshev last(w0);
  for (int j = 2; j <= stages; ++j) last.next();
  const double w1 = last.dT / last.ddT;
  const auto weight = [](const Chebyshev& T) { return T.ddT / (T.dT * T.dT); };   // b_j, j >= 2

  Chebyshev T(w0);
  T.next();
  const double b2 = weight(T), c2 = w1 * T.ddT / T.dT;
  double b_before = b2, b_here = 1.0 / w0;                       // b_0 = b_2, b_1
  double a_here = 1.0 - b_here * w0, c_here = c2 / T.dT;
  double mu = b_here * w1;
  for (std::size_t i = 0; i < state_.size(); ++i) newer_[i] = state_[i] + mu * h * slope_[i];
  older_ = state_;
  for (int j = 2; j <= stages; ++j) {
    const double b = weight(T), mu_j = 2.0 * b * w0 / b_here, nu = -b / b_before, mu_tilde = 2.0 * b * w1 / b_here, gamma = -a_here * mu_tilde;
    system(newer_, next_slope_, t_ + c_here * h);
    for (std::size_t i = 0; i < state_.size(); ++i)
      next_[i] = (1.0 - mu_j - nu) * state_[i] + mu_j * newer_[i] + nu * older_[i] + h * (mu_tilde * next_slope_[i] + gamma * slope_[i]);
    std::swap(older_, newer_);
    std::swap(newer_, next_);
    b_before = b_here;
    b_here = b;
    a_here = 1.0 - b * T.T;
    c_here = w1 * T.ddT / T.dT;
    T.next();
  }
  std::swap(newer_, next_);
}

/// Estimate of the step's error over what is accepted, with next_slope_ as by-product.
double ChebyshevStepper::error(const System& system, double h) {
  system(next_, next_slope_, t_ + h);
  double worst = 0.0;
  for (std::size_t i = 0; i < state_.size(); ++i) {
    const double estimate = 0.8 * (state_[i] - next_[i]) + 0.4 * h * (slope_[i] + next_slope_[i]);
    const double scale = tolerance_.absolute + tolerance_.relative * std::max(std::abs(state_[i]), std::abs(next_[i]));
    const double share = std::abs(estimate) / scale;
    if (!(share <= worst)) worst = share;   // NaN as well
  }
  return worst;
}

bool ChebyshevStepper::do_step(const System& system) {
  // Rounding grows as s² ε within a step: it has to stay below the tolerance.
  const int most_stages = std::max(10, static_cast<int>(std::sqrt(tolerance_.relative / (10.0 * kRounding))));
  while (true) {
    if (steps_since_radius_ >= kStepsPerRadius) {
      spectral_radius_ = radius_(system, t_, state_, slope_);
      steps_since_radius_ = 0;
    }
    int stages = stages_for(step_ * spectral_radius_);
    if (stages > most_stages) {
      stages = most_stages;
      step_ = (stages * stages - 1.0) / (1.54 * spectral_radius_);
    }
    const double h = step_;
    if (!(t_ + h > t_)) return false;
    advance(system, h, stages);
    const double err = error(system, h);
    if (!(err <= 1.0)) {
      step_ = h * (std::isfinite(err) ? std::max(0.1, 0.8 / std::cbrt(err)) : 0.1);
      steps_since_radius_ = kStepsPerRadius;
      continue;
    }
    double factor = 10.0;
    if (err > 0.0) {
      factor = 0.8 / std::cbrt(err);
      if (last_error_ > 0.0) factor = std::min(factor, 0.8 * std::cbrt(last_error_) / std::cbrt(err * err) * h / last_step_);
    }
    last_error_ = err;
    last_step_ = h;
    step_ = h * std::clamp(factor, 0.1, 10.0);
    previous_t_ = t_;
    t_ += h;
    std::swap(previous_state_, state_);
    std::swap(previous_slope_, slope_);
    std::swap(state_, next_);
    std::swap(slope_, next_slope_);
    ++steps_since_radius_;
    return true;
  }
}

void ChebyshevStepper::calc_state(double t, FlowState& out) const {
  const double h = t_ - previous_t_, x = (t - previous_t_) / h, rest = 1.0 - x;
  const double at_start = rest * rest * (1.0 + 2.0 * x), at_end = x * x * (3.0 - 2.0 * x);
  const double slope_start = x * rest * rest * h, slope_end = -x * x * rest * h;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = at_start * previous_state_[i] + at_end * state_[i] + slope_start * previous_slope_[i] + slope_end * slope_[i];
}

}  // namespace aesweep
