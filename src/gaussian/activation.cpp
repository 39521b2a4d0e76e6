#include "aesweep/gaussian/activation.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

namespace aesweep {
namespace {

constexpr std::array kActivations{Activation::linear, Activation::erf, Activation::relu};
constexpr double kErfSlope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // d/dx erf(x/√2) at 0: √(2/π)

}  // namespace

std::span<const Activation> all_activations() { return kActivations; }

std::string_view name(Activation activation) {
  switch (activation) {
    case Activation::linear: return "linear";
    case Activation::erf: return "erf";
    case Activation::relu: return "relu";
  }
  assert(false && "not an activation");
  return {};
}

std::optional<Activation> activation_from(std::string_view wanted) {
  const auto found = std::ranges::find(kActivations, wanted, name);
  if (found == kActivations.end()) return std::nullopt;
  return *found;
}

ValueAndSlope evaluate(Activation activation, double x) {
  switch (activation) {
    case Activation::linear: return {x, 1.0};
    case Activation::erf: return {std::erf(x / std::numbers::sqrt2), kErfSlope * std::exp(-0.5 * x * x)};
    case Activation::relu: return x > 0.0 ? ValueAndSlope{x, 1.0} : ValueAndSlope{std::isnan(x) ? x : 0.0, 0.0};
  }
  assert(false && "not an activation");
  return {};
}

}  // namespace aesweep
