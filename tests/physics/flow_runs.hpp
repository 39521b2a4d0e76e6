#pragma once
#include <cmath>
#include <functional>
#include <vector>

#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/dynamics/modes.hpp"
#include "aesweep/outcome/judge.hpp"

namespace aesweep {

/// What a flow looks like at one time.
struct Snapshot {
  double pmse;
  std::vector<double> explained;   // R² of the leading modes, shape (components)
  Weights weights;
};

/// Far below the differences that the tests look for.
inline constexpr Tolerance kTight{1e-11, 1e-13};

/// Snapshots of the flow at `times`, of which the first is 0. `total` is Σρ̂ over all modes of the data, the compressed ones included.
inline std::vector<Snapshot> follow(const LearningRule& rule, const Modes& modes, double total, const std::vector<double>& times,
                                    std::size_t components, const Tolerance& tolerance = kTight) {
  const auto judge = population_judge(rule.activation, modes.weights.hidden(), modes.rho_hat, total, rule.noise);
  std::vector<Snapshot> snapshots;
  integrate_flow(rule, modes, times, tolerance, [&](std::size_t, const Weights& weights) {
    std::vector<double> explained(components);
    const double pmse = judge->measure(weights, explained);
    snapshots.push_back({pmse, std::move(explained), weights});
    return true;
  }, [] {});
  return snapshots;
}

/// One neuron a component, W_kτ = α_W δ_kτ and V̂_kτ = α_V δ_kτ   [equations.md §5, "Aligned start"].
inline Weights aligned_weights(Eigen::Index hidden, Eigen::Index modes, double encoder_scale, double decoder_scale) {
  return {encoder_scale * RowMatrix::Identity(hidden, modes), decoder_scale * RowMatrix::Identity(hidden, modes), Eigen::VectorXd::Zero(hidden)};
}

/// Where `holds` changes from true at `low` to false at `high`, to within `width`.
inline double boundary(double low, double high, double width, const std::function<bool(double)>& holds) {
  while (high - low > width) {
    const double middle = 0.5 * (low + high);
    (holds(middle) ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace aesweep
