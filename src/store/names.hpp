#pragma once
#include <string>
#include <vector>

#include "aesweep/store/layout.hpp"

namespace aesweep {

/// Names of the datasets that hold the single keys of linked axes: one list an axis (empty where it is not linked), one name a column.
/// The last part of the key, or, where anything else has that name, the whole key with underscores for dots.
/// @throws std::invalid_argument if an axis has the name of another dataset, group or axis.
std::vector<std::vector<std::string>> auxiliary_names(const FileLayout& layout);

/// Names of the dimensions of a row's first part: the axes, then "replica".
std::vector<std::string> row_dimensions(const FileLayout& layout);
/// Sizes of dimensions by their names: axes, further axes, counts, "replica", those of observables.
std::vector<std::size_t> dimension_sizes(const FileLayout& layout, const std::vector<std::string>& dims);
/// Names of the axes.
std::vector<std::string> point_dimensions(const FileLayout& layout);

}  // namespace aesweep
