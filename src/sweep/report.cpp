#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aesweep {
namespace {

std::string joined(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", fault.where, fault.message);
  }
  return text;
}

}  // namespace

ConfigError::ConfigError(std::vector<Fault> faults) : std::runtime_error(joined(faults)), faults_(std::move(faults)) {}

Place place_of(const toml::source_region& region) { return {.line = region.begin.line, .column = region.begin.column}; }

void Report::add(const Place& place, std::string message) { entries_.push_back({place, std::move(message)}); }

void Report::throw_if_any() const {
  if (entries_.empty()) {
    return;
  }
  std::vector<Entry> sorted = entries_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) { return a.place < b.place; });
  std::vector<Fault> faults;
  for (Entry& entry : sorted) {
    const Place& place = entry.place;
    std::string where = place.option.empty() ? fmt::format("{}:{}:{}", label_, place.line, place.column) : "--set " + place.option;
    faults.push_back({std::move(where), std::move(entry.message)});
  }
  throw ConfigError(std::move(faults));
}

}  // namespace aesweep
