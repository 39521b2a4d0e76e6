#include "aesweep/experiment/row_difference.hpp"

#include <fmt/core.h>

#include <bit>

#include "aesweep/data/hash.hpp"

namespace aesweep {
std::string first_difference(const std::vector<Observable>& columns, const Row& a, const Row& b) {
  if (a.status != b.status) return fmt::format("status: {} against {}", name(a.status), name(b.status));
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (!columns[c].result) continue;
    for (std::size_t i = 0; i < a.values[c].size(); ++i) {
      const double x = a.values[c][i], y = b.values[c][i];
      if (std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y)) continue;
      const std::string position = columns[c].dims.empty() ? "" : fmt::format("[{}]", i);
      return fmt::format("{}{}: {} against {}", columns[c].name, position, x, y);
    }
  }
  return "";
}

std::uint64_t hash_of_results(const std::vector<Observable>& columns, const Row& row) {
  std::string bytes(1, static_cast<char>(row.status));
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (columns[c].result) bytes.append(reinterpret_cast<const char*>(row.values[c].data()), row.values[c].size() * sizeof(double));
  return leading_bits(sha256(bytes));
}

}  // namespace aesweep
