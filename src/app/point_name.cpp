#include "point_name.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>

#include "usage_error.hpp"

namespace aesweep {
namespace {

bool is_numeric(const Axis& axis) {
  const auto type = axis.columns.front().type;
  return !axis.linked() && (type == AxisColumn::Type::number || type == AxisColumn::Type::integer);
}

/// "a=1,b=x, y" → {a: "1", b: "x, y"}: a part without = belongs to the value before it, as labels may have commas.
std::map<std::string, std::string> parts_of(const std::string& text) {
  std::map<std::string, std::string> parts;
  std::string* last = nullptr;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto part = text.substr(begin, end - begin);
    const auto split = part.find('=');
    if (split != std::string::npos) {
      last = &(parts[part.substr(0, split)] = part.substr(split + 1));
    } else if (last != nullptr) {
      *last += "," + part;
    } else {
      throw UsageError(fmt::format("{}: a point is an index as in `aesweep plan --list`, or AXIS=VALUE,...", text));
    }
    begin = end + 1;
  }
  return parts;
}

/// Takes an axis's value out of what the text has. @returns where it is on the axis
std::uint64_t take_position(const Axis& axis, std::map<std::string, std::string>& parts, const std::string& text) {
  std::ptrdiff_t position = axis.size() == 1 ? 0 : -1;
  if (const auto part = parts.extract(axis.name)) {
    position = position_on_axis(axis.labels, is_numeric(axis), part.mapped());
    if (position < 0) throw UsageError(fmt::format("{}={}: the axis has {}", axis.name, part.mapped(), fmt::join(axis.labels, "; ")));
  }
  if (position < 0) throw UsageError(fmt::format("{}: no value for the axis {}: {}", text, axis.name, fmt::join(axis.labels, "; ")));
  return static_cast<std::uint64_t>(position);
}

/// Which of a slice's points, from `first` on, is at the refined axes' values.
std::uint64_t asked_point(const Sweep& sweep, std::uint64_t first, std::map<std::string, std::string>& parts, const std::string& text) {
  std::uint64_t site = 0;
  for (const auto& axis : sweep.refined->axes) site = site * axis.size() + take_position(axis, parts, text);
  const auto begin = sweep.refined->site.begin() + static_cast<std::ptrdiff_t>(first), end = begin + sweep.refine.points;
  const auto found = std::find(begin, end, static_cast<std::int64_t>(site));
  if (found == end) throw UsageError(fmt::format("{}: the refinement did not ask for this point", text));
  return static_cast<std::uint64_t>(found - sweep.refined->site.begin());
}

}  // namespace

std::ptrdiff_t position_on_axis(const std::vector<std::string>& labels, bool numeric, const std::string& wanted) {
  const auto found = std::ranges::find(labels, wanted);
  if (found != labels.end()) return found - labels.begin();
  char* end = nullptr;
  const double number = std::strtod(wanted.c_str(), &end);
  if (!numeric || wanted.empty() || *end != '\0') return -1;
  std::ptrdiff_t nearest = -1;
  double distance = 0.01 * std::abs(number);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double difference = std::abs(std::strtod(labels[i].c_str(), nullptr) - number);
    if (difference > distance) continue;
    distance = difference;
    nearest = static_cast<std::ptrdiff_t>(i);
  }
  return nearest;
}

std::string name_of_point(const Sweep& sweep, std::uint64_t point) {
  std::string values;
  const auto at = sweep.coordinates(point);
  for (std::size_t a = 0; a < at.size(); ++a)
    values += fmt::format("{}{} = {}", a == 0 ? " (" : ", ", sweep.axes[a].name, sweep.axes[a].labels[at[a]]);
  if (sweep.refined && sweep.refined->site[point] != kNoSite) {
    auto site = static_cast<std::uint64_t>(sweep.refined->site[point]);
    std::string coordinates;
    for (auto axis = sweep.refined->axes.rbegin(); axis != sweep.refined->axes.rend(); ++axis) {
      coordinates = fmt::format(", {} = {}", axis->name, axis->labels[site % axis->size()]) + coordinates;
      site /= axis->size();
    }
    values += coordinates;
  }
  return fmt::format("point {}{}{}", point, values, values.empty() ? "" : ")");
}

std::uint64_t point_named(const Sweep& sweep, const std::string& text) {
  std::uint64_t index = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
      error == std::errc{} && end == text.data() + text.size()) {
    if (index < sweep.points()) return index;
    throw UsageError(fmt::format("point {}: the sweep has the points 0 to {}", text, sweep.points() - 1));
  }
  auto parts = parts_of(text);
  index = 0;
  for (const auto& axis : sweep.axes) {
    const bool by_values = sweep.refined && &axis == &sweep.axes.back() && !parts.contains(axis.name);
    index = by_values ? asked_point(sweep, index * axis.size(), parts, text) : index * axis.size() + take_position(axis, parts, text);
  }
  if (parts.empty()) return index;
  std::vector<std::string> names;
  for (const auto* axis : sweep.moved()) names.push_back(axis->name);
  throw UsageError(fmt::format("{}: no axis '{}' in the file; one of {}", text, parts.begin()->first, fmt::join(names, ", ")));
}

}  // namespace aesweep
