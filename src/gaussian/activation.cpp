#include "aesweep/gaussian/activation.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

#include "aesweep/gaussian/normal.hpp"
#include "curves.hpp"

namespace aesweep {
namespace {

constexpr std::array kActivations{Activation::linear, Activation::erf,      Activation::relu, Activation::tanh,      Activation::sigmoid,
                                  Activation::gelu,   Activation::softplus, Activation::silu, Activation::leaky_relu};
constexpr double kErfSlope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // d/dx erf(x/√2) at 0: √(2/π)

template <class Curve>
ValueAndSlope evaluate_curve(double x) {
  if (std::isnan(x)) return {x, x};
  const Jet jet = Curve::at(x);
  return {jet.value, jet.slope};
}

ValueAndSlope evaluate_sigmoid(double x) {
  if (std::isnan(x)) return {x, x};
  const Logistic sigma(x);
  return {sigma.value, sigma.slope};
}

ValueAndSlope evaluate_gelu(double x) {
  const double bounded = std::abs(x) > 40.0 ? std::copysign(40.0, x) : x;  // where φ has vanished: no infinity times 0
  const double cdf = normal_cdf(bounded);
  return {x < -40.0 ? 0.0 : x * cdf, cdf + bounded * normal_pdf(bounded)};
}

}  // namespace

std::span<const Activation> all_activations() { return kActivations; }

std::string_view name(Activation activation) {
  switch (activation) {
    case Activation::linear: return "linear";
    case Activation::erf: return "erf";
    case Activation::relu: return "relu";
    case Activation::tanh: return "tanh";
    case Activation::sigmoid: return "sigmoid";
    case Activation::gelu: return "gelu";
    case Activation::softplus: return "softplus";
    case Activation::silu: return "silu";
    case Activation::leaky_relu: return "leaky_relu";
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
    case Activation::tanh: return evaluate_curve<TanhCurve>(x);
    case Activation::sigmoid: return evaluate_sigmoid(x);
    case Activation::gelu: return evaluate_gelu(x);
    case Activation::softplus: return evaluate_curve<SoftplusCurve>(x);
    case Activation::silu: return evaluate_curve<SiluCurve>(x);
    case Activation::leaky_relu: return x > 0.0 ? ValueAndSlope{x, 1.0} : ValueAndSlope{kLeakyReluSlope * x, kLeakyReluSlope};
  }
  assert(false && "not an activation");
  return {};
}

}  // namespace aesweep
