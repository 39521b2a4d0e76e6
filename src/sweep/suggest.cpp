#include "suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "schema.hpp"

namespace aesweep {
namespace {

/// Levenshtein distance.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

std::size_t tolerated(std::string_view word) { return std::max<std::size_t>(word.size() < 4 ? 1 : 2, word.size() / 3); }

/// A key of the same section is nearer than one of the same name elsewhere.
std::size_t key_distance(std::string_view path, const Key& key) {
  const std::string_view last = path.substr(path.rfind('.') + 1);
  const bool same_section = path.starts_with(key.section() + ".");
  return std::min(edit_distance(path, key.path), edit_distance(last, key.last()) + (same_section ? 0 : 1));
}

std::string keys_of(std::string_view section) {
  std::vector<std::string> names;
  for (const Key* key : keys_below(section)) {
    if (key->scope != Scope::exclude) {
      names.push_back(key->path.substr(section.size() + 1));
    }
  }
  return names.empty() ? fmt::format("; keys are written TABLE.KEY, the tables being {}", fmt::join(sections(), ", "))
                       : fmt::format("; the keys of [{}] are {}", section, fmt::join(names, ", "));
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  std::size_t least = tolerated(word) + 1;
  for (const std::string& candidate : candidates) {
    if (const std::size_t distance = edit_distance(word, candidate); distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::string unknown_key(std::string_view path) {
  const Key* best = nullptr;
  std::size_t least = tolerated(path.substr(path.rfind('.') + 1)) + 1;
  for (const Key& key : schema()) {
    if (const std::size_t distance = key_distance(path, key); key.scope != Scope::exclude && distance < least) {
      least = distance;
      best = &key;
    }
  }
  return best == nullptr ? "unknown key" + keys_of(path.substr(0, path.find('.'))) : fmt::format("unknown key; did you mean {}?", best->path);
}

std::string unknown_table(std::string_view name) {
  const auto names = sections();
  const std::string near = nearest(name, names);
  return near.empty() ? fmt::format("unknown table; the tables are {}", fmt::join(names, ", "))
                      : fmt::format("unknown table; did you mean [{}]?", near);
}

}  // namespace aesweep
