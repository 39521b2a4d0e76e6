#include <fmt/format.h>

#include "reading.hpp"
#include "suggest.hpp"

namespace aesweep {
namespace {

/// A TOML value; what is none and has no sign of TOML in it counts as a text.
/// @throws toml::parse_error
toml::table parsed_value(const std::string& text) {
  try {
    return toml::parse("value = " + text, std::string_view("--set"));
  } catch (const toml::parse_error&) {
    if (text.empty() || text.find_first_of("\"'[]{}=,#\n") != std::string::npos) {
      throw;
    }
    return toml::table{{"value", text}};
  }
}

/// "" where the key can be set, else why not.
std::string objection(const std::string& path) {
  const Key* key = find_key(path);
  if (key == nullptr) {
    return unknown_key(path);
  }
  const bool settable = key->scope == Scope::point || key->scope == Scope::shared;
  return settable ? "" : "--set reaches the keys of the tables, not those of [[axis]] and [[exclude]]";
}

/// The table that holds the last part of a key, made where it is missing; nullptr where something else stands in its place.
toml::table* parent_table(toml::table& root, const std::string& path) {
  toml::table* table = &root;
  std::size_t begin = 0;
  for (std::size_t end = path.find('.'); end != std::string::npos; end = path.find('.', begin)) {
    const std::string part = path.substr(begin, end - begin);
    table = table->insert(part, toml::table{}).first->second.as_table();
    if (table == nullptr) {
      return nullptr;
    }
    begin = end + 1;
  }
  return table;
}

void apply(Reading& reading, const std::string& option) {
  const Place place{.option = option};
  const std::size_t equals = option.find('=');
  if (option.find('\n') != std::string::npos) {
    reading.report.add(place, "must be one line");
    return;
  }
  if (equals == std::string::npos) {
    reading.report.add(place, "must be written --set key=value");
    return;
  }
  const std::string path = option.substr(0, option.find_last_not_of(" \t", equals - 1) + 1);
  if (const std::string reason = objection(path); !reason.empty()) {
    reading.report.add(place, fmt::format("{}: {}", path, reason));
    return;
  }
  toml::table* table = parent_table(reading.root, path);
  if (table == nullptr) {
    reading.report.add(place, fmt::format("{}: {} is not a table in the file", path, path.substr(0, path.rfind('.'))));
    return;
  }
  try {
    // A copy: it carries no position, which marks it as coming from an option.
    table->insert_or_assign(path.substr(path.rfind('.') + 1), *parsed_value(option.substr(equals + 1)).get("value"));
    reading.options.insert_or_assign(path, place);
  } catch (const toml::parse_error& error) {
    reading.report.add(place, fmt::format("{}: not a TOML value: {}", path, error.description()));
  }
}

}  // namespace

void apply_overrides(Reading& reading, std::span<const std::string> overrides) {
  for (const std::string& option : overrides) {
    apply(reading, option);
  }
}

}  // namespace aesweep
