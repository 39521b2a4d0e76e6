#pragma once
#include "aesweep/lanes/vector.hpp"

/// Elementary functions of vectors. Each lane goes through the same instructions, so that its result does not depend on the others; without branches
/// and tables. Polynomials: Chebyshev interpolation in 50 digits, rounded; the errors named are those of the whole function, tested against the
/// C library's. Written out because a compiler has no vector form of libm's, and because the bits of libm's may change with the machine.
namespace aesweep::lanes {

/// c[0] + c[1]x + ... by Horner's rule.
template <std::size_t n>
inline Real polynomial(const double (&c)[n], Real x) {
  Real y = spread(c[n - 1]);
  for (std::size_t i = n - 1; i-- > 0;) y = y * x + c[i];
  return y;
}

/// The integer nearest to x, |x| < 2^51, and the same as bits: its lower half, in two's complement.
struct Rounded {
  Real value;
  Word low;
};
inline Rounded round(Real x) {
  constexpr double kShift = 0x1.8p52;   // leaves the nearest integer in the low bits of the mantissa
  const Real shifted = x + kShift;
  return {shifted - kShift, bits(shifted)};
}

/// e^x and e^x − 1, the first to 2 units in the last place also where it is tiny, the second where it is near 0. x is cut to ±708: no result is subnormal.
struct Exponential {
  Real value, minus_one;
};
inline Exponential exponential(Real x) {
  constexpr double kInverseLn2 = 1.44269504088896340736, kLn2High = 0x1.62e42fefa38p-1, kLn2Low = 0x1.ef35793c7673p-45;
  x = min(max(x, spread(-708.0)), spread(708.0));
  const auto n = round(x * kInverseLn2);
  const Real r = (x - n.value * kLn2High) - n.value * kLn2Low;   // |r| ≤ ½ ln 2
  const Real tail = r * r * (0.5 + r * polynomial({0.16666666666666667452, 0.0416666666666666672275, 0.00833333333333006437399, 0.00138888888888865543319,
                                                   0.000198412698630409223458, 0.0000248015873171354335137, 0.00000275572684797240028479,
                                                   2.75572829836373851383e-7, 2.51003761113614200841e-8, 2.09112299288552928605e-9}, r));
  const Real power = as_real((n.low << 52) + (std::uint64_t{1023} << 52));   // 2^n
  const Real part = power * (r + tail);
  return {power * (1.0 + (r + tail)), part + (power - 1.0)};
}
inline Real exp(Real x) { return exponential(x).value; }

/// ln x for normal x > 0, to 2 units in the last place (near 1: of x − 1).
inline Real log(Real x) {
  constexpr double kLn2High = 0x1.62e42fefa38p-1, kLn2Low = 0x1.ef35793c7673p-45;
  constexpr std::uint64_t kRootHalf = 0x3fe6a09e667f3bcd, kBias = std::uint64_t{1023} << 52, kExponent = 0x4330000000000000;   // 2^52
  const Word biased = (bits(x) + (kBias - kRootHalf)) >> 52;                                                                   // k + 1023
  const Real k = as_real(biased | kExponent) - (0x1p52 + 1023.0);
  const Real f = as_real(bits(x) - ((biased << 52) - kBias)) - 1.0;                                                            // x = 2^k (1 + f), √½ ≤ 1 + f < √2
  const Real s = f / (2.0 + f), z = s * s;
  const Real series = z * polynomial({0.666666666666666968616, 0.399999999998995044837, 0.285714286259754876993, 0.222222111347946264054,
                                      0.181828891252947599123, 0.153317215994578678959, 0.146164496986173127025}, z);
  // 2 atanh s = f − s(f − series), which keeps f whole.
  return k * kLn2High + ((f - s * (f - series)) + k * kLn2Low);
}

/// cos and sin of (π/4)t for |t| ≤ 1, to 2e-16.
struct Point {
  Real cosine, sine;
};
inline Point eighth_turn(Real t) {
  const Real u = t * t;
  return {polynomial({1.0, -0.308425137534042452956, 0.0158543442438154193186, -0.000325991886926737642237, 0.00000359086044602795203445,
                      -2.46113640336525961373e-8, 1.15005120282173413377e-10, -3.85818900734166773104e-13}, u),
          t * polynomial({0.785398163397448307144, -0.0807455121882805394662, 0.00249039457018884384793, -0.0000365762041589138749349,
                          3.1336162254334162211e-7, -1.75715007469839340919e-9, 6.87736057316632562723e-12}, u)};
}

/// e^{y²} erfc y for y ≥ 0.7, to 3e-16 of its value   [in t = (y − 4.7)/(y + 3.3); the idea is Shepherd & Laframboise's, Math. Comput. 36, 249 (1981)].
inline Real scaled_erfc(Real y) {
  const Real t = (y - 4.7) / (y + 3.3);
  return polynomial({0.93991718052664200288, -0.59457753798268510197, 0.32862588126241671827, -0.15594723175827787187, 0.061645064694802973881,
                     -0.019124387526862783664, 0.0039825734711516322954, -0.00018133270362828755654, -0.0002179319671374735286,
                     0.000070835143395275027468, 1.8958131193544513115e-6, -6.7432727547032240182e-6, 9.4872420071903592965e-7, 5.5968070674740627277e-7,
                     -1.6622909028018690913e-7, -4.8718490800657957643e-8, 2.2673996342206424824e-8, 4.5428072498546345144e-9, -2.7118649787841187294e-9,
                     -3.2921350213487154765e-10, 2.145230397610858949e-10}, t) / (y + 3.3);
}
/// erf y for |y| ≤ 0.71, to 2 units in the last place.
inline Real small_erf(Real y) {
  return y * polynomial({1.1283791670955125515, -0.37612638903182854592, 0.11283791670895803015, -0.026866170629913998626, 0.0052239774269852983872,
                         -0.00085483121338620973547, 0.00012054651240821530527, -0.000014906250578086516407, 1.6125756652237546459e-6,
                         -1.3071203371526933631e-7}, y * y);
}

}  // namespace aesweep::lanes
