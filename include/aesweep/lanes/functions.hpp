#pragma once
#include "aesweep/lanes/vector.hpp"

/// Elementary functions of vectors. Each lane goes through the same instructions, so that its result does not depend on the others; without branches
/// and tables. Polynomials: Chebyshev interpolation in 50 digits, rounded; the errors named are those of the whole function, tested against the
/// C library's. Written out because a compiler has no vector form of libm's, and because the bits of libm's may change with the machine.
namespace aesweep::lanes {

/// c[0] + c[1]x + ... by Horner's rule.
template <std::size_t n>
inline Float polynomial(const float (&c)[n], Float x) {
  Float y = Float{} + c[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) y = y * x + c[i];
  return y;
}
/// c[first] + c[first + stride]x + ... by Horner's rule.
template <std::size_t first, std::size_t stride, std::size_t n>
inline Real horner(const double (&c)[n], Real x) {
  constexpr std::size_t kLast = first + (n - 1 - first) / stride * stride;
  Real y = spread(c[kLast]);
  for (std::size_t i = kLast; i > first;) y = y * x + c[i -= stride];
  return y;
}
/// c[0] + c[1]x + ...; a long sum as four of powers of x⁴, so that their operations need not wait for each other.
template <std::size_t n>
inline Real polynomial(const double (&c)[n], Real x) {
  if constexpr (n <= 8) {
    return horner<0, 1>(c, x);
  } else {
    const Real square = x * x, fourth = square * square;
    return (horner<0, 4>(c, fourth) + x * horner<1, 4>(c, fourth)) + square * (horner<2, 4>(c, fourth) + x * horner<3, 4>(c, fourth));
  }
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

/// The same in single precision, to 1e-7, cut at ±87.
struct FloatExponential {
  Float value, minus_one;
};
inline FloatExponential exponential(Float x) {
  constexpr float kInverseLn2 = 1.442695041F, kLn2High = 0x1.62e4p-1F, kLn2Low = 1.42860682e-6F, kShift = 0x1.8p23F;
  x = min(max(x, spread(-87.0F)), spread(87.0F));
  const Float shifted = x * kInverseLn2 + kShift, n = shifted - kShift;
  const Float r = (x - n * kLn2High) - n * kLn2Low;
  const Float tail = r * r * (0.5F + r * polynomial({0.1666662937F, 0.04166662006F, 0.008357680586F, 0.001391931389F}, r));
  const Float power = reinterpret_cast<Float>((reinterpret_cast<Int>(shifted) << 23) + (127 << 23));   // 2^n
  const Float part = power * (r + tail);
  return {power * (1.0F + (r + tail)), part + (power - 1.0F)};
}
inline Float exp(Float x) { return exponential(x).value; }

/// ln x for normal x > 0, to 3 units in the last place (near 1: of x − 1).
inline Real log(Real x) {
  constexpr double kLn2 = 0.693147180559945309417;
  constexpr std::uint64_t kRootHalf = 0x3fe6a09e667f3bcd, kBias = std::uint64_t{1023} << 52, kExponent = 0x4330000000000000;   // 2^52
  constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52) - 1;
  const Word shifted = bits(x) + (kBias - kRootHalf);
  const Real k = as_real((shifted >> 52) | kExponent) - (0x1p52 + 1023.0), m = as_real((shifted & kMantissa) + kRootHalf);   // x = 2^k m, √½ ≤ m < √2
  const Real s = (m - 1.0) / (m + 1.0);                                                                                      // ln m = 2 atanh s
  return k * kLn2 + s * polynomial({2.0, 0.666666666666676510644, 0.399999999993023380718, 0.285714287606416816878, 0.222221970567260479479,
                                    0.1818363168022932852, 0.153125281483641906277, 0.14809710360655276018}, s * s);
}

/// The same in single precision, to 3e-7.
inline Float log(Float x) {
  constexpr float kLn2 = 0.693147181F;
  constexpr std::int32_t kRootHalf = 0x3f3504f3, kOne = 0x3f800000, kMantissa = 0x7fffff;
  const Int shifted = reinterpret_cast<Int>(x) + (kOne - kRootHalf);
  const Float k = __builtin_convertvector((shifted >> 23) - 127, Float), m = reinterpret_cast<Float>((shifted & kMantissa) + kRootHalf);
  const Float s = (m - 1.0F) / (m + 1.0F);
  return k * kLn2 + s * polynomial({1.999999999F, 0.6666681992F, 0.3997433364F, 0.2993838473F}, s * s);
}

/// tanh x in single precision, to 3e-7: a ratio of two polynomials, all of whose terms have one sign. Beyond ±8, where it is 1 − 2.3e-7, its value there.
inline Float tanh(Float x) {
  x = min(max(x, spread(-8.0F)), spread(8.0F));
  const Float z = x * x;
  return x * polynomial({0.9999999937F, 0.1344456005F, 0.003571669583F, 2.189574612e-5F, 1.52317189e-8F}, z) /
         polynomial({1.0F, 0.4677788746F, 0.02616472081F, 0.000341140513F, 8.523023475e-7F}, z);
}

/// ab − cd to two units in the last place however much cancels   [Kahan; Jeannerod, Louvet & Muller, Math. Comp. 82, 2245 (2013)].
inline Real difference_of_products(Real a, Real b, Real c, Real d) {
  const Real cd = c * d;
  return multiply_add(a, b, -cd) + multiply_add(-c, d, cd);
}

/// The angle arctan(y/x), x > 0, to 3 units in the last place. One division: the larger of x and |y| goes below, and beyond π/8 the angle is taken from π/4.
inline Real arctan(Real y, Real x) {
  constexpr double kTanEighth = 0.41421356237309504880, kQuarterPi = 0.78539816339744830962, kHalfPi = 1.57079632679489661923;
  const Real size = abs(y), small = min(size, x), large = max(size, x);
  const Mask middle = small > kTanEighth * large;
  const Real t = (middle ? small - large : small) / (middle ? small + large : large), z = t * t;
  const Real tail = t * (z * polynomial({-0.33333333333328438572, 0.19999999998855110134, -0.1428571418097646683, 0.1111110618045594522, -0.090907730748084137897,
                                         0.076899534963068577563, -0.066402339304294085887, 0.056883492268090104794, -0.043480522157164624777,
                                         0.021135373157693245206}, z));
  const Real angle = (middle ? spread(kQuarterPi) : Real{}) + (t + tail);
  return copysign(size > x ? kHalfPi - angle : angle, y);
}

/// e^{y²} erfc y for y ≥ 0.7, to 7e-16 of its value   [in t = (y − 4.7)/(y + 3.3); the idea is Shepherd & Laframboise's, Math. Comput. 36, 249 (1981)].
inline Real scaled_erfc(Real y) {
  const Real inverse = 1.0 / (y + 3.3), t = 1.0 - 8.0 * inverse;
  return polynomial({0.93991718052664200288, -0.59457753798268510197, 0.32862588126241671827, -0.15594723175827787187, 0.061645064694802973881,
                     -0.019124387526862783664, 0.0039825734711516322954, -0.00018133270362828755654, -0.0002179319671374735286,
                     0.000070835143395275027468, 1.8958131193544513115e-6, -6.7432727547032240182e-6, 9.4872420071903592965e-7, 5.5968070674740627277e-7,
                     -1.6622909028018690913e-7, -4.8718490800657957643e-8, 2.2673996342206424824e-8, 4.5428072498546345144e-9, -2.7118649787841187294e-9,
                     -3.2921350213487154765e-10, 2.145230397610858949e-10}, t) * inverse;
}
/// The same in single precision, to 4e-7; beyond y = 9.6, where e^{−y²} is 1e-40, its value there.
inline Float scaled_erfc(Float y) {
  const Float inverse = 1.0F / (min(y, spread(9.6F)) + 1.5F), t = 1.494382F - 5.4876404F * inverse;
  return polynomial({0.8746116803F, -0.2600114182F, 0.02977734919F, 0.00631061973F, -0.001495552419F, -0.0004258753057F, 5.985312872e-5F,
                     3.386450824e-5F, 6.040066155e-7F}, t) * inverse;
}
/// erf y for |y| ≤ 0.71, to 2 units in the last place.
inline Real small_erf(Real y) {
  return y * polynomial({1.1283791670955125515, -0.37612638903182854592, 0.11283791670895803015, -0.026866170629913998626, 0.0052239774269852983872,
                         -0.00085483121338620973547, 0.00012054651240821530527, -0.000014906250578086516407, 1.6125756652237546459e-6,
                         -1.3071203371526933631e-7}, y * y);
}
/// The same in single precision, to 2e-7.
inline Float small_erf(Float y) {
  return y * polynomial({1.128379121F, -0.3761218285F, 0.112765118F, -0.02645569998F, 0.004259809292F}, y * y);
}

}  // namespace aesweep::lanes
