#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// How vector SGD cuts its work: a function of the rule, K and D alone, never of a timing, and the same for all instruction sets.
/// B = 8 for K < 6, 16 for K < 24, else 32, as measured at D = 500 to 1024; within a third of these the time hardly changes. 1 for rows normalised by
/// another norm than the 2-norm, which the coordinates of a block don't know.
struct BlockPlan {
  std::uint64_t steps;      ///< B: blocks begin at its multiples
  std::uint64_t epoch;      ///< a multiple of B, at whose multiples overlaps are formed anew from the weights: up to 8 blocks
  std::ptrdiff_t panel;     ///< coordinates of a product between two looks at the poll, a multiple of lanes::kPadding
  std::ptrdiff_t strip;     ///< coordinates to which a block is applied at once, such that they stay in a cache; another multiple
};
BlockPlan plan_blocks(const LearningRule& rule, Eigen::Index hidden, Eigen::Index dimension);

}  // namespace aesweep
