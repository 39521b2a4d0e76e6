#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "aesweep/experiment/observable.hpp"
#include "aesweep/outcome/sequential.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Stored rows of one engine for a range of points, replicas of a point side by side.
struct StoredRows {
  std::vector<std::uint8_t> status;   ///< (point, replica)
  std::vector<double> excess;         ///< (point, replica)
  std::vector<double> learnt;         ///< (point, replica)
  std::vector<double> pmse;           ///< (point, replica, time); empty unless flow and SGD run and trajectories are stored
  std::vector<double> theory_gap;     ///< (point, replica); SGD's, empty unless the flow runs too
};

/// When the sweep's points have enough replicas; nothing where all have the same number.
std::optional<SequentialTest> sequential_test(const Sweep& sweep);
/// What a row says of the success probability, as `success` in /phase counts it.
Trial trial_of(Status status, double excess, double success_excess);

/// Summaries of a range of points, one vector for each of phase_columns(sweep), from rows in replica order   [interfaces.md, /phase].
/// @param rows    one entry for each of sweep.engines.
/// @param chance  of each point, for theory_bias.
std::vector<std::vector<double>> summarise_rows(const Sweep& sweep, const std::vector<StoredRows>& rows, const std::vector<double>& chance);

}  // namespace aesweep
