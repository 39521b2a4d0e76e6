#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "aesweep/outcome/trajectory.hpp"

namespace aesweep {

/// What a network could reach at best on its data   [equations.md §4].
struct Yardstick {
  double chance;                    ///< ½ Σ ρ̂
  double best;                      ///< E_K, the reachable error
  std::vector<double> reachable;    ///< ρ̂_m/(ρ̂_m + ŝ²) of the followed components; 0 where ρ̂_m = 0
};

/// How a trajectory is judged (`[outcome]` of the sweep file).
struct Criteria {
  double learnt_threshold = 0.5;
  double success_excess = 0.1;
};

/// A trajectory in a few numbers.
struct Verdict {
  double final_pmse;                  ///< at the horizon; NaN if diverged
  double excess;                      ///< (pmse − E_K)/(chance − E_K); NaN if diverged or chance = E_K
  int learnt;                         ///< followed components above their threshold at the horizon; −1 if diverged
  std::vector<double> learning_time;  ///< per component: first crossing of the threshold, linear between recorded times; NaN if never
  bool converged;                     ///< pmse moved by less than kStationary × chance over the second half of the horizon
};

/// Largest change of pmse over t ∈ [T/2, T], as a share of chance, that still counts as stationary. A plateau before a component is learnt
/// looks stationary as well: "converged" says that nothing moves, not that nothing will.
inline constexpr double kStationary = 1e-3;

/// @param error_reached  the error at the horizon on which excess rests: pmse, or projector_error for the PCA rules.
Verdict judge(const Trajectory& trajectory, double error_reached, const Yardstick& yardstick, const Criteria& criteria);

/// max over the recorded times of |simulated − theory| / chance; NaN if either diverged.
double theory_gap(std::span<const double> simulated, std::span<const double> theory, double chance);

/// 95 % Wilson score interval of a success probability; NaN at n = 0   [Wilson, JASA 22, 209 (1927)].
struct Interval {
  double low, high;
};
Interval wilson_interval(std::size_t successes, std::size_t n);

/// One replica's scalars, as far as a summary needs them.
struct ReplicaOutcome {
  bool diverged;
  double excess;
  int learnt;
};

/// A point's replicas in a few numbers   [interfaces.md, /phase]: n = done + diverged; diverged replicas do not succeed, count 0 in learnt_mean and are
/// absent from excess_mean; NaN at n = 0 (excess_sem below two finite values).
struct Summary {
  double success, success_low, success_high, learnt_mean, excess_mean, excess_sem;
  std::size_t replicas;
};
Summary summarise(std::span<const ReplicaOutcome> replicas, double success_excess);

}  // namespace aesweep
