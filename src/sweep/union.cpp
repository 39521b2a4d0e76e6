#include "aesweep/sweep/union.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <sstream>

#include "grid.hpp"
#include "identity.hpp"

namespace aesweep {
namespace {

/// Values of one axis of the union, and where they come from.
struct UnitedAxis {
  struct Entry {
    const GridAxis* axis;
    std::size_t index;
  };
  std::vector<Entry> entries;
  std::map<std::string, std::size_t> known;   ///< identity of a value → position in `entries`, later in the union
  bool as_written = true;                     ///< all sweeps have the same values in the same order
};

std::string identity_of(const GridAxis& axis, std::size_t i, const FileFacts& files) {
  std::string text;
  for (std::size_t c = 0; c < axis.keys.size(); ++c) text += identity_text(*axis.keys[c], axis.value(i, c), files) + '\n';
  return text;
}

bool is_path(const Key& key) { return key.type == Type::path || key.type == Type::paths; }

std::optional<double> number_of(const GridAxis& axis, std::size_t i) {
  if (axis.keys.size() > 1) return std::nullopt;
  if (const auto* number = std::get_if<double>(&axis.value(i, 0))) return *number;
  if (const auto* integer = std::get_if<std::int64_t>(&axis.value(i, 0))) return static_cast<double>(*integer);
  return std::nullopt;
}

/// 1 ascending, −1 descending, 0 neither or no numbers. A single value is both, and counts as ascending.
int direction(const GridAxis& axis) {
  bool up = true, down = axis.size > 1;
  for (std::size_t i = 0; i < axis.size; ++i) {
    const auto value = number_of(axis, i);
    if (!value) return 0;
    if (i == 0) continue;
    up = up && *number_of(axis, i - 1) < *value;
    down = down && *number_of(axis, i - 1) > *value;
  }
  return up ? 1 : down ? -1 : 0;
}

/// Numbers in the order that all sweeps have; a single value fits any.
void sort_numbers(UnitedAxis& united, const std::vector<const GridAxis*>& axes) {
  const auto goes = [&](int way) {
    return std::ranges::all_of(axes, [&](const auto* axis) { return axis->size == 1 ? direction(*axis) != 0 : direction(*axis) == way; });
  };
  const int way = goes(1) ? 1 : goes(-1) ? -1 : 0;
  if (way == 0) return;
  std::vector<std::size_t> order(united.entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto value = [&](std::size_t i) { return way * *number_of(*united.entries[i].axis, united.entries[i].index); };
  std::ranges::sort(order, {}, value);
  std::vector<std::size_t> place(order.size());
  std::vector<UnitedAxis::Entry> sorted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    sorted.push_back(united.entries[order[i]]);
  }
  united.entries = std::move(sorted);
  for (auto& [text, at] : united.known) at = place[at];
}

UnitedAxis unite_axis(std::span<const Sweep* const> sweeps, std::size_t a) {
  UnitedAxis united;
  std::vector<const GridAxis*> axes;
  for (const auto* sweep : sweeps) {
    const GridAxis& axis = sweep->grid->axes[a];
    axes.push_back(&axis);
    std::size_t at = 0;
    for (std::size_t i = 0; i < axis.size; ++i) {
      const auto [known, is_new] = united.known.try_emplace(identity_of(axis, i, sweep->grid->files), united.entries.size());
      if (is_new) united.entries.push_back({&axis, i});
      united.as_written = united.as_written && known->second == at++;
    }
  }
  united.as_written = united.as_written && std::ranges::all_of(axes, [&](const auto* axis) { return axis->size == united.entries.size(); });
  if (!united.as_written) sort_numbers(united, axes);
  return united;
}

struct AddValue {
  toml::array& to;
  void operator()(bool value) const { to.push_back(value); }
  void operator()(std::int64_t value) const { value == kInfinity ? to.push_back("infinity") : to.push_back(value); }
  void operator()(double value) const { to.push_back(value); }
  void operator()(const std::string& value) const { to.push_back(value); }
  template <class Entry>
  void operator()(const std::vector<Entry>& values) const {
    toml::array list;
    for (const auto& value : values) list.push_back(value);
    to.push_back(std::move(list));
  }
  void operator()(const SpikeTable& value) const {
    to.push_back(toml::table{{"count", value.count}, {"first", value.first}, {"ratio", value.ratio}});
  }
};

toml::array values_of(const UnitedAxis& united, bool linked) {
  toml::array values;
  for (const auto& [axis, i] : united.entries) {
    toml::array row;
    for (std::size_t c = 0; c < axis->keys.size(); ++c) std::visit(AddValue{row}, axis->value(i, c));
    if (linked) values.push_back(std::move(row));
    else values.push_back(row[0]);
  }
  return values;
}

void make_paths_absolute(toml::table& root, const std::string& directory) {
  const auto absolute = [&](toml::node& node) {
    if (auto* text = node.as_string()) *text = (std::filesystem::path(directory) / **text).lexically_normal().string();
  };
  for (const Key& key : schema()) {
    if (!is_path(key)) continue;
    auto node = root.at_path(key.path);
    if (auto* list = node.as_array()) {
      for (auto& entry : *list) absolute(entry);
    } else if (node) {
      absolute(*node.node());
    }
  }
}

/// The text of a sweep with the union's axes and replicas.
std::string united_text(const Sweep& sweep, const std::vector<UnitedAxis>& axes, std::int64_t replicas) {
  toml::table root = toml::parse(sweep.text);
  make_paths_absolute(root, sweep.directory);
  if (replicas != sweep.replicas) {
    auto* section = root.insert("sweep", toml::table{}).first->second.as_table();
    auto* batches = (*section)["replicas"].as_table();
    batches == nullptr ? section->insert_or_assign("replicas", replicas) : batches->insert_or_assign("max", replicas);
  }
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const auto& keys = sweep.grid->axes[a].keys;
    if (axes[a].as_written && std::ranges::none_of(keys, [](const Key* key) { return is_path(*key); })) continue;
    auto& table = *(*root["axis"].as_array())[a].as_table();
    table.erase("range");
    table.insert_or_assign("values", values_of(axes[a], table.contains("keys")));
  }
  std::ostringstream out;
  out << toml::toml_formatter(root) << '\n';
  return out.str();
}

/// What makes an axis: name and keys.
std::vector<std::string> outline(const Sweep& sweep) {
  std::vector<std::string> result;
  for (const auto& axis : sweep.axes) {
    std::vector<std::string> keys;
    for (const auto& column : axis.columns) keys.push_back(column.key);
    result.push_back(fmt::format("{} ({})", axis.name, fmt::join(keys, ", ")));
  }
  return result;
}

void check_outlines(std::span<const Sweep* const> sweeps, std::span<const std::string> labels) {
  const auto first = outline(*sweeps[0]);
  for (std::size_t s = 1; s < sweeps.size(); ++s)
    if (const auto other = outline(*sweeps[s]); other != first)
      throw ConfigError(
          {{labels[s], fmt::format("its axes are [{}], those of {} [{}]: only sweeps over the same axes in the same order can be united",
                                   fmt::join(other, ", "), labels[0], fmt::join(first, ", "))}});
}

void check_same(const Sweep& first, const Sweep& other, const std::string& first_label, const std::string& label) {
  if (first.canonical == other.canonical) return;
  throw ConfigError({{label, fmt::format("can't be united with {0}: the sweeps differ in more than the values of their axes ({0} -> {1}):\n  {2}",
                                         first_label, label, fmt::join(differences(first.canonical, other.canonical), "\n  "))}});
}

}  // namespace

