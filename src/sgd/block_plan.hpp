#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// How vector SGD cuts its work, a function of the rule, K and D alone: blocks begin at multiples of `steps`, and the overlaps of the weights are formed
/// anew at multiples of `epoch`, itself a multiple of `steps`, between which rounding is carried along.
struct BlockPlan {
  std::uint64_t steps;      ///< B
  std::uint64_t epoch;
  std::ptrdiff_t panel;     ///< coordinates that are gone through between two polls, a multiple of lanes::kPadding
};
BlockPlan plan_blocks(const LearningRule& rule, Eigen::Index hidden, Eigen::Index dimension);

}  // namespace aesweep
