#pragma once
#include <string>
#include <vector>

#include "hdf5_handle.hpp"

namespace aesweep {

/// Names of a dataset's dimensions, from the scales attached to it; of a scale, its own name; "" where there is none.
std::vector<std::string> dimension_names(hid_t dataset);

}  // namespace aesweep
