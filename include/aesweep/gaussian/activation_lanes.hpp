#pragma once
#include <numbers>
#include <span>

#include "aesweep/gaussian/activation.hpp"
#include "aesweep/lanes/functions.hpp"

/// Activation functions of vectors: evaluate() of activation.hpp, lane by lane. For what runs inside an SGD step.
namespace aesweep {

/// g(x) and g'(x) of each lane, V = lanes::Real or lanes::Float.
template <class V>
struct ValueAndSlopeOf {
  V value, slope;
};
using ValuesAndSlopes = ValueAndSlopeOf<lanes::Real>;

namespace activation_lanes {

/// A number that need not be one of single precision, in all lanes.
template <class V>
inline V spread(double x) {
  return lanes::spread(static_cast<lanes::Element<V>>(x));
}
template <class M, class V>
inline V where(M mask, V yes, V no) {
  return mask ? yes : no;
}

/// erf(|x|/√2) with the sign of x, and e^{−x²/2}.
template <class V>
struct ErfAndBell {
  V erf, bell, scaled_tail;   // scaled_tail: e^{x²/2} erfc(|x|/√2), of |x| ≥ 1 alone
};
template <class V>
inline ErfAndBell<V> erf_and_bell(V x) {
  const V y = lanes::abs(x) * spread<V>(1.0 / std::numbers::sqrt2), border = spread<V>(0.7);
  const V bell = lanes::exp(-0.5 * x * x), tail = lanes::scaled_erfc(lanes::max(y, border));
  return {lanes::copysign(where(y < border, lanes::small_erf(y), 1.0 - bell * tail), x), bell, tail};
}

inline ValuesAndSlopes tanh(lanes::Real x) {
  const auto e = lanes::exponential(-2.0 * lanes::abs(x));   // tanh |x| = (1 − e)/(1 + e), slope 4e/(1 + e)²
  const lanes::Real whole = 1.0 / (1.0 + e.value);
  return {lanes::copysign(-e.minus_one * whole, x), 4.0 * e.value * whole * whole};
}

inline ValueAndSlopeOf<lanes::Float> tanh(lanes::Float x) {
  const auto value = lanes::tanh(x);
  return {value, 1.0F - value * value};
}

/// 1/(1 + e^−x) and its slope; `small` is e^−|x|.
template <class V>
struct Logistics {
  V value, slope, small;
};
template <class V>
inline Logistics<V> logistic(V x) {
  const V small = lanes::exp(-lanes::abs(x)), whole = 1.0 / (1.0 + small);
  return {where(x < 0.0, small * whole, whole), small * whole * whole, small};
}

template <class V>
inline ValueAndSlopeOf<V> gelu(V x) {
  const auto [erf, bell, tail] = erf_and_bell(x);
  const V near = 0.5 + 0.5 * erf, below = 0.5 * bell * tail;   // Φ; below −1 without the cancellation
  const V cdf = where(x < -1.0, below, near);
  constexpr double kDensity = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  return {x * cdf, cdf + x * (spread<V>(kDensity) * bell)};
}

template <class V>
inline ValueAndSlopeOf<V> softplus(V x) {
  const auto [value, slope, small] = logistic(x);
  const V one_more = 1.0 + small;
  const V rest = one_more - 1.0;   // what of `small` is left in it
  const V log1p = where(rest == 0.0, small, lanes::log(one_more) * (small / where(rest == 0.0, spread<V>(1.0), rest)));
  return {lanes::max(x, V{}) + log1p, value};
}

template <class V>
inline ValueAndSlopeOf<V> silu(V x) {
  const auto [value, slope, small] = logistic(x);
  return {x * value, value + x * slope};
}

}  // namespace activation_lanes

/// Error of value and slope: 2e-15 of them, or 5e-16 where they are larger than that; exponentials are cut at e^−708, which leaves |x| > 37.6 of erf and
/// gelu, |x| > 354 of tanh, |x| > 708 of the others with a slope of 1e-307 or less where it should be smaller still. In single precision: 4e-7 of
/// them, of a slope 1e-6 where that is more; a square in an exponent costs x² units in the last place; cuts at e^−87. x that is not
/// finite gives a value or slope that is not finite, or a limit.
template <lanes::AnyVector V>
inline ValueAndSlopeOf<V> evaluate(Activation activation, V x) {
  using activation_lanes::spread;
  const V zero{}, one = spread<V>(1.0);
  switch (activation) {
    case Activation::linear: return {x, one};
    case Activation::erf: {
      constexpr double kSlope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
      const auto parts = activation_lanes::erf_and_bell(x);
      return {parts.erf, spread<V>(kSlope) * parts.bell};
    }
    case Activation::relu: return {lanes::max(x, zero), x > 0.0 ? one : zero};
    case Activation::leaky_relu: return {x > 0.0 ? x : spread<V>(kLeakyReluSlope) * x, x > 0.0 ? one : spread<V>(kLeakyReluSlope)};
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
template <class Scalar>
inline void evaluate(Activation activation, std::span<const Scalar> x, Scalar* value, Scalar* slope) {
  constexpr std::size_t width = lanes::kWidth<Scalar>;
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
inline void evaluate(Activation activation, std::span<const double> x, double* value, double* slope) { evaluate<double>(activation, x, value, slope); }

}  // namespace aesweep
