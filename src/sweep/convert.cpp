#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "reading.hpp"
#include "suggest.hpp"

namespace aesweep {
namespace {

constexpr std::size_t kShown = 60;  // letters of a value in a message

std::string shown_number(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

/// One node of a key that is being converted, with the ways to complain about it.
struct Converter {
  Reading& reading;
  const Key& key;

  void fault(const toml::node& node, const std::string& what, const std::string& entry = "") const {
    reading.report.add(reading.place(node, key.path), fmt::format("{}{} = {}: {}", key.path, entry, shown(node), what));
    reading.faulty.insert(key.path);
  }
  void must_be(const toml::node& node, const std::string& entry = "") const {
    fault(node, "must be " + (entry.empty() ? key.allowed_text() : "a number" + key.bounds.text()), entry);
  }

  std::optional<double> number(const toml::node& node, const std::string& entry = "") const {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value)) {
      must_be(node, entry);
      return std::nullopt;
    }
    if (!key.bounds.contains(*value)) {
      must_be(node, entry);
      return std::nullopt;
    }
    return *value == 0.0 ? 0.0 : *value;  // -0 is 0
  }

  std::optional<Value> integer(const toml::node& node) const {
    if (key.infinity && node.value_exact<std::string>() == "infinity") {
      return kInfinity;
    }
    if (!node.is_integer()) {
      must_be(node);
      return std::nullopt;
    }
    return number(node) ? std::optional<Value>(node.value<std::int64_t>().value()) : std::nullopt;
  }

  std::optional<std::string> text(const toml::node& node) const {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) {
      must_be(node);
      return std::nullopt;
    }
    if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), *value) == key.choices.end()) {
      const std::string near = nearest(*value, key.choices);
      fault(node, fmt::format("must be {}{}", key.allowed_text(), near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
      return std::nullopt;
    }
    return value;
  }

  std::optional<Value> plain_name(const toml::node& node) const {
    const auto value = text(node);
    const auto is_plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-'; };
    if (value && (!std::all_of(value->begin(), value->end(), is_plain) || std::isalnum(static_cast<unsigned char>(value->front())) == 0)) {
      must_be(node);
      return std::nullopt;
    }
    return value;
  }

  std::string absolute(const std::string& path) const {
    return (std::filesystem::path(reading.directory) / path).lexically_normal().string();
  }

  std::optional<Value> numbers(const toml::node& node) const {
    if (const auto* table = node.as_table(); table != nullptr && !keys_below(key.path).empty()) {
      return spike_table(*table);
    }
    const auto* list = node.as_array();
    if (list == nullptr || list->empty()) {
      must_be(node);
      return std::nullopt;
    }
    std::vector<double> values;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const toml::node& entry = (*list)[i];
      if (key.type == Type::integers && !entry.is_integer()) {
        must_be(node);
        return std::nullopt;
      }
      if (const auto value = number(entry, fmt::format("[{}]", i))) {
        values.push_back(*value);
      }
    }
    return values.size() == list->size() ? std::optional<Value>(values) : std::nullopt;
  }

  /// { count, first, ratio } as one value of an axis.
  std::optional<Value> spike_table(const toml::table& table) const {
    PointDraft draft;
    std::size_t good = 0;
    walk(reading, table, key.path, [&](const Key& entry, const toml::node& node) {
      if (const auto value = convert(reading, entry, node)) {
        entry.point.set(draft, *value);
        ++good;
      }
    });
    if (good == table.size() && good < keys_below(key.path).size()) {
      must_be(table);
    }
    return good == keys_below(key.path).size() ? std::optional<Value>(draft.spikes) : std::nullopt;
  }

  std::optional<Value> texts(const toml::node& node) const {
    const auto* list = node.as_array();
    if (list == nullptr || list->empty()) {
      must_be(node);
      return std::nullopt;
    }
    std::vector<std::string> values;
    for (const toml::node& entry : *list) {
      if (const auto value = text(entry)) {
        values.push_back(key.type == Type::paths ? absolute(*value) : *value);
      }
    }
    if (key.type == Type::texts && !key.choices.empty() && std::set(values.begin(), values.end()).size() < values.size()) {
      must_be(node);
      return std::nullopt;
    }
    return values.size() == list->size() ? std::optional<Value>(values) : std::nullopt;
  }

  std::optional<Value> operator()(const toml::node& node) const {
    switch (key.type) {
      case Type::boolean:
        if (!node.is_boolean()) {
          must_be(node);
          return std::nullopt;
        }
        return node.value<bool>().value();
      case Type::integer: return integer(node);
      case Type::number: return key.list && node.is_array() ? numbers(node) : number(node);
      case Type::text: return text(node);
      case Type::name: return plain_name(node);
      case Type::numbers:
      case Type::integers: return numbers(node);
      case Type::texts:
      case Type::paths: return texts(node);
      case Type::path: {
        const auto path = text(node);
        return path ? std::optional<Value>(absolute(*path)) : std::nullopt;
      }
      case Type::any: break;
    }
    return std::nullopt;
  }
};

}  // namespace

std::string shown_whole(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return canonical(text->get());
  }
  if (const auto* number = node.as_floating_point()) {
    return shown_number(number->get());
  }
  if (const auto* list = node.as_array()) {
    std::vector<std::string> entries;
    for (const toml::node& entry : *list) {
      entries.push_back(shown_whole(entry));
    }
    return fmt::format("[{}]", fmt::join(entries, ", "));
  }
  if (const auto* table = node.as_table()) {
    std::vector<std::string> entries;
    for (const auto& [key, entry] : *table) {
      entries.push_back(fmt::format("{} = {}", key.str(), shown_whole(entry)));
    }
    return fmt::format("{{ {} }}", fmt::join(entries, ", "));
  }
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

std::string shown(const toml::node& node) {
  std::string text = shown_whole(node);
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

std::optional<Value> convert(Reading& reading, const Key& key, const toml::node& node) {
  return Converter{reading, key}(node);
}

}  // namespace aesweep
