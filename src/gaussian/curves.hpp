#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

// The activations without closed moments, with their first three derivatives from one exponential each. There are no branches, no library
// calls and no comparisons of floating-point numbers (which might trap, the compiler has to assume), so that loops over nodes are
// vectorised. x may be infinite, but not NaN.

namespace aesweep {

/// g, g', g'' and g''' at one point.
struct Jet {
  double value, slope, second, third;
};

inline bool is_negative(double x) { return std::bit_cast<std::int64_t>(x) < 0; }
inline double positive_part(double x) { return is_negative(x) ? 0.0 : x; }

/// min(magnitude, limit), both positive: then doubles are ordered as their bits.
inline double bounded(double magnitude, double limit) {
  return std::bit_cast<double>(std::min(std::bit_cast<std::int64_t>(magnitude), std::bit_cast<std::int64_t>(limit)));
}

/// e^-m and e^-m − 1, both to two units in the last place. m ≥ 0; beyond 708, e^-708 is returned.
struct Decay {
  double exp;
  double minus_one;
};

[[gnu::always_inline]] inline Decay decay(double m) {
  constexpr double kLn2High = 0x1.62e42fefa0000p-1;  // trailing zeros: times an integer below 2^16 it is exact
  constexpr double kLn2Low = 0x1.cf79abc9e3b39p-40;
  constexpr double kShift = 0x1.8p52;  // added to a number, leaves its nearest integer in the last bits
  constexpr auto kCoefficients = [] {
    std::array<double, 13> inverse_factorials{};
    double factorial = 1.0;
    for (int n = 1; n <= 13; ++n) inverse_factorials[static_cast<std::size_t>(n - 1)] = 1.0 / (factorial *= n);
    return inverse_factorials;
  }();
  const double y = -bounded(m, 708.0);
  const double shifted = y * std::numbers::log2e + kShift;
  const double halvings = shifted - kShift;
  const double rest = (y - halvings * kLn2High) - halvings * kLn2Low;  // |rest| ≤ ½ ln 2: the series errs by 1e-17
  double series = kCoefficients[12];
#pragma GCC unroll 12
  for (std::size_t n = 12; n-- > 0;) series = series * rest + kCoefficients[n];
  series *= rest;
  const double power = std::bit_cast<double>((std::bit_cast<std::uint64_t>(shifted) + 1023U) << 52U);
  return {power + power * series, power * series + (power - 1.0)};
}

/// ln(1 + e), 0 ≤ e ≤ 1, as 2 artanh(e/(2 + e)).
[[gnu::always_inline]] inline double log_one_plus(double e) {
  const double z = e / (2.0 + e);
  const double square = z * z;  // at most 1/9: the series errs by 1e-17
  double series = 1.0 / 33.0;
#pragma GCC unroll 16
  for (int n = 15; n >= 0; --n) series = series * square + 1.0 / (2 * n + 1);
  return 2.0 * z * series;
}

/// σ(x) = 1/(1 + e^-x) with its derivatives, and 2σ − 1 = tanh(x/2) without the cancellation.
struct Logistic {
  [[gnu::always_inline]] explicit Logistic(double x) {
    const Decay fall = decay(std::abs(x));
    const double inverse = 1.0 / (1.0 + fall.exp);
    tail = fall.exp;
    smaller = fall.exp * inverse;
    odd = std::copysign(fall.minus_one * inverse, x);
    value = is_negative(x) ? smaller : inverse;
    slope = smaller * inverse;
    second = -odd * slope;
    third = slope * (1.0 - 6.0 * slope);
  }
  double tail;     // e^-|x|
  double smaller;  // σ(−|x|)
  double odd, value, slope, second, third;
};

// What the quadrature has to know of each: kStrip, the distance of the nearest poles from the real axis; whether g(x) − kOffset is odd.
// The jet's value is g − kOffset.

struct TanhCurve {
  static constexpr double kStrip = 0.5 * std::numbers::pi;
  static constexpr double kOffset = 0.0;
  static constexpr bool kIsOdd = true;
  [[gnu::always_inline]] static Jet at(double x) {
    const Decay fall = decay(2.0 * std::abs(x));
    const double inverse = 1.0 / (1.0 + fall.exp);
    const double value = std::copysign(fall.minus_one * inverse, x);
    const double slope = 4.0 * fall.exp * inverse * inverse;
    return {value, slope, -2.0 * value * slope, slope * (4.0 - 6.0 * slope)};
  }
};

struct SigmoidCurve {
  static constexpr double kStrip = std::numbers::pi;
  static constexpr double kOffset = 0.5;
  static constexpr bool kIsOdd = true;
  [[gnu::always_inline]] static Jet at(double x) {
    const Logistic sigma(x);
    return {0.5 * sigma.odd, sigma.slope, sigma.second, sigma.third};
  }
};

struct SoftplusCurve {
  static constexpr double kStrip = std::numbers::pi;
  static constexpr double kOffset = 0.0;
  static constexpr bool kIsOdd = false;
  [[gnu::always_inline]] static Jet at(double x) {
    const Logistic sigma(x);
    return {positive_part(x) + log_one_plus(sigma.tail), sigma.value, sigma.slope, sigma.second};
  }
};

struct SiluCurve {
  static constexpr double kStrip = std::numbers::pi;
  static constexpr double kOffset = 0.0;
  static constexpr bool kIsOdd = false;
  [[gnu::always_inline]] static Jet at(double x) {
    const Logistic sigma(x);
    const double near = bounded(std::abs(x), 1e3);  // no infinity times the 1e-308 that decay() leaves
    const double signed_near = std::copysign(near, x);
    return {positive_part(x) - near * sigma.smaller, sigma.value + signed_near * sigma.slope, 2.0 * sigma.slope + signed_near * sigma.second,
            3.0 * sigma.second + signed_near * sigma.third};
  }
};

/// Entire, but large off the real axis: 2.5 is where it has grown to 25, and serves as its strip. Its moments have closed forms; this is
/// here to check the quadrature by them.
struct ErfCurve {
  static constexpr double kStrip = 2.5;
  static constexpr double kOffset = 0.0;
  static constexpr bool kIsOdd = true;
  [[gnu::always_inline]] static Jet at(double x) {
    const double slope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi * std::exp(-0.5 * x * x);
    return {std::erf(x / std::numbers::sqrt2), slope, -x * slope, (x * x - 1.0) * slope};
  }
};

}  // namespace aesweep
