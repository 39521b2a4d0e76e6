#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace aesweep {

/// Spikes θ_m = first · ratio^m, m = 0..count−1.
struct SpikeTable {
  std::int64_t count = 0;
  double first = 0.0;
  double ratio = 1.0;
  std::vector<double> expanded() const;
};

/// A checked value of a key. Names of files are absolute.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<double>, std::vector<std::string>, SpikeTable>;

/// Text that equal values share: numbers in the shortest form that reads back the same (1 for 1.0), spikes as a list.
std::string canonical(const Value& value);
/// What people read on an axis: texts without quotes, spikes as they were written.
std::string label(const Value& value);

/// Rounded to 12 significant digits.
double rounded(double value);
/// Equal in the sense of exclusions: numbers to 12 significant digits, everything else exactly.
bool same_value(const Value& a, const Value& b);

}  // namespace aesweep
