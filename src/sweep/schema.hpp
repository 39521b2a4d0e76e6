#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aesweep/sweep/sweep.hpp"
#include "value.hpp"

namespace aesweep {

// The sweep file's keys: one table, from which come the checks, the identities, the axes and `aesweep keys`.

enum class Type : std::uint8_t { boolean, integer, number, text, name, path, numbers, integers, texts, paths, any };
/// What a key belongs to: the sweep as a whole, each point (can be an axis), an [[axis]] or an [[exclude]] table.
enum class Scope : std::uint8_t { shared, point, axis, exclude };
/// The first identity that a key enters   [interfaces.md, "Identity"]; a row's identity holds the stream's.
enum class Identity : std::uint8_t { none, stream, row };
enum class FileKind : std::uint8_t { none, spectrum, images, start };

struct Bounds {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  bool above = false;  ///< the lower bound itself is not allowed
  bool below = false;  ///< the upper bound itself is not allowed
  bool contains(double value) const;
  std::string text() const;
};

/// A point under construction: where spikes are given as { count, first, ratio }, the table that an axis may change an entry of.
struct PointDraft {
  PointConfig point;
  SpikeTable spikes;
};

template <class Target>
struct Access {
  std::function<void(Target&, const Value&)> set;
  std::function<Value(const Target&)> get;
};

/// A value of another key on which a key's meaning hangs.
struct Condition {
  std::string key{};                                ///< the other key
  std::string text{};                               ///< "model.tied = true"
  bool (*holds)(const PointConfig&) = nullptr;      ///< null: no condition
};

/// A row of the table. A key with neither `point` nor `shared` access has one behaviour in this version, whose value in identities is `fixed`.
struct Key {
  std::string path{};                  ///< "training.learning_rate"
  Type type = Type::text;
  Bounds bounds{};                     ///< of a number, or of every entry of a list
  std::vector<std::string> choices{};  ///< if not empty, the only values taken
  bool list = false;                   ///< a number, or a list of them
  bool infinity = false;               ///< an integer that may be "infinity": kInfinity
  bool required = false;               ///< where the key applies
  std::string allowed{};               ///< replaces the text made from type, bounds and choices
  std::string fallback{};              ///< replaces the default's text
  std::string meaning{};
  std::string fixed{};
  bool aside = false;                    ///< enters no identity, not the sweep's either
  bool quiet = false;                    ///< enters identities only where it is not its default: a key that the format did not always have
  std::vector<DataKind> data_kinds{};    ///< kinds the key applies to; empty: all
  std::vector<StartKind> start_kinds{};  ///< the same for initial.kind
  Condition only{};                      ///< points the key applies to
  FileKind file = FileKind::none;        ///< what a path leads to
  Access<PointDraft> point{};
  Access<Sweep> shared{};
  Scope scope = Scope::shared;
  Identity identity = Identity::none;

  std::string section() const;  ///< "training"
  std::string last() const;     ///< "learning_rate"
  bool nested() const;          ///< below another key: data.spikes.ratio
  bool applies(DataKind kind) const;
  bool applies(StartKind kind) const;
  bool applies(const PointConfig& config) const;
  std::string allowed_text() const;   ///< "an integer from 1 to 65535"
  std::string fallback_text() const;  ///< "" where required or without default
};

/// The key applies to one of the kinds.
template <class Kind>
bool applies_to_any(const Key& key, const std::vector<Kind>& kinds) {
  return std::any_of(kinds.begin(), kinds.end(), [&](Kind kind) { return key.applies(kind); });
}

std::span<const Key> schema();
/// nullptr if there is no such key.
const Key* find_key(std::string_view path);
/// Keys right below a path: all of a section's, or data.spikes' entries.
std::vector<const Key*> keys_below(std::string_view path);
/// The tables of a sweep file, [[axis]] and [[exclude]] last.
std::vector<std::string> sections();
/// One of the two is the other or lies below it: data.spikes and data.spikes.ratio.
bool related(std::string_view a, std::string_view b);

}  // namespace aesweep
