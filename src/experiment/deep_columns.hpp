#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "aesweep/experiment/observable.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Quantiles of the error that are kept.
inline constexpr std::array<double, 3> kErrorQuantiles{0.5, 0.9, 0.99};

/// A column of float64 that is NaN where nothing is known.
Observable real(std::string name, std::vector<std::string> dims, std::string units, std::string meaning);

/// What only deep networks record, at every time and at the horizon.
void add_deep_columns(std::vector<Observable>& columns, const Sweep& sweep);
/// "quantile", "epsilon" (outcome.epsilons) and, where reconstructions are kept, "sample" (0, 1, ...).
std::map<std::string, std::vector<double>> deep_scales(const Sweep& sweep);

}  // namespace aesweep
