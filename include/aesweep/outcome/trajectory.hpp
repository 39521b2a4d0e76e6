#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <vector>

namespace aesweep {

/// Called inside a flow (every step) and an SGD run (every millisecond or so): rank 0 answers the other ranks' messages there. It may throw to leave the
/// run.
using Poll = std::function<void()>;

/// A calculation that can't go on (step size underflow, a covariance that is not one). The message says where in time.
class NumericalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What an engine records of one replica at common times.
class Trajectory {
 public:
  /// @param times  t = steps/D, ascending, the first 0.
  Trajectory(std::vector<double> times, std::size_t components);

  /// Records time `index`, in ascending order. A non-finite error, or one above 10 × max(chance, error at t = 0), marks the trajectory diverged:
  /// that time and the later ones stay NaN.
  /// @returns false once it has diverged.
  bool record(std::size_t index, double pmse, std::span<const double> explained, double chance);

  const std::vector<double>& times() const { return times_; }
  const std::vector<double>& pmse() const { return pmse_; }
  /// R² of one component at all times.
  std::span<const double> explained(std::size_t component) const;
  /// R² of all components, shape (component, time).
  const std::vector<double>& explained() const { return explained_; }
  std::size_t components() const { return components_; }
  bool diverged() const { return diverged_; }

 private:
  std::vector<double> times_, pmse_, explained_;
  std::size_t components_;
  bool diverged_ = false;
};

}  // namespace aesweep
