#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "aesweep/experiment/observable.hpp"
#include "hdf5_handle.hpp"

namespace aesweep {

/// Bytes of one stored value.
std::size_t stored_size(DataType type);
/// HDF5's type on disk, little endian; booleans are the enum FALSE, TRUE of int8 as h5py makes it.
Handle stored_type(DataType type);
/// Variable-length UTF-8 text.
Handle text_type();

/// Bytes of `values` as stored, into `out` of values.size() × stored_size(type).
/// @throws std::invalid_argument if a value can't be held exactly by an integer or boolean type.
void encode(DataType type, std::span<const double> values, std::byte* out);

/// True if a fill value can't be taken for a measurement (NaN, or negative where the type has a sign), so that readers may mask it.
bool is_missing_mark(const Observable& observable);

/// "float64", "int16", "text", ...: an HDF5 type in words, for messages.
std::string type_name(hid_t type);

}  // namespace aesweep
