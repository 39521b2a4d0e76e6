#include <fmt/format.h>

#include <algorithm>

#include "reading.hpp"
#include "suggest.hpp"

namespace aesweep {
namespace {

bool is_list_of_tables(const std::string& section) {
  const Scope scope = keys_below(section).front()->scope;
  return scope == Scope::axis || scope == Scope::exclude;
}

/// Reports what is no table of a sweep file, and tables of the wrong form.
void check_tables(Reading& reading) {
  const auto names = sections();
  for (const auto& [key, node] : reading.root) {
    const std::string name(key.str());
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (!known) {
      const bool looks_like_table = node.is_table() || node.is_array_of_tables();
      reading.report.add(place_of(key.source()), fmt::format("{}: {}", name, looks_like_table ? unknown_table(name) : unknown_key(name)));
    } else if (is_list_of_tables(name) && !node.is_array_of_tables()) {
      reading.report.add(place_of(key.source()), fmt::format("{0}: must be written [[{0}]], once for each", name));
    } else if (!is_list_of_tables(name) && !node.is_table()) {
      reading.report.add(place_of(key.source()), fmt::format("{0}: must be a table, written [{0}] and once", name));
    }
  }
}

}  // namespace

Place Reading::place(const toml::node& node, const std::string& key) const {
  if (node.source().begin.line > 0) {
    return place_of(node.source());
  }
  for (const auto& [option, place] : options) {
    if (related(option, key)) {
      return place;
    }
  }
  return {};
}

Place Reading::section_place(const std::string& section) const {
  const toml::node* node = root.get(section);
  return node != nullptr && node->source().begin.line > 0 ? place_of(node->source()) : Place{};
}

bool Reading::is_faulty(std::string_view key) const {
  return std::any_of(faulty.begin(), faulty.end(), [=](const std::string& one) { return related(one, key); });
}

void walk(Reading& reading, const toml::table& table, const std::string& prefix, const std::function<void(const Key&, const toml::node&)>& visit) {
  for (const auto& [name, node] : table) {
    const std::string path = fmt::format("{}.{}", prefix, name.str());
    const Key* key = find_key(path);
    const Place place = name.source().begin.line > 0 ? place_of(name.source()) : reading.place(node, path);
    if (node.is_table() && !keys_below(path).empty()) {
      walk(reading, *node.as_table(), path, visit);
    } else if (key != nullptr) {
      visit(*key, node);
    } else if (!keys_below(path).empty()) {
      reading.report.add(reading.place(node, path), fmt::format("{} = {}: must be a table", path, shown(node)));
    } else {
      reading.report.add(place, fmt::format("{}: {}", path, unknown_key(path)));
    }
  }
}

void read_sections(Reading& reading) {
  check_tables(reading);
  for (const std::string& section : sections()) {
    const toml::table* table = reading.root[section].as_table();
    if (table == nullptr || is_list_of_tables(section)) {
      continue;
    }
    walk(reading, *table, section, [&](const Key& key, const toml::node& node) {
      const Place place = reading.place(node, key.path);
      reading.given.emplace(key.path, place);
      if (key.nested()) {
        reading.given.emplace(key.path.substr(0, key.path.rfind('.')), place);
      }
      const auto value = convert(reading, key, node);
      if (value && key.point.set) {
        key.point.set(reading.grid->base, *value);
      } else if (value && key.shared.set) {
        key.shared.set(reading.sweep, *value);
      }
    });
  }
}

}  // namespace aesweep
