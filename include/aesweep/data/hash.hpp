#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aesweep {

/// SHA-256.
using Digest = std::array<std::uint8_t, 32>;
Digest sha256(std::string_view text);
/// Of a file's bytes. @throws std::runtime_error if it can't be read.
Digest sha256_file(const std::string& path);
std::string hex(const Digest& digest);
/// The first eight bytes, little endian.
std::uint64_t leading_bits(const Digest& digest);

}  // namespace aesweep
