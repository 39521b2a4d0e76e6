#pragma once
#include <numbers>
#include <span>

#include "aesweep/gaussian/activation.hpp"
#include "aesweep/lanes/functions.hpp"

/// Activation functions of vectors: evaluate() of activation.hpp, lane by lane. For what runs inside an SGD step.
namespace aesweep {

/// g(x) and g'(x) of each lane.
struct ValuesAndSlopes {
  lanes::Real value, slope;
};

namespace activation_lanes {

using lanes::Real;

inline Real where(lanes::Mask mask, Real yes, Real no) { return mask ? yes : no; }

/// erf(|x|/√2) with the sign of x, and e^{−x²/2}.
struct ErfAndBell {
  Real erf, bell, scaled_tail;   // scaled_tail: e^{x²/2} erfc(|x|/√2), of |x| ≥ 1 alone
};
inline ErfAndBell erf_and_bell(Real x) {
  const Real y = lanes::abs(x) * (1.0 / std::numbers::sqrt2);
  const Real bell = lanes::exp(-0.5 * x * x), tail = lanes::scaled_erfc(lanes::max(y, lanes::spread(0.7)));
  return {lanes::copysign(where(y < 0.7, lanes::small_erf(y), 1.0 - bell * tail), x), bell, tail};
}

inline ValuesAndSlopes tanh(Real x) {
  const auto e = lanes::exponential(-2.0 * lanes::abs(x));   // tanh |x| = (1 − e)/(1 + e), slope 4e/(1 + e)²
  const Real whole = 1.0 / (1.0 + e.value);
  return {lanes::copysign(-e.minus_one * whole, x), 4.0 * e.value * whole * whole};
}

/// 1/(1 + e^−x) and its slope; `small` is e^−|x|.
struct Logistics {
  Real value, slope, small;
};
inline Logistics logistic(Real x) {
  const Real small = lanes::exp(-lanes::abs(x)), whole = 1.0 / (1.0 + small);
  return {where(x < 0.0, small * whole, whole), small * whole * whole, small};
}

inline ValuesAndSlopes gelu(Real x) {
  const auto [erf, bell, tail] = erf_and_bell(x);
  const Real near = 0.5 + 0.5 * erf, below = 0.5 * bell * tail;   // Φ; below −1 without the cancellation
  const Real cdf = where(x < -1.0, below, near);
  constexpr double kDensity = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  return {x * cdf, cdf + x * (kDensity * bell)};
}

inline ValuesAndSlopes softplus(Real x) {
  const auto [value, slope, small] = logistic(x);
  const Real one_more = 1.0 + small;
  const Real rest = one_more - 1.0;   // what of `small` is left in it
  const Real log1p = where(rest == 0.0, small, lanes::log(one_more) * (small / where(rest == 0.0, lanes::spread(1.0), rest)));
  return {lanes::max(x, Real{}) + log1p, value};
}

inline ValuesAndSlopes silu(Real x) {
  const auto [value, slope, small] = logistic(x);
  return {x * value, value + x * slope};
}

}  // namespace activation_lanes

/// Error of value and slope: 2e-15 of them, or 5e-16 where they are larger than that; exponentials are cut at e^−708, which leaves |x| > 37.6 of erf and
/// gelu, |x| > 354 of tanh, |x| > 708 of the others with a slope of 1e-307 or less where it should be smaller still. x that is not finite gives a
/// value or slope that is not finite, or a limit.
inline ValuesAndSlopes evaluate(Activation activation, lanes::Real x) {
  using lanes::Real;
  const Real zero{}, one = lanes::spread(1.0);
  switch (activation) {
    case Activation::linear: return {x, one};
    case Activation::erf: {
      constexpr double kSlope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
      const auto parts = activation_lanes::erf_and_bell(x);
      return {parts.erf, kSlope * parts.bell};
    }
    case Activation::relu: return {lanes::max(x, zero), x > 0.0 ? one : zero};
    case Activation::leaky_relu: return {x > 0.0 ? x : kLeakyReluSlope * x, x > 0.0 ? one : lanes::spread(kLeakyReluSlope)};
    case Activation::tanh: return activation_lanes::tanh(x);
    case Activation::sigmoid: {
      const auto sigma = activation_lanes::logistic(x);
      return {sigma.value, sigma.slope};
    }
    case Activation::gelu: return activation_lanes::gelu(x);
    case Activation::softplus: return activation_lanes::softplus(x);
    case Activation::silu: return activation_lanes::silu(x);
  }
  return {x, one};
}

/// The same over arrays of one length, any length: value and slope may be x itself.
inline void evaluate(Activation activation, std::span<const double> x, double* value, double* slope) {
  constexpr std::size_t width = lanes::kLanes;
  std::size_t i = 0;
  for (; i + width <= x.size(); i += width) {
    const auto result = evaluate(activation, lanes::load(&x[i]));
    lanes::store(value + i, result.value);
    lanes::store(slope + i, result.slope);
  }
  if (i == x.size()) return;
  const int rest = static_cast<int>(x.size() - i);
  const auto result = evaluate(activation, lanes::load_some(&x[i], rest));
  lanes::store_some(value + i, result.value, rest);
  lanes::store_some(slope + i, result.slope, rest);
}

}  // namespace aesweep
