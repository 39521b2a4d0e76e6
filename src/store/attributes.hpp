#pragma once
#include <cstdint>
#include <string>

#include "aesweep/experiment/observable.hpp"
#include "hdf5_handle.hpp"

namespace aesweep {

inline constexpr const char* kFormat = "aesweep";
inline constexpr std::int64_t kFormatVersion = 1;

// Attributes of an object of the file called `file` in messages; std::runtime_error if HDF5 fails.

/// Variable-length UTF-8 text.
void write_text_attribute(hid_t object, const std::string& file, const std::string& name, const std::string& value);
void write_integer_attribute(hid_t object, const std::string& file, const std::string& name, std::int64_t value);
/// `_FillValue`, of the dataset's own type, as netCDF has it.
void write_fill_attribute(hid_t dataset, const std::string& file, const Observable& observable);

/// "" if there is none, or none of type text.
std::string read_text_attribute(hid_t object, const std::string& file, const std::string& name);
/// −1 if there is none.
std::int64_t read_integer_attribute(hid_t object, const std::string& file, const std::string& name);

}  // namespace aesweep
