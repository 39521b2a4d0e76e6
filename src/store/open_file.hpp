#pragma once
#include <string>

#include "hdf5_handle.hpp"

namespace aesweep {

/// Opens a result file read-only with the serial driver and without a lock, so that it can be read while a run writes.
/// @throws std::runtime_error naming file and fault: absent, not HDF5, not aesweep's, another format version.
Handle open_for_reading(const std::string& path);

/// @throws std::runtime_error if the open file is not aesweep's or of another format version.
void check_format(hid_t file, const std::string& path);

}  // namespace aesweep
