#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reading.hpp"
#include "suggest.hpp"

namespace aesweep {
namespace {

/// One [[exclude]] table while it is read.
class ExclusionReader {
 public:
  ExclusionReader(Reading& reading, const toml::table& table) : reading_(reading), table_(table) {}

  void read() {
    if (table_.empty()) {
      fault(table_, "exclude: has no condition; write \"model.activation\" = \"linear\" below it, say");
    }
    for (const auto& [name, node] : table_) {
      read_condition(std::string(name.str()), name, node);
    }
    if (!good_) {
      reading_.points_checkable = false;
      return;
    }
    // What matches no point leaves nothing out: a file may be written for more axis values than it has today.
    for (const auto& part : exclusion_.parts) {
      if (std::find(part.hit.begin(), part.hit.end(), true) == part.hit.end()) {
        return;
      }
    }
    exclusion_.text = fmt::format("{}", fmt::join(texts_, " and "));
    reading_.grid->exclusions.push_back(std::move(exclusion_));
  }

 private:
  void fault(const toml::node& where, const std::string& message) {
    reading_.report.add(place_of(where.source()), message);
    reading_.points_checkable = false;
    good_ = false;
  }

  void read_condition(const std::string& path, const toml::key& name, const toml::node& node) {
    const auto column = reading_.grid->moving(path);
    if (column && reading_.grid->axes[column->axis].keys[column->column]->path == path) {
      return add_condition(*column, node);
    }
    good_ = false;
    if (reading_.is_faulty(path)) {
      return;  // the axis is there but has a fault of its own
    }
    const std::string reason = node.is_table() ? "must be a value or a list of values; put the key in quotes, \"model.activation\" = ..."
                               : find_key(path) == nullptr ? unknown_key(path) : "no axis moves it; conditions are on keys of axes";
    reading_.report.add(place_of(name.source()), fmt::format("exclude: {}: {}", path, reason));
  }

  /// The wanted values, one node each: a list means any of its entries, but for keys whose values are lists themselves.
  static std::vector<const toml::node*> wanted(const Key& key, const toml::node& node) {
    const auto* list = node.as_array();
    const bool of_lists = list != nullptr && !list->empty() && ((*list)[0].is_array() || (*list)[0].is_table());
    const bool takes_lists = key.type == Type::numbers || key.type == Type::integers || key.type == Type::texts || key.type == Type::paths;
    if (list == nullptr || (takes_lists && !of_lists)) {
      return {&node};
    }
    std::vector<const toml::node*> nodes;
    for (const toml::node& entry : *list) {
      nodes.push_back(&entry);
    }
    return nodes;
  }

  void add_condition(const Sweep::Grid::Column& column, const toml::node& node) {
    const GridAxis& axis = reading_.grid->axes[column.axis];
    const Key& key = *axis.keys[column.column];
    std::vector<bool> hit(axis.size, false);
    for (const toml::node* entry : wanted(key, node)) {
      const auto value = convert(reading_, key, *entry);
      if (!value) {
        good_ = false;
        continue;
      }
      for (std::size_t i = 0; i < axis.size; ++i) {
        hit[i] = hit[i] || same_value(axis.value(i, column.column), *value);
      }
    }
    texts_.push_back(fmt::format("{} in [{}]", key.path, hit_text(axis, column.column, hit)));
    combine(column.axis, std::move(hit));
  }

  static std::string hit_text(const GridAxis& axis, std::size_t column, const std::vector<bool>& hit) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < axis.size; ++i) {
      if (hit[i]) {
        texts.push_back(canonical(axis.value(i, column)));
      }
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  /// Conditions on keys of one linked axis must hold together.
  void combine(std::size_t axis, std::vector<bool> hit) {
    for (auto& part : exclusion_.parts) {
      if (part.axis == axis) {
        std::transform(hit.begin(), hit.end(), part.hit.begin(), part.hit.begin(), std::logical_and<>());
        return;
      }
    }
    exclusion_.parts.push_back({axis, std::move(hit)});
  }

  Reading& reading_;
  const toml::table& table_;
  bool good_ = true;
  Exclusion exclusion_;
  std::vector<std::string> texts_;
};

}  // namespace

void read_exclusions(Reading& reading) {
  const auto* tables = reading.root.get_as<toml::array>("exclude");
  if (tables == nullptr || !tables->is_array_of_tables()) {
    return;
  }
  for (const toml::node& table : *tables) {
    ExclusionReader(reading, *table.as_table()).read();
  }
}

}  // namespace aesweep
