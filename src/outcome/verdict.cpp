#include "aesweep/outcome/verdict.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// First time at which `values` reach `level`, linear between samples; NaN if never.
double first_crossing(std::span<const double> times, std::span<const double> values, double level) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= level)) continue;
    if (i == 0) return times[0];
    return times[i - 1] + (times[i] - times[i - 1]) * (level - values[i - 1]) / (values[i] - values[i - 1]);
  }
  return kNaN;
}

/// Range of pmse over the second half of the horizon, its value at T/2 interpolated.
bool stationary(const Trajectory& trajectory, double chance) {
  const auto& times = trajectory.times();
  const auto& pmse = trajectory.pmse();
  const double half = 0.5 * times.back();
  const auto next = static_cast<std::size_t>(std::ranges::lower_bound(times, half) - times.begin());
  double low = pmse[next], high = pmse[next];
  if (next > 0) {
    const double share = (half - times[next - 1]) / (times[next] - times[next - 1]);
    const double at_half = pmse[next - 1] + share * (pmse[next] - pmse[next - 1]);
    low = std::min(low, at_half);
    high = std::max(high, at_half);
  }
  for (std::size_t i = next; i < pmse.size(); ++i) {
    low = std::min(low, pmse[i]);
    high = std::max(high, pmse[i]);
  }
  return high - low <= kStationary * chance;
}

}  // namespace

Verdict judge(const Trajectory& trajectory, double error_reached, const Yardstick& yardstick, const Criteria& criteria) {
  assert(yardstick.reachable.size() == trajectory.components());
  Verdict verdict{kNaN, kNaN, -1, std::vector<double>(trajectory.components(), kNaN), false};
  if (!trajectory.diverged()) {
    verdict.final_pmse = trajectory.pmse().back();
    const double range = yardstick.chance - yardstick.best;
    if (range > 0.0) verdict.excess = (error_reached - yardstick.best) / range;
    verdict.learnt = 0;
    verdict.converged = stationary(trajectory, yardstick.chance);
  }
  for (std::size_t m = 0; m < trajectory.components(); ++m) {
    if (!(yardstick.reachable[m] > 0.0)) continue;
    const double level = criteria.learnt_threshold * yardstick.reachable[m];
    verdict.learning_time[m] = first_crossing(trajectory.times(), trajectory.explained(m), level);
    if (!trajectory.diverged() && trajectory.explained(m).back() >= level) ++verdict.learnt;
  }
  return verdict;
}

double theory_gap(std::span<const double> simulated, std::span<const double> theory, double chance) {
  assert(simulated.size() == theory.size());
  double gap = 0.0;
  for (std::size_t i = 0; i < simulated.size(); ++i) {
    const double difference = std::abs(simulated[i] - theory[i]);
    if (std::isnan(difference)) return kNaN;
    gap = std::max(gap, difference);
  }
  return gap / chance;
}

Interval wilson_interval(std::size_t successes, std::size_t n) {
  assert(successes <= n);
  if (n == 0) return {kNaN, kNaN};
  constexpr double z = 1.959963984540054;  // 97.5 % quantile of the normal distribution
  const double count = static_cast<double>(n), p = static_cast<double>(successes) / count;
  const double centre = (p + z * z / (2.0 * count)) / (1.0 + z * z / count);
  const double half = z / (1.0 + z * z / count) * std::sqrt(p * (1.0 - p) / count + z * z / (4.0 * count * count));
  return {successes == 0 ? 0.0 : centre - half, successes == n ? 1.0 : centre + half};
}

Summary summarise(std::span<const ReplicaOutcome> replicas, double success_excess) {
  Summary summary{kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, replicas.size()};
  if (replicas.empty()) return summary;
  std::size_t successes = 0, finite = 0;
  double learnt = 0.0, excess = 0.0;
  for (const auto& replica : replicas) {
    if (replica.diverged) continue;
    learnt += replica.learnt;
    if (std::isnan(replica.excess)) continue;
    ++finite;
    excess += replica.excess;
    if (replica.excess <= success_excess) ++successes;
  }
  const double n = static_cast<double>(replicas.size());
  summary.success = static_cast<double>(successes) / n;
  const auto interval = wilson_interval(successes, replicas.size());
  summary.success_low = interval.low;
  summary.success_high = interval.high;
  summary.learnt_mean = learnt / n;
  if (finite == 0) return summary;
  summary.excess_mean = excess / static_cast<double>(finite);
  if (finite < 2) return summary;
  double squares = 0.0;
  for (const auto& replica : replicas) {
    if (replica.diverged || std::isnan(replica.excess)) continue;
    squares += (replica.excess - summary.excess_mean) * (replica.excess - summary.excess_mean);
  }
  summary.excess_sem = std::sqrt(squares / static_cast<double>(finite - 1) / static_cast<double>(finite));
  return summary;
}

}  // namespace aesweep
