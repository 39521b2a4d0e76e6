#pragma once
#include <map>
#include <string>
#include <vector>

#include "aesweep/experiment/observable.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Sizes of the further dimensions of a sweep's rows; those over neurons and coordinates are the largest of the grid's points.
Extents extents_of(const Sweep& sweep);

/// Columns that an engine records for a sweep, in the order of Row::values   [interfaces.md, "Result file"].
std::vector<Observable> engine_columns(const Sweep& sweep, Engine engine);

/// Dimensions that only some engine of a sweep has, with the values along them   [Extents::further].
std::map<std::string, std::vector<double>> further_scales(const Sweep& sweep);
/// Datasets of /reference.
std::vector<std::string> reference_columns(const Sweep& sweep);

/// True if some point of the grid has input noise: the map without it is recorded as well.
bool has_input_noise(const Sweep& sweep);
/// True if some point of the grid has a finite training set: the error on it is recorded as well.
bool has_training_set(const Sweep& sweep);

/// Datasets of /phase: for each engine "<engine>/success" …, then theory_gap and theory_bias where flow and SGD run (the bias needs stored trajectories).
std::vector<Observable> phase_columns(const Sweep& sweep);

}  // namespace aesweep
