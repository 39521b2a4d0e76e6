#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "names.hpp"
#include "reading.hpp"

namespace aesweep {
namespace {

/// Values of a kind on the grid.
template <class Kind, class Get>
std::vector<Kind> kinds_taken(const Reading& reading, const char* key, Get kind_of) {
  if (reading.is_faulty(key)) {
    return {};
  }
  PointDraft draft = reading.grid->base;
  std::vector<Kind> kinds;
  const auto add = [&] {
    if (std::find(kinds.begin(), kinds.end(), kind_of(draft.point)) == kinds.end()) {
      kinds.push_back(kind_of(draft.point));
    }
  };
  if (const auto column = reading.grid->moving(key)) {
    const GridAxis& axis = reading.grid->axes[column->axis];
    for (std::size_t i = 0; i < axis.size; ++i) {
      axis.apply(i, draft);
      add();
    }
  } else {
    add();
  }
  return kinds;
}

/// Replicas from which on an exact interval of 95 % has this half width if all succeed or none does: the other end is (0.05/2)^(1/n) from there.
double fewest_for(double half_width) { return std::ceil(std::log(0.025) / std::log1p(-2.0 * half_width)); }

template <class Kind>
std::string quoted_names(const std::vector<Kind>& kinds) {
  std::vector<std::string> names;
  for (const Kind kind : kinds) {
    names.push_back(fmt::format("\"{}\"", text_of(kind)));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_present(const Reading& reading, const std::string& path) {
  return reading.given.contains(path) || reading.on_axes.contains(path);
}

Place place_of_key(const Reading& reading, const std::string& path) {
  const auto given = reading.given.find(path);
  return given != reading.given.end() ? given->second : reading.on_axes.at(path);
}

template <class Kind>
void check_use(Reading& reading, const Key& key, const char* kind_key, const std::vector<Kind>& wanted, const std::vector<Kind>& taken) {
  if (!taken.empty() && !applies_to_any(key, taken)) {
    reading.report.add(place_of_key(reading, key.path), fmt::format("{}: applies to {} = {} only; the sweep has {}", key.path, kind_key,
                                                                    quoted_names(wanted), quoted_names(taken)));
  }
}

/// Spikes are a list, or all three of { count, first, ratio }, from the table or from axes.
void check_spikes(Reading& reading) {
  std::vector<std::string> entries;
  std::vector<std::string> missing;
  for (const Key* key : keys_below("data.spikes")) {
    (is_present(reading, key->path) ? entries : missing).push_back(key->path);
  }
  const bool as_list = is_present(reading, "data.spikes") && !(reading.given.contains("data.spikes") && !entries.empty());
  if (reading.is_faulty("data.spikes")) {
    return;
  }
  if (entries.empty() && !as_list) {
    reading.report.add(reading.section_place("data"),
                       fmt::format("data.spikes: missing; data.kind = \"spiked\" needs {}", find_key("data.spikes")->allowed_text()));
  } else if (!entries.empty() && !missing.empty()) {
    reading.report.add(place_of_key(reading, entries.front()),
                       fmt::format("{}: {} missing; spikes are a list, or all of {{ count, first, ratio }}", entries.front(),
                                   fmt::join(missing, ", ")));
  }
}

void check_required(Reading& reading, const Key& key, const std::string& kind) {
  if (key.nested() || is_present(reading, key.path) || reading.is_faulty(key.path)) {
    return;
  }
  reading.report.add(reading.section_place(key.section()),
                     fmt::format("{}: missing; {}.kind = {} needs {}", key.path, key.section(), kind, key.allowed_text()));
}

/// Replicas are a number, or all of { min, max, until } of which the last can be reached.
void check_replicas(Reading& reading) {
  const auto* table = reading.root.at_path("sweep.replicas").node();
  if (table == nullptr || !table->is_table() || reading.is_faulty("sweep.replicas")) {
    return;
  }
  const Place place = reading.place(*table, "sweep.replicas");
  for (const Key* key : keys_below("sweep.replicas")) {
    if (!reading.given.contains(key->path)) {
      reading.report.add(place, fmt::format("{}: missing; replicas are an integer, or all of {{ min, max, until }}", key->path));
      return;
    }
  }
  const auto [min, until] = reading.sweep.sequential;
  const auto max = reading.sweep.replicas;
  if (min > max) {
    reading.report.add(reading.given.at("sweep.replicas.min"), fmt::format("sweep.replicas.min = {}: must be at most max = {}", min, max));
  } else if (const auto least = fewest_for(until); static_cast<double>(max) < least) {
    reading.report.add(reading.given.at("sweep.replicas.until"),
                       fmt::format("sweep.replicas.until = {}: out of reach of max = {}; replicas that all agree have an interval of this half width "
                                   "from {} on", until, max, least));
  }
}

}  // namespace

std::vector<DataKind> data_kinds(const Reading& reading) {
  return kinds_taken<DataKind>(reading, "data.kind", [](const PointConfig& point) { return point.data.kind; });
}

std::vector<ImageFormat> image_formats(const Reading& reading) {
  return kinds_taken<ImageFormat>(reading, "data.format", [](const PointConfig& point) { return point.data.format; });
}

std::vector<StartKind> start_kinds(const Reading& reading) {
  return kinds_taken<StartKind>(reading, "initial.kind", [](const PointConfig& point) { return point.initial.kind; });
}

namespace {

bool has_default(const Reading& reading, const Key& key) {
  return canonical(key.point.get(reading.grid->base)) == canonical(key.point.get({}));
}

}  // namespace

bool holds_somewhere(const Reading& reading, const Condition& condition) {
  if (condition.holds == nullptr) {
    return true;
  }
  const auto taken = kinds_taken<bool>(reading, condition.key.c_str(), condition.holds);
  return taken.empty() || std::find(taken.begin(), taken.end(), true) != taken.end();
}

void check_presence(Reading& reading) {
  const auto data = data_kinds(reading);
  const auto start = start_kinds(reading);
  for (const Key& key : schema()) {
    const bool told_above = key.nested() && is_present(reading, key.path.substr(0, key.path.rfind('.')));
    if (is_present(reading, key.path) && !told_above) {
      check_use(reading, key, "data.kind", key.data_kinds, data);
      check_use(reading, key, "initial.kind", key.start_kinds, start);
      if (!holds_somewhere(reading, key.only) && (reading.on_axes.contains(key.path) || !has_default(reading, key))) {
        reading.report.add(place_of_key(reading, key.path),
                           fmt::format("{}: applies to {} only; no point of the sweep has it", key.path, key.only.text));
      }
    }
    const bool needed = key.section() == "data" ? applies_to_any(key, data) : applies_to_any(key, start);
    if (key.required && needed && key.path == "data.spikes") {
      check_spikes(reading);
    } else if (key.required && needed) {
      check_required(reading, key, key.section() == "data" ? quoted_names(key.data_kinds) : quoted_names(key.start_kinds));
    }
  }
  check_replicas(reading);
  if (reading.given.contains("record.first") && reading.sweep.record.spacing != Spacing::log && !reading.is_faulty("record.spacing")) {
    reading.report.add(reading.given.at("record.first"), "record.first: applies to record.spacing = \"log\" only");
  }
}

}  // namespace aesweep
