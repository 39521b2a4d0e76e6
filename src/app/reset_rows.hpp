#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "aesweep/store/layout.hpp"
#include "part.hpp"

namespace aesweep {

/// A row of a result file: engine's position, and task.
struct RowPlace {
  std::size_t engine;
  std::uint64_t task;
};

/// Makes rows pending in a file that nobody else has open for writing. MPI must be up; one process calls it.
/// Their values stay until a run writes them anew, so a kill in between leaves every row either as it was or pending.
void reset_rows(const std::string& path, const FileLayout& layout, const std::vector<RowPlace>& rows);
/// The same for all failed rows of a part.
void reset_failed_rows(const std::string& path, const FileLayout& layout, const Part& part);

}  // namespace aesweep
