#pragma once
#include "aesweep/lanes/functions.hpp"

/// Philox4x32-10 and Box–Muller, a counter in each lane   [Salmon, Moraes, Dror & Shaw, SC 2011; word for word Random123's].
namespace aesweep::lanes {

/// Four words of 32 bits a lane, in the lower halves; the upper halves do not matter.
struct Words {
  Word word[4];
};

/// The blocks at the counters of each lane of n vectors, in their place; all have the same key. A round is a chain of operations that wait for each other:
/// several vectors at once fill the gaps.
template <std::size_t n>
inline void philox(Words (&counters)[n], std::uint64_t key) {
  constexpr std::uint64_t kFactor0 = 0xD2511F53, kFactor1 = 0xCD9E8D57;
  constexpr std::uint32_t kStep0 = 0x9E3779B9, kStep1 = 0xBB67AE85;
  auto key0 = static_cast<std::uint32_t>(key), key1 = static_cast<std::uint32_t>(key >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round, key0 += kStep0, key1 += kStep1)
#pragma GCC unroll 4
    for (auto& [c] : counters) {
      const Word product0 = multiply_low(c[0], spread(kFactor0)), product1 = multiply_low(c[2], spread(kFactor1));
      c[0] = (product1 >> 32) ^ c[1] ^ std::uint64_t{key0};
      c[1] = product1;
      c[2] = (product0 >> 32) ^ c[3] ^ std::uint64_t{key1};
      c[3] = product0;
    }
}
/// As many as registers hold.
inline constexpr std::size_t kPhilox = 4;

/// A uniform number in (0, 1] with 52 bits from two words.
inline Real uniform(Word low, Word high) {
  constexpr std::uint64_t kOne = 0x3ff0000000000000;
  return 2.0 - as_real((((high << 32) | (low & 0xffffffffU)) >> 12) | kOne);
}

/// c[0] + c[1]x + ..., by the same operations whatever the compiler may fuse.
template <std::size_t n>
inline Float fused_polynomial(const float (&c)[n], Float x) {
  Float y = Float{} + c[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) y = fast_multiply_add(y, x, Float{} + c[i]);
  return y;
}

/// r = √(−2 ln u) with u = 1 − (w + ½)/2³² for words w, to 3e-7 of r: 1 − u is formed where it is small, u where that is.
inline Float radius(Int w) {
  constexpr float kLn2 = 0.693147181F, kUnit = 0x1p-32F;
  constexpr std::int32_t kRootHalf = 0x3f3504f3, kOne = 0x3f800000, kMantissa = 0x7fffff;
  const Int far = w >> 31;                                                              // all bits set where u < ½
  const Float part = fast_multiply_add(__builtin_convertvector(w ^ far, Float), Float{} + kUnit, Float{} + 0.5F * kUnit);   // 1 − u, or u where it is less
  const Int shifted = reinterpret_cast<Int>(part) + (kOne - kRootHalf);
  const Float m = reinterpret_cast<Float>((shifted & kMantissa) + kRootHalf);           // u = 2^k m, √½ ≤ m < √2; near: u = 1 + f
  const Float k = __builtin_convertvector(((shifted >> 23) - 127) & far, Float), f = far != 0 ? m - 1.0F : -part;
  const Float s = f / (2.0F + f);                                                       // −2 ln(1 + f) = −4 atanh s
  const Float series = fused_polynomial({-4.000000015F, -1.333326433F, -0.8004919046F, -0.5593031549F, -0.5631555673F}, s * s);
  return sqrt(fast_multiply_add(s, series, k * (-2.0F * kLn2)));
}

/// cos and sin of (π/4)t for |t| ≤ 1, to 1e-7.
struct Point {
  Float cosine, sine;
};
inline Point eighth_turn(Float t) {
  const Float u = t * t;
  return {fused_polynomial({1.0F, -0.3084251352F, 0.01585432523F, -0.0003259385859F, 3.529797134e-6F}, u),
          t * fused_polynomial({0.785398161F, -0.08074543471F, 0.002490006801F, -3.595429073e-5F}, u)};
}

/// Four standard normals of each lane of two vectors of blocks: those of the first vector's lanes, then those of the second's.
struct Normals {
  Float value[4];
};
/// From the blocks' words by Box–Muller   [Ann. Math. Stat. 29, 610 (1958)]. Words 0 and 1 of each block are the angle and the radius of a point whose
/// coordinates are its first two normals, 2 and 3 those of the others. The two highest bits of an angle are a sign of the cosine and an exchange of both
/// coordinates, the others a place within ±π/4. Two vectors of blocks fill one of single precision, in which the points are computed, to 3e-7 of each
/// coordinate. Probabilities have the words' resolution, 2⁻³²; |z| ≤ 6.8. What is made of the normals is of double precision.
inline Normals box_muller(const Words& a, const Words& b) {
  Normals normals;
#pragma GCC unroll 2
  for (int pair = 0; pair < 2; ++pair) {
    const Int angle = lower_halves(a.word[2 * pair], b.word[2 * pair]);
    const Float r = radius(lower_halves(a.word[2 * pair + 1], b.word[2 * pair + 1]));
    const auto [cosine, sine] = eighth_turn(__builtin_convertvector((angle << 2) ^ INT32_MIN, Float) * 0x1p-31F);
    const Float x = reinterpret_cast<Float>(reinterpret_cast<Int>(r * cosine) ^ (angle & INT32_MIN)), y = r * sine;
    const Int exchanged = angle << 1;
    normals.value[2 * pair] = exchanged < 0 ? y : x;
    normals.value[2 * pair + 1] = exchanged < 0 ? x : y;
  }
  return normals;
}

}  // namespace aesweep::lanes
