#pragma once
#include <optional>
#include <string>

#include "aesweep/data/hash.hpp"

namespace aesweep {

/// A small file of its own that holds what one task has so far. Layout: "AESWCKPT", the digest of what the bytes hang on (32 bytes), the SHA-256 of
/// that digest and the bytes together (32 bytes), the bytes. No MPI, no HDF5.

/// Writes PATH.part, waits until it is on the device, and renames it: whatever ends the process, a file of the name PATH is whole. Makes the
/// directory where there is none. @throws std::runtime_error naming file and cause (a full disk, no permission); no PATH.part is left behind then.
void write_checkpoint(const std::string& path, const Digest& identity, const std::string& bytes);

/// @returns nothing where there is no such file.
/// @throws std::runtime_error naming the file, if it can't be read, is damaged, or was kept of something else than `identity`.
std::optional<std::string> read_checkpoint(const std::string& path, const Digest& identity);

}  // namespace aesweep
