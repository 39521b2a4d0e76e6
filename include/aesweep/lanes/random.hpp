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
/// Vectors that are worth it.
inline constexpr std::size_t kPhilox = 4;

/// A uniform number in (0, 1] with 52 bits from two words.
inline Real uniform(Word low, Word high) {
  constexpr std::uint64_t kOne = 0x3ff0000000000000;
  return 2.0 - as_real((((high << 32) | (low & 0xffffffffU)) >> 12) | kOne);
}

/// Two standard normals of each lane from two words, as a point of radius √(−2 ln u) and angle φ.
struct Normals {
  Real first, second;
};
/// u in (0, 1] has the 52 bits that `radius` and the upper part of `angle` make together; φ takes all 32 bits of `angle`: its two highest are a sign of
/// the cosine and an exchange of both coordinates, the others a place within ±π/4. Radius and angle thus share 20 bits, which matter to the radius only
/// beyond the resolution of 32 bits that it has without them: as a law the pair is good to 2⁻³² in any probability. |z| ≤ 8.5.
inline Normals box_muller(Word angle, Word radius) {
  constexpr std::uint64_t kTwo52 = 0x4330000000000000;
  const Word place = angle & ((std::uint64_t{1} << 30) - 1);
  const Real r = sqrt(log<-2>(uniform(angle, radius)));
  const Real t = (as_real(place | kTwo52) - (0x1p52 + 0x1p29)) * 0x1p-29 + 0x1p-30;
  const auto [cosine, sine] = eighth_turn(t);
  const Real x = as_real(bits(r * cosine) ^ ((angle << 32) & (std::uint64_t{1} << 63))), y = r * sine;
  const Mask exchanged = reinterpret_cast<Mask>(angle << 33) < 0;
  return {exchanged ? y : x, exchanged ? x : y};
}

}  // namespace aesweep::lanes
