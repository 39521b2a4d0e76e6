#include "text.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace aesweep {

std::string duration(double seconds) {
  if (!std::isfinite(seconds)) return "unknown";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 99.5) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02d} s", whole / 60, whole % 60);
  if (whole < 48 * 3600) return fmt::format("{} h {:02d} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{:.1f} days", seconds / 86400.0);
}

std::string bytes(double count) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (; count >= 999.5 && unit + 1 < units.size(); ++unit) count /= 1000.0;
  return unit == 0 ? fmt::format("{:.0f} B", count) : fmt::format("{:.{}f} {}", count, count < 9.95 ? 1 : 0, units[unit]);
}

std::string grouped(std::uint64_t count) {
  auto digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), 1, ' ');
  return digits;
}

std::string counted(std::uint64_t count, const std::string& noun) { return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s"); }

int terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int width = columns ? std::atoi(columns) : 0;
  return width > 0 ? width : 80;
}

bool output_is_terminal() {
  if (!isatty(STDOUT_FILENO)) return false;
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr) return true;
  // mpirun gives its ranks a pseudo-terminal whatever its own output is: look at the parent's.
  std::array<char, 64> target{};
  const auto link = fmt::format("/proc/{}/fd/1", getppid());
  return readlink(link.c_str(), target.data(), target.size() - 1) > 0 &&
         (std::string_view(target.data()).starts_with("/dev/pts/") || std::string_view(target.data()).starts_with("/dev/tty"));
}

bool colour_wanted() {
  const char* refused = std::getenv("NO_COLOR");
  return output_is_terminal() && (refused == nullptr || *refused == '\0');
}

}  // namespace aesweep