std::uint64_t SweepUnion::point(std::size_t part, const Sweep& sweep_of_part, std::uint64_t point) const {
  std::uint64_t index = 0;
  const auto coordinates = sweep_of_part.coordinates(point);
  for (std::size_t a = 0; a < coordinates.size(); ++a) index = index * sweep.axes[a].size() + positions[part][a][coordinates[a]];
  return index;
}

SweepUnion unite(std::span<const Sweep* const> sweeps, std::span<const std::string> labels) {
  check_outlines(sweeps, labels);
  std::vector<UnitedAxis> axes;
  for (std::size_t a = 0; a < sweeps[0]->axes.size(); ++a) axes.push_back(unite_axis(sweeps, a));
  std::int64_t replicas = 0;
  for (const auto* sweep : sweeps) replicas = std::max(replicas, sweep->replicas);

  const auto text = united_text(*sweeps[0], axes, replicas);
  SweepUnion result{parse_sweep(text, sweeps[0]->directory, labels[0]), {}};
  for (std::size_t s = 0; s < sweeps.size(); ++s) {
    const Sweep& part = *sweeps[s];
    // With the union's axes both must be the same sweep: so exclusions are compared by what they leave out.
    if (const auto own = united_text(part, axes, replicas); own != text)
      check_same(result.sweep, parse_sweep(own, part.directory, labels[s]), labels[0], labels[s]);
    // Where the file doesn't say how many components are followed, the grid does.
    if (part.record.components != result.sweep.record.components)
      throw ConfigError(
          {{labels[s], fmt::format("its rows follow {} components, those of the united grid {}: say record.components in every sweep file",
                                   part.record.components, result.sweep.record.components)}});
    auto& positions = result.positions.emplace_back(axes.size());
    for (std::size_t a = 0; a < axes.size(); ++a)
      for (std::size_t i = 0; i < part.axes[a].size(); ++i)
        positions[a].push_back(axes[a].known.at(identity_of(part.grid->axes[a], i, part.grid->files)));
  }
  return result;
}

}  // namespace aesweep
