#include "block_plan.hpp"

#include <algorithm>

namespace aesweep {
namespace {

/// Multiplications without a poll: 0.4 ms with the widest vectors, 4 ms with the narrowest.
constexpr std::int64_t kMostWork = 16'000'000;
/// Multiplications of an epoch, which a stop may have to wait for.
constexpr std::int64_t kMostEpochWork = 100'000'000;
constexpr std::int64_t kUnit = 64;   // panels and strips are multiples of it

std::int64_t coordinates(std::int64_t work, std::int64_t least, std::int64_t most) {
  return std::clamp(kMostWork / work / kUnit * kUnit, least, most);
}

}  // namespace

BlockPlan plan_blocks(const LearningRule& rule, Eigen::Index hidden, Eigen::Index dimension) {
  const bool other_norm = rule.kind == RuleKind::normalised_hebb && rule.norm_power != 2.0;
  const std::int64_t K = hidden, B = other_norm ? 1 : K < 6 ? 8 : K < 24 ? 16 : 32;
  const std::int64_t blocks = std::clamp<std::int64_t>(kMostEpochWork / (5 * K * B * dimension), 1, 8);
  return {static_cast<std::uint64_t>(B), static_cast<std::uint64_t>(B * blocks), coordinates(B * (2 * K + B) + K * K / 2, 4 * kUnit, 64 * kUnit),
          coordinates(3 * K * B + K * K, kUnit, 6 * kUnit)};
}

}  // namespace aesweep
