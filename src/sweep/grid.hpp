#pragma once
#include <optional>
#include <string>
#include <vector>

#include "input_files.hpp"
#include "schema.hpp"

namespace aesweep {

/// What one axis does to a point.
struct GridAxis {
  std::vector<const Key*> keys;
  std::vector<Value> values;  ///< value i of key c at i * keys.size() + c
  std::size_t size = 0;
  std::uint64_t stride = 1;   ///< distance in point index between neighbours along this axis

  const Value& value(std::size_t i, std::size_t column) const { return values[i * keys.size() + column]; }
  void apply(std::size_t i, PointDraft& draft) const;
};

/// Points to leave out: those at which every part hits.
struct Exclusion {
  struct Part {
    std::size_t axis;
    std::vector<bool> hit;  ///< one flag a value of the axis
  };
  std::vector<Part> parts;
  std::string text;  ///< canonical
};

struct Sweep::Grid {
  PointDraft base;
  std::vector<GridAxis> axes;
  std::vector<Exclusion> exclusions;
  FileFacts files;

  struct Column {
    std::size_t axis;
    std::size_t column;
  };
  /// The axis that moves a key, or an entry below or above it.
  std::optional<Column> moving(std::string_view key) const;
  bool excludes(std::span<const std::size_t> coordinates) const;
  void set_strides();
};

}  // namespace aesweep
