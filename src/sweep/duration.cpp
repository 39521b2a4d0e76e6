#include "aesweep/sweep/duration.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace aesweep {
namespace {

constexpr double kMinute = 60.0, kHour = 3600.0, kDay = 86400.0;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

std::optional<double> number(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0.0) return std::nullopt;
  return value;
}

/// Whole numbers between colons: "1:30:00".
std::optional<std::vector<double>> clock_parts(std::string_view text) {
  std::vector<double> parts;
  while (true) {
    const auto colon = text.find(':');
    const auto part = text.substr(0, colon);
    if (part.empty() || !std::ranges::all_of(part, [](unsigned char c) { return std::isdigit(c) != 0; })) return std::nullopt;
    const auto value = number(part);
    if (!value) return std::nullopt;
    parts.push_back(*value);
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

std::optional<double> with_unit(std::string_view text) {
  const std::string_view units = "smhd";
  constexpr std::array<double, 4> seconds{1.0, kMinute, kHour, kDay};
  const auto unit = units.find(text.back());
  if (unit == std::string_view::npos || text.size() < 2) return std::nullopt;
  const auto value = number(text.substr(0, text.size() - 1));
  return value ? std::optional(*value * seconds[unit]) : std::nullopt;
}

/// D-HH, D-HH:MM, D-HH:MM:SS.
std::optional<double> with_days(std::string_view days, std::string_view rest) {
  const auto whole = clock_parts(days), parts = clock_parts(rest);
  if (!whole || whole->size() != 1 || !parts || parts->size() > 3) return std::nullopt;
  constexpr std::array<double, 3> units{kHour, kMinute, 1.0};
  double sum = whole->front() * kDay;
  for (std::size_t i = 0; i < parts->size(); ++i) sum += (*parts)[i] * units[i];
  return sum;
}

}  // namespace

std::optional<double> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "unlimited" || lower == "none") return kInfinite;
  if (const auto dash = lower.find('-'); dash != std::string::npos)
    return with_days(std::string_view(lower).substr(0, dash), std::string_view(lower).substr(dash + 1));
  if (lower.find(':') == std::string::npos) return with_unit(lower);
  const auto parts = clock_parts(lower);
  if (!parts || parts->size() > 3) return std::nullopt;
  double sum = 0.0;
  for (const double part : *parts) sum = sum * kMinute + part;
  return sum;
}

}  // namespace aesweep
