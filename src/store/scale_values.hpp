#pragma once
#include <span>
#include <string>
#include <vector>

#include "aesweep/sweep/sweep.hpp"
#include "hdf5_handle.hpp"

namespace aesweep {

// One-dimensional datasets at the root of the file called `file` in messages, created and written; std::runtime_error if HDF5 fails.

/// Variable-length UTF-8 text.
Handle write_texts(hid_t root, const std::string& file, const std::string& name, const std::vector<std::string>& values);
Handle write_numbers(hid_t root, const std::string& file, const std::string& name, std::span<const double> values);
/// 0, 1, ..., count − 1 as int64.
Handle write_count(hid_t root, const std::string& file, const std::string& name, std::size_t count);
/// Values of one key in its type: float64, int64, boolean or text.
Handle write_column(hid_t root, const std::string& file, const std::string& name, const AxisColumn& column);

/// Text of a dataset of variable-length strings.
std::vector<std::string> read_texts(hid_t dataset, const std::string& file, const std::string& name);

}  // namespace aesweep
