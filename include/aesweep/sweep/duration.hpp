#pragma once
#include <optional>
#include <string_view>

namespace aesweep {

/// Seconds of a length of time as people and SLURM write it: "90s", "30m", "1.5h", "2d", "1:30:00", "30:00" (minutes:seconds), "D-HH", "D-HH:MM",
/// "D-HH:MM:SS"; infinity for "unlimited" and "none". A number alone is nothing: SLURM means minutes by it, people often seconds.
std::optional<double> parse_duration(std::string_view text);

}  // namespace aesweep
