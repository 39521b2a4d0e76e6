#include "axis_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace aesweep {
namespace {

/// What stands for a value on the axis. Names of files are shown as they were written, not made absolute.
std::string cell_label(const Key& key, const Value& value, const toml::node& node) {
  if (key.type == Type::path) {
    return node.value<std::string>().value();
  }
  return key.type == Type::paths ? shown_whole(node) : label(value);
}

}  // namespace

AxisValues::AxisValues(Reading& reading, std::vector<const Key*> keys, bool linked) : reading_(reading), linked_(linked) {
  grid_axis_.keys = std::move(keys);
}

void AxisValues::fault(const toml::node& where, const std::string& message) {
  reading_.report.add(place_of(where.source()), fmt::format("{}: {}", title(), message));
  good_ = false;
}

std::string AxisValues::title() const {
  std::vector<std::string> paths;
  for (const Key* key : grid_axis_.keys) {
    paths.push_back(key->path);
  }
  return fmt::format("axis over {}", fmt::join(paths, ", "));
}

void AxisValues::read_list(const toml::node& node) {
  const auto* list = node.as_array();
  if (list == nullptr || list->empty()) {
    return fault(node, fmt::format("values = {}: must be a list of at least one value", shown(node)));
  }
  for (const toml::node& row : *list) {
    read_row(row);
  }
  if (good_) {
    check_distinct();
  }
}

void AxisValues::read_row(const toml::node& row) {
  if (!linked_) {
    return add_row(row, {&row});
  }
  const std::size_t columns = grid_axis_.keys.size();
  const auto* entries = row.as_array();
  if (entries == nullptr || entries->size() != columns) {
    return fault(row, fmt::format("{}: must be a list of {} value{}, one a key", shown(row), columns, columns == 1 ? "" : "s"));
  }
  std::vector<const toml::node*> cells;
  for (const toml::node& entry : *entries) {
    cells.push_back(&entry);
  }
  add_row(row, cells);
}

void AxisValues::add_row(const toml::node& row, const std::vector<const toml::node*>& cells) {
  std::vector<std::string> labels;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const Key& key = *grid_axis_.keys[c];
    auto value = convert(reading_, key, *cells[c]);
    if (!value) {
      good_ = false;
      continue;
    }
    labels.push_back(cell_label(key, *value, *cells[c]));
    cells_.push_back(labels.back());
    grid_axis_.values.push_back(std::move(*value));
  }
  labels_.push_back(fmt::format("{}", fmt::join(labels, ", ")));
  places_.push_back(place_of(row.source()));
}

void AxisValues::read_range(const toml::table& range) {
  if (grid_axis_.keys.size() > 1 || (key().type != Type::integer && key().type != Type::number)) {
    return fault(range, "a range is for one key that takes numbers; give `values`");
  }
  std::map<std::string, Value> entries;
  walk(reading_, range, "axis.range", [&](const Key& entry, const toml::node& node) {
    if (auto value = convert(reading_, entry, node)) {
      entries.emplace(entry.last(), std::move(*value));
    }
  });
  good_ = entries.size() == range.size();
  for (const char* entry : {"from", "to", "count"}) {
    if (!range.contains(entry)) {
      fault(range, fmt::format("range has no {0}; it is written {{ from, to, count, spacing }}", entry));
    }
  }
  if (good_) {
    logarithmic_ = entries.contains("spacing") && std::get<std::string>(entries.at("spacing")) == "log";
    const auto count = static_cast<std::size_t>(std::get<std::int64_t>(entries.at("count")));
    add_range(range, {std::get<double>(entries.at("from")), std::get<double>(entries.at("to")), count});
  }
}

double AxisValues::Range::at(std::size_t i, bool logarithmic) const {
  if (i == 0 || i + 1 == count) {
    return i == 0 ? from : to;
  }
  const double part = static_cast<double>(i) / static_cast<double>(count - 1);
  return rounded(logarithmic ? from * std::pow(to / from, part) : from + (to - from) * part);
}

void AxisValues::add_range(const toml::node& where, const Range& range) {
  if (logarithmic_ && (range.from <= 0 || range.to <= 0)) {
    return fault(where, fmt::format("range from {} to {}: spacing = \"log\" needs from > 0 and to > 0", range.from, range.to));
  }
  if ((range.count == 1) != (range.from == range.to)) {
    return fault(where, fmt::format("range from {} to {} with count = {}: count = 1 and from = to go together", range.from, range.to, range.count));
  }
  for (std::size_t i = 0; i < range.count && good_; ++i) {
    add_number(where, range.at(i, logarithmic_));
  }
  // A range is monotone: equal values are neighbours.
  const auto same = std::adjacent_find(labels_.begin(), labels_.end());
  if (good_ && same != labels_.end()) {
    twice(static_cast<std::size_t>(same - labels_.begin()));
  }
}

void AxisValues::add_number(const toml::node& where, double number) {
  const bool is_integer = key().type == Type::integer;
  if (is_integer && number != std::floor(number)) {
    return fault(where, fmt::format("the range gives {}, which is not an integer; give `values`, or from, to, count that give integers", number));
  }
  if (!key().bounds.contains(number)) {
    return fault(where, fmt::format("the range gives {}: must be {}", number, key().allowed_text()));
  }
  if (!key().choices.empty() && canonical(number) != key().choices.front()) {
    return fault(where, fmt::format("the range gives {}: not yet supported; this version takes {}", number, key().allowed_text()));
  }
  if (is_integer) {
    grid_axis_.values.emplace_back(static_cast<std::int64_t>(number));
  } else {
    grid_axis_.values.emplace_back(number == 0.0 ? 0.0 : number);  // -0 is 0
  }
  cells_.push_back(label(grid_axis_.values.back()));
  labels_.push_back(cells_.back());
  places_.push_back(place_of(where.source()));
}

void AxisValues::twice(std::size_t i) {
  reading_.report.add(places_[i], fmt::format("{}: {} is there twice; the values of an axis must differ", title(), labels_[i]));
  good_ = false;
}

void AxisValues::check_distinct() {
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    std::string row;
    for (std::size_t c = 0; c < grid_axis_.keys.size(); ++c) {
      row += canonical(grid_axis_.value(i, c)) + '\n';
    }
    if (!seen.insert(std::move(row)).second) {
      return twice(i);
    }
  }
}

std::vector<AxisColumn> AxisValues::columns() const {
  const std::size_t count = grid_axis_.keys.size();
  std::vector<AxisColumn> result(count);
  std::vector<bool> integers(count, true);   // infinity is none: such an axis holds floating-point numbers
  for (std::size_t c = 0; c < count; ++c) {
    result[c].key = grid_axis_.keys[c]->path;
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      const Value& value = grid_axis_.value(i, c);
      if (const auto* number = std::get_if<double>(&value)) {
        result[c].numbers.push_back(*number);
      } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        const bool infinite = *integer == kInfinity;
        result[c].numbers.push_back(infinite ? std::numeric_limits<double>::infinity() : static_cast<double>(*integer));
        integers[c] = integers[c] && !infinite;
        result[c].type = integers[c] ? AxisColumn::Type::integer : AxisColumn::Type::number;
      } else if (const auto* flag = std::get_if<bool>(&value)) {
        result[c].type = AxisColumn::Type::boolean;
        result[c].numbers.push_back(*flag ? 1.0 : 0.0);
      } else {
        result[c].type = AxisColumn::Type::text;
        result[c].texts.push_back(cells_[i * count + c]);
      }
    }
  }
  return result;
}

}  // namespace aesweep
