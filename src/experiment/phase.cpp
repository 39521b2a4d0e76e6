#include "aesweep/experiment/phase.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "aesweep/experiment/columns.hpp"
#include "aesweep/experiment/observable.hpp"
#include "aesweep/outcome/sequential.hpp"
#include "aesweep/outcome/verdict.hpp"

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool is(std::uint8_t status, Status wanted) { return status == static_cast<std::uint8_t>(wanted); }

Summary summarise_point(const StoredRows& rows, std::size_t first, std::size_t replicas, double success_excess) {
  std::vector<ReplicaOutcome> outcomes;
  for (std::size_t row = first; row < first + replicas; ++row) {
    const bool diverged = is(rows.status[row], Status::diverged);
    if (diverged || is(rows.status[row], Status::done)) outcomes.push_back({diverged, rows.excess[row], static_cast<int>(rows.learnt[row])});
  }
  return summarise(outcomes, success_excess);
}

/// What a test that looks several times leaves of the confidence.
void widen(Summary& summary, const SequentialTest& test) {
  if (summary.replicas == 0) return;
  const auto successes = std::llround(summary.success * static_cast<double>(summary.replicas));
  const auto interval = test.interval(static_cast<std::size_t>(successes), summary.replicas);
  summary.success_low = interval.low;
  summary.success_high = interval.high;
}

double mean_gap(const StoredRows& rows, std::size_t first, std::size_t replicas) {
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t row = first; row < first + replicas; ++row) {
    if (std::isnan(rows.theory_gap[row])) continue;
    sum += rows.theory_gap[row];
    ++count;
  }
  return count == 0 ? kNaN : sum / static_cast<double>(count);
}

/// max_t |mean over replicas of (pmse of SGD − pmse of the flow)| / chance, over the replicas in which both are done.
double bias(const StoredRows& ode, const StoredRows& sgd, std::size_t first, std::size_t replicas, std::size_t times, double chance) {
  double worst = 0.0;
  for (std::size_t t = 0; t < times; ++t) {
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t row = first; row < first + replicas; ++row) {
      if (!is(ode.status[row], Status::done) || !is(sgd.status[row], Status::done)) continue;
      sum += sgd.pmse[row * times + t] - ode.pmse[row * times + t];
      ++count;
    }
    if (count == 0) return kNaN;
    worst = std::max(worst, std::abs(sum / static_cast<double>(count)));
  }
  return worst / chance;
}

}  // namespace

std::optional<SequentialTest> sequential_test(const Sweep& sweep) {
  const auto [min, until] = sweep.sequential;
  if (min == 0) return std::nullopt;
  return SequentialTest(static_cast<std::size_t>(min), static_cast<std::size_t>(sweep.replicas), until);
}

Trial trial_of(Status status, double excess, double success_excess) {
  switch (status) {
    case Status::done: return excess <= success_excess ? Trial::success : Trial::failure;
    case Status::diverged: return Trial::failure;
    case Status::failed:
    case Status::excluded: return Trial::void_of_outcome;
    default: return Trial::missing;
  }
}

std::vector<std::vector<double>> summarise_rows(const Sweep& sweep, const std::vector<StoredRows>& rows, const std::vector<double>& chance) {
  const auto replicas = static_cast<std::size_t>(sweep.replicas);
  const auto times = static_cast<std::size_t>(sweep.record.count) + 1;
  const auto rows_of = [&](Engine engine) -> const StoredRows* {
    const auto found = std::ranges::find(sweep.engines, engine);
    return found == sweep.engines.end() ? nullptr : &rows[static_cast<std::size_t>(found - sweep.engines.begin())];
  };
  const auto *ode = rows_of(Engine::ode), *sgd = rows_of(Engine::sgd);
  const auto test = sequential_test(sweep);
  std::vector<std::vector<double>> columns(phase_columns(sweep).size());
  for (std::size_t point = 0; point < chance.size(); ++point) {
    const std::size_t first = point * replicas;
    std::size_t column = 0;
    for (const auto& engine : rows) {
      auto summary = summarise_point(engine, first, replicas, sweep.outcome.success_excess);
      if (test) widen(summary, *test);
      for (const double value : {summary.success, summary.success_low, summary.success_high, summary.learnt_mean, summary.excess_mean,
                                 summary.excess_sem, static_cast<double>(summary.replicas)})
        columns[column++].push_back(value);
    }
    if (ode && sgd) {
      columns[column++].push_back(mean_gap(*sgd, first, replicas));
      if (sweep.record.trajectories) columns[column++].push_back(bias(*ode, *sgd, first, replicas, times, chance[point]));
    }
  }
  return columns;
}

}  // namespace aesweep
