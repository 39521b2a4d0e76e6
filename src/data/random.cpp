#include "aesweep/data/random.hpp"

#include <Random123/philox.h>

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cassert>

namespace aesweep {

namespace {

using Philox = r123::Philox4x32;

/// Blocks worked on at a time. Every chunk is computed whole, also when only a part of it is wanted: each lane then goes through
/// the same instructions, and a number's bits do not depend on how many were asked for.
constexpr int kChunk = 16;
using Lanes = Eigen::Array<double, kChunk, 1>;

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }

Philox::ctr_type counter(Purpose purpose, std::uint64_t step, std::uint32_t index, std::uint32_t replica) {
  assert(step < (std::uint64_t{1} << 48));
  return {{index, low(step), low(step >> 32 << 16) | static_cast<std::uint32_t>(purpose), replica}};
}

Philox::key_type key_words(std::uint64_t key) { return {{low(key), low(key >> 32)}}; }

/// The upper 53 bits of the word (high, low) as a number in (0, 1], exactly.
double unit_interval(std::uint32_t low, std::uint32_t high) {
  const double bits = static_cast<double>(high) * 0x1p21 + static_cast<double>(low >> 11);
  return (bits + 1.0) * 0x1p-53;
}

/// cos 2πu and sin 2πu for u in [0, 1], to 1e-16: the quarter turn is taken off exactly, then the minimax polynomials of fdlibm on [-π/4, π/4].
/// Written out because libm has no form that the compiler can vectorise, and because its bits may change with the machine.
void turn(const Lanes& u, Lanes& cosine, Lanes& sine) {
  constexpr double kRound = 0x1.8p52;  // adding it leaves the nearest integer in the low bits of the mantissa
  for (int i = 0; i < kChunk; ++i) {
    const double shifted = 4.0 * u[i] + kRound;
    const auto quarter = std::bit_cast<std::uint64_t>(shifted);
    const double x = 6.283185307179586477 * (u[i] - 0.25 * (shifted - kRound));
    const double z = x * x;
    const double s = x + x * z * (-1.66666666666666324348e-01 + z * (8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 +
                     z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))));
    const double c = 1.0 - 0.5 * z + z * z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * (2.48015872894767294178e-05 +
                     z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 - z * 1.13596475577881948265e-11)))));
    const bool odd = (quarter & 1) != 0;
    const std::uint64_t cosine_sign = ((quarter + 1) & 2) << 62, sine_sign = (quarter & 2) << 62;
    cosine[i] = std::bit_cast<double>(std::bit_cast<std::uint64_t>(odd ? s : c) ^ cosine_sign);
    sine[i] = std::bit_cast<double>(std::bit_cast<std::uint64_t>(odd ? c : s) ^ sine_sign);
  }
}

/// Standard normals of kChunk blocks from `counter` on: entry 2i is r cos φ of block i, entry 2i + 1 is r sin φ.
void normal_chunk(Philox::ctr_type counter, const Philox::key_type& key, double* out) {
  Lanes radius, angle, cosine, sine;
  for (int i = 0; i < kChunk; ++i, ++counter[0]) {
    const Philox::ctr_type word = Philox()(counter, key);
    radius[i] = unit_interval(word[0], word[1]);
    angle[i] = unit_interval(word[2], word[3]);
  }
  radius = (-2.0 * radius.log()).sqrt();
  turn(angle, cosine, sine);
  for (int i = 0; i < kChunk; ++i) {
    out[2 * i] = radius[i] * cosine[i];
    out[2 * i + 1] = radius[i] * sine[i];
  }
}

}  // namespace

RandomStream::Block RandomStream::block(Purpose purpose, std::uint64_t step, std::uint32_t index) const {
  const Philox::ctr_type word = Philox()(counter(purpose, step, index, replica_), key_words(key_));
  return {{word[0], word[1], word[2], word[3]}};
}

void RandomStream::normals(Purpose purpose, std::uint64_t step, std::span<double> out) const { normals(purpose, step, 0, out); }

void RandomStream::normals(Purpose purpose, std::uint64_t step, std::uint32_t first_block, std::span<double> out) const {
  assert(first_block + (out.size() + 1) / 2 <= std::uint64_t{1} << 32);
  Philox::ctr_type start = counter(purpose, step, first_block, replica_);
  const Philox::key_type key = key_words(key_);
  double chunk[2 * kChunk];
  for (; out.size() >= 2 * kChunk; out = out.subspan(2 * kChunk), start[0] += kChunk) normal_chunk(start, key, out.data());
  if (out.empty()) return;
  normal_chunk(start, key, chunk);
  std::copy_n(chunk, out.size(), out.begin());
}

std::uint64_t RandomStream::index(Purpose purpose, std::uint64_t step, std::uint64_t n) const {
  assert(n >= 1);
  __extension__ using Wide = unsigned __int128;
  const Block b = block(purpose, step, 0);
  const std::uint64_t word = std::uint64_t{b.word[1]} << 32 | b.word[0];
  return static_cast<std::uint64_t>(static_cast<Wide>(word) * n >> 64);
}

}  // namespace aesweep
