#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "aesweep/store/result_file.hpp"
#include "phase_table.hpp"

namespace aesweep {

/// How far a refined sweep's file is, over all combinations of the other axes.
struct RefinementState {
  std::uint64_t points = 0, budget = 0, lines = 0;
  std::uint64_t vertices = 0, stored_vertices = 0;   ///< of the boundary, and those of them that the file had room for
  int generations = 0;
  bool exhausted = false;   ///< somewhere the budget was too small
  bool complete = false;    ///< everywhere
};
/// Nothing for a file whose sweep is not refined.
std::optional<RefinementState> refinement_state(const ResultReader& reader);
/// "refined: 2 270 of at most 4 000 points in 6 generations".
std::string in_words(const RefinementState& state);

/// The resampled grid of a refined sweep, at most `most` values along each axis. @throws UsageError for another value or engine than what decided.
PhaseTable read_refined_table(const ResultReader& reader, const std::string& engine, const std::string& value, std::size_t most);

}  // namespace aesweep
