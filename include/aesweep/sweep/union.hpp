#pragma once
#include <span>
#include <vector>

#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Several sweeps as one whose axes have the values of all.
struct SweepUnion {
  Sweep sweep;
  /// Of each sweep, for each axis: the position of its values in the union.
  std::vector<std::vector<std::vector<std::size_t>>> positions;

  /// The union's point that is `point` of sweep number `part`.
  std::uint64_t point(std::size_t part, const Sweep& sweep_of_part, std::uint64_t point) const;
};

/// The union of sweeps that agree but for the values of their axes, their names and their replicas (the largest number counts, of `{ min, max, until }` the largest max).
/// Values of an axis: numbers ascending, or descending where every sweep has them so; anything else as first seen. Its text is the first sweep's,
/// with absolute paths, so that it can be put into a sweep file anywhere; an axis that all sweeps share stays as it is written there.
/// @param labels  of the sweeps, for messages.
/// @throws ConfigError naming what differs, or what is wrong with points that only the union has.
SweepUnion unite(std::span<const Sweep* const> sweeps, std::span<const std::string> labels);

}  // namespace aesweep
