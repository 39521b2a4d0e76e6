#include "schema.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "key_table.hpp"

namespace aesweep {
namespace {

template <class Kind>
bool holds(const std::vector<Kind>& kinds, Kind kind) {
  return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

std::string type_text(Type type) {
  switch (type) {
    case Type::boolean: return "boolean";
    case Type::integer: return "integer";
    case Type::number: return "number";
    case Type::text:
    case Type::name: return "text";
    case Type::path: return "path";
    case Type::numbers: return "list of numbers";
    case Type::integers: return "list of integers";
    case Type::texts: return "list of texts";
    case Type::paths: return "list of paths";
    case Type::any: break;
  }
  return "value";
}

}  // namespace

bool Bounds::contains(double value) const {
  return (above ? value > lower : value >= lower) && (below ? value < upper : value <= upper);
}

std::string Bounds::text() const {
  if (std::isinf(lower) && std::isinf(upper)) {
    return "";
  }
  if (std::isinf(upper)) {
    return fmt::format(" {} {}", above ? ">" : ">=", lower);
  }
  if (above || below) {
    return fmt::format(" {} {} and {} {}", above ? ">" : ">=", lower, below ? "<" : "<=", upper);
  }
  return fmt::format(" from {} to {}", lower, upper);
}

std::string Key::section() const { return path.substr(0, path.find('.')); }
std::string Key::last() const { return path.substr(path.rfind('.') + 1); }
bool Key::nested() const { return path.find('.') != path.rfind('.'); }
bool Key::applies(DataKind kind) const { return holds(data_kinds, kind); }
bool Key::applies(StartKind kind) const { return holds(start_kinds, kind); }

bool Key::applies(const PointConfig& config) const {
  return applies(config.data.kind) && applies(config.initial.kind) && (only.holds == nullptr || only.holds(config));
}

std::string Key::allowed_text() const {
  if (!allowed.empty()) {
    return allowed;
  }
  if (!choices.empty()) {
    const bool quote = type == Type::text || type == Type::texts;
    const std::string all = quote ? fmt::format("\"{}\"", fmt::join(choices, "\", \"")) : fmt::format("{}", fmt::join(choices, ", "));
    return type == Type::texts ? fmt::format("a list of {}, each at most once", all) : choices.size() > 1 ? "one of " + all : all;
  }
  switch (type) {
    case Type::boolean: return "true or false";
    case Type::integer: return "an integer" + bounds.text() + (infinity ? ", or \"infinity\"" : "");
    case Type::number:
      if (list) {
        return fmt::format("a number{0}, or a list of numbers{0}", bounds.text());
      }
      return bounds.text().empty() ? "a finite number" : "a number" + bounds.text();
    case Type::name: return "a text of letters, digits, '.', '_', '-', the first a letter or digit";
    case Type::path: return "the name of a file";
    case Type::numbers: return fmt::format("a list of numbers{}", bounds.text());
    case Type::integers: return fmt::format("a list of integers{}", bounds.text());
    case Type::texts: return "a list of texts";
    case Type::paths: return "a list of names of files";
    case Type::text: return "a text";
    case Type::any: break;
  }
  return "any value";
}

std::string Key::fallback_text() const {
  if (required || !fallback.empty()) {
    return fallback;
  }
  if (point.get && !nested()) {
    return canonical(point.get({}));
  }
  if (shared.get) {
    return canonical(shared.get({}));
  }
  return fixed;
}

std::span<const Key> schema() {
  static const std::vector<Key> keys = key_table();
  return keys;
}

const Key* find_key(std::string_view path) {
  static const auto index = [] {
    std::unordered_map<std::string_view, const Key*> map;
    for (const Key& key : schema()) {
      map.emplace(key.path, &key);
    }
    return map;
  }();
  const auto found = index.find(path);
  return found == index.end() ? nullptr : found->second;
}

std::vector<const Key*> keys_below(std::string_view path) {
  std::vector<const Key*> below;
  for (const Key& key : schema()) {
    if (key.path.size() > path.size() && key.path.starts_with(path) && key.path[path.size()] == '.') {
      below.push_back(&key);
    }
  }
  return below;
}

std::vector<std::string> sections() {
  std::vector<std::string> names;
  for (const Key& key : schema()) {
    if (names.empty() || names.back() != key.section()) {
      names.push_back(key.section());
    }
  }
  return names;
}

bool related(std::string_view a, std::string_view b) {
  const auto [shorter, longer] = std::minmax(a, b, [](auto x, auto y) { return x.size() < y.size(); });
  return longer.starts_with(shorter) && (longer.size() == shorter.size() || longer[shorter.size()] == '.');
}

std::vector<KeyInfo> all_keys() {
  std::vector<KeyInfo> infos;
  for (const Key& key : schema()) {
    infos.push_back({key.path, type_text(key.type), key.allowed_text(), key.fallback_text(), key.meaning});
  }
  return infos;
}

}  // namespace aesweep
