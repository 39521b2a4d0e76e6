#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aesweep/store/result_file.hpp"

namespace aesweep {

/// An axis of a result file as people see it.
struct TableAxis {
  std::string name;
  std::vector<std::string> labels;
  bool numeric = false;
};

/// One value for each point of a result file: the mean over the replicas that are done or diverged.
struct PhaseTable {
  std::string engine, value;
  std::optional<std::int64_t> component = {};   ///< whose value it is
  std::vector<TableAxis> axes;
  std::vector<double> values;     ///< row-major over the axes; NaN where nothing is stored
  std::vector<char> pending;      ///< 1 where no replica has ended yet
  std::vector<char> boundary = {};   ///< 1 where a refined sweep's boundary passes; empty for others
};

/// Values that `show` knows: learnt, success, excess, final_pmse, theory_gap, final_supremum, diverged, converged, seconds, steps.
std::vector<std::string> phase_values();

/// Reads one value; works while a run is writing. @throws UsageError naming what the file has, if engine or value is not there.
PhaseTable read_phase_table(const ResultReader& reader, const std::string& engine, const std::string& value);

}  // namespace aesweep
