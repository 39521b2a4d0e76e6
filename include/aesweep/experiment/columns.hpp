#pragma once
#include <vector>

#include "aesweep/experiment/observable.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Sizes of the further dimensions of a sweep's rows; those over neurons and coordinates are the largest of the grid's points.
Extents extents_of(const Sweep& sweep);

/// Columns that an engine records for a sweep, in the order of Row::values   [interfaces.md, "Result file"].
/// @param noisy  some point of the grid has input noise: the clean map is recorded as well.
std::vector<Observable> engine_columns(const Sweep& sweep, Engine engine, bool noisy);

/// Datasets of /phase: for each engine "<engine>/success" …, then theory_gap and theory_bias where both engines run (the bias needs stored trajectories).
std::vector<Observable> phase_columns(const Sweep& sweep);

}  // namespace aesweep
