#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/store/result_file.hpp"
#include "stored_result.hpp"

namespace aesweep {

/// A finished row of one file on its way into another.
struct TransferredRow {
  std::size_t engine;        ///< position among the engines of the file it goes to
  std::uint64_t task;        ///< in the file it goes to
  std::uint64_t from_task;   ///< in the file it comes from
  Row row;                   ///< as the file it goes to has it
};

/// What could not come along.
struct TransferLosses {
  std::uint64_t inconvertible = 0;     ///< finished rows of which some column is not in the file
  std::vector<std::string> reasons;    ///< "sgd: no theory_gap in the file", one an engine
  std::vector<std::string> damaged;    ///< rows whose values are not those of their checksum
};

/// Passes on every row that is done or diverged. Failed rows stay behind: the run that goes on tries them again and logs why they fail.
/// @param targets  the points of the other sweep that are this point of `from`.
TransferLosses transfer_rows(const StoredResult& from, const Experiment& to, const std::function<std::vector<std::uint64_t>(std::uint64_t)>& targets,
                             const std::function<void(TransferredRow)>& deliver);

/// Says what was lost, on standard error.
void report_losses(const std::string& path, const TransferLosses& losses);

}  // namespace aesweep
