#include "part.hpp"

#include <fmt/core.h>

#include <charconv>

#include "usage_error.hpp"

namespace aesweep {
namespace {

/// Finaliser of splitmix64   [Steele, Lea & Flood, OOPSLA 2014].
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

}  // namespace

bool Part::has(std::uint64_t task) const { return mixed(task / together) % parts == index - 1; }

Part parse_part(const std::string& text) {
  constexpr std::uint64_t kMost = 100000;
  Part part{0, 0};
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, part.index);
  const bool slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = slash ? std::from_chars(first.ptr + 1, end, part.parts) : first;
  if (!slash || second.ec != std::errc() || second.ptr != end || part.index < 1 || part.index > part.parts || part.parts > kMost)
    throw UsageError(fmt::format("--part {}: must be I/N with 1 <= I <= N <= {}, e.g. 2/4", text, kMost));
  return part;
}

}  // namespace aesweep
