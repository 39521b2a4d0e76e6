#pragma once
#include <cstdint>
#include <string>

namespace aesweep {

/// "3.2 s", "4 min 10 s", "2 h 05 min", "3.1 days".
std::string duration(double seconds);
/// "812 B", "3.4 MB".
std::string bytes(double count);
/// "1 234 567".
std::string grouped(std::uint64_t count);
/// "1 point", "3 points".
std::string counted(std::uint64_t count, const std::string& noun);

/// Columns of the terminal behind standard output (COLUMNS, or 80, where there is none).
int terminal_width();
/// A person reads standard output on a terminal, also behind mpirun.
bool output_is_terminal();
/// That, and NO_COLOR is not set.
bool colour_wanted();

}  // namespace aesweep
