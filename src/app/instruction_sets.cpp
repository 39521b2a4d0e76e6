#include "instruction_sets.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "usage_error.hpp"

namespace aesweep {
namespace {

struct Code {
  const char* name;
  std::uint8_t code;
};
constexpr std::array<Code, 4> kCodes{{{"generic", 1}, {"x86-64-v2", 2}, {"x86-64-v3", 3}, {"x86-64-v4", 4}}};

/// Why no rank, or not every one, can compute with it; empty if all can.
std::string obstacle_of(const std::vector<InstructionSet>& built, const std::string& name) {
  const auto found = std::ranges::find(built, name, &InstructionSet::name);
  if (found != built.end()) return found->obstacle;
  std::vector<std::string> names;
  for (const auto& one : built) names.push_back(one.name);
  return fmt::format("this build has kernels for {} alone", fmt::join(names, ", "));
}

std::string best_of(const std::vector<InstructionSet>& built) {
  const auto best = std::find_if(built.rbegin(), built.rend(), [](const InstructionSet& one) { return one.obstacle.empty(); });
  if (best == built.rend()) throw UsageError(built.front().obstacle);
  return best->name;
}

}  // namespace

InstructionSetChoice choose_instruction_set(const std::vector<InstructionSet>& built, const InstructionSetRequest& request, const std::string& file,
                                            const std::optional<std::string>& of_file) {
  const auto best = best_of(built);
  const bool automatic = request.name == "auto";
  if (!automatic) {
    const auto obstacle = obstacle_of(built, request.name);
    if (!obstacle.empty()) throw UsageError(fmt::format("--instruction-set {}: {}", request.name, obstacle));
  }
  if (!of_file) return {automatic ? best : request.name};
  const auto obstacle = obstacle_of(built, *of_file);
  if (automatic && obstacle.empty())
    return {*of_file, best == *of_file ? "" : fmt::format("as {} was begun; {} would be there", file, best)};
  if (request.name == *of_file) return {*of_file};

  const auto other = automatic ? best : request.name;
  const auto reason = automatic ? obstacle : "--instruction-set says " + other;
  if (!request.mix)
    throw UsageError(fmt::format("{}: begun with the instruction set {}; {}. Its bits are those of {} alone: --mix-instruction-sets goes on with {} all "
                                 "the same.", file, *of_file, reason, *of_file, other));
  return {other, fmt::format("mixed into {}, which was begun with {}", file, *of_file)};
}

std::uint8_t instruction_set_code(const std::string& name) { return std::ranges::find(kCodes, name, &Code::name)->code; }

std::string instruction_set_name(std::uint8_t code) {
  const auto* found = std::ranges::find(kCodes, code, &Code::code);
  return found == kCodes.end() ? "unknown" : found->name;
}

std::vector<std::string> known_instruction_sets() {
  std::vector<std::string> names;
  for (const auto& one : kCodes) names.emplace_back(one.name);
  return names;
}

}  // namespace aesweep
