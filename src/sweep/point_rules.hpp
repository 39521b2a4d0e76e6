#pragma once
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "input_files.hpp"

namespace aesweep {

/// What a rule may look at besides the point.
struct RuleContext {
  const FileFacts& files;
  bool dimension_given;  ///< by the file, an option or an axis
  bool relative_time;
  const RecordConfig& record;
  const OutcomeConfig& outcome;
  const std::vector<Engine>& engines;
  bool runs(Engine engine) const { return std::find(engines.begin(), engines.end(), engine) != engines.end(); }
};

/// A condition on several keys of a point.
struct PointRule {
  std::vector<std::string_view> keys;  ///< what it depends on; the first of them that the file gives is blamed
  /// "" where the point is fine. Must be cheap then: it may be asked for every point of a large grid.
  std::string (*fault)(const PointConfig& point, const RuleContext& context);
};
std::span<const PointRule> point_rules();

}  // namespace aesweep
