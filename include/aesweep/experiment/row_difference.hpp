#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "aesweep/experiment/observable.hpp"

namespace aesweep {

/// The first result of two rows of the same columns that differs bit by bit (NaN equals NaN of the same bits), "" if none does: the statuses, or
/// "pmse[3]: 0.25 against 0.125". Cost and bookkeeping don't count.
std::string first_difference(const std::vector<Observable>& columns, const Row& a, const Row& b);

/// 64 bits of a hash of a row's results and status: rows without a difference have the same.
std::uint64_t hash_of_results(const std::vector<Observable>& columns, const Row& row);

}  // namespace aesweep
