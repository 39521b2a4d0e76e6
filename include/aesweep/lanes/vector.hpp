#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Vectors as wide as the instruction set that the file is compiled for, in the compiler's own vector types: + − × / < and ?: work element
/// by element, a scalar operand is spread over all of them, and a × b + c becomes one instruction where there is one.
/// Only sources of the layers that are compiled once a level may include this (docs/architecture.md, "Instruction sets"): the types' size differs
/// from level to level, so that none of them may appear in what two levels share.
namespace aesweep::lanes {

#if defined(__AVX512F__) && defined(__AVX512DQ__)
inline constexpr int kLanes = 8;
#elif defined(__AVX2__)
inline constexpr int kLanes = 4;
#else
inline constexpr int kLanes = 2;
#endif
/// Vectors that the machine holds in registers: what bounds the tiles of products.
#if (defined(__AVX512F__) && defined(__AVX512DQ__)) || defined(__aarch64__)
inline constexpr int kRegisters = 32;
#else
inline constexpr int kRegisters = 16;
#endif

inline constexpr std::size_t kBytes = sizeof(double) * kLanes;
using Real = double __attribute__((vector_size(kBytes)));
using Word = std::uint64_t __attribute__((vector_size(kBytes)));
/// All bits set where a comparison holds, none where it does not.
using Mask = std::int64_t __attribute__((vector_size(kBytes)));

/// The same bytes as numbers of half the size, twice as many.
inline constexpr int kFloats = 2 * kLanes;
using Float = float __attribute__((vector_size(kBytes)));
using Int = std::int32_t __attribute__((vector_size(kBytes)));

/// Real or Float by the numbers in it: the vector of a precision, its numbers, and what they are.
template <class Scalar>
using Vector = std::conditional_t<std::is_same_v<Scalar, float>, Float, Real>;
template <class Scalar>
inline constexpr int kWidth = std::is_same_v<Scalar, float> ? kFloats : kLanes;
template <class V>
concept AnyVector = std::is_same_v<V, Real> || std::is_same_v<V, Float>;
template <AnyVector V>
using Element = std::conditional_t<std::is_same_v<V, Float>, float, double>;

/// Subtracting zero leaves every number as it is, −0 too: the compiler needs no instruction for it.
inline Real spread(double x) { return x - Real{}; }
inline Float spread(float x) { return x - Float{}; }
inline Word spread(std::uint64_t x) { return Word{} + x; }

/// Any alignment.
inline Real load(const double* from) {
  Real x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline Float load(const float* from) {
  Float x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline void store(double* to, Real x) { std::memcpy(to, &x, sizeof x); }
inline void store(float* to, Float x) { std::memcpy(to, &x, sizeof x); }
/// The first n numbers of less than a whole vector, zeros behind them.
template <class Scalar>
inline Vector<Scalar> load_some(const Scalar* from, int n) {
  Vector<Scalar> x{};
  std::memcpy(&x, from, sizeof(Scalar) * static_cast<std::size_t>(n));
  return x;
}
template <class Scalar>
inline void store_some(Scalar* to, Vector<Scalar> x, int n) {
  std::memcpy(to, &x, sizeof(Scalar) * static_cast<std::size_t>(n));
}

inline Word bits(Real x) { return reinterpret_cast<Word>(x); }
inline Real as_real(Word x) { return reinterpret_cast<Real>(x); }

/// Sum over the lanes, always in the same order: neighbours in pairs, pairs in pairs.
inline double sum(Real x) {
  double value[kLanes];
  std::memcpy(value, &x, sizeof x);
  for (int width = 1; width < kLanes; width *= 2)
    for (int i = 0; i < kLanes; i += 2 * width) value[i] += value[i + width];
  return value[0];
}

inline bool any(Mask mask) {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  return _mm512_movepi64_mask(reinterpret_cast<__m512i>(mask)) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_pd(reinterpret_cast<__m256d>(mask)) != 0;
#else
  return (mask[0] | mask[1]) != 0;
#endif
}

inline Real sqrt(Real x) {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  return _mm512_maskz_sqrt_pd(0xff, x);  // the plain form warns falsely in g++ 12
#elif defined(__AVX2__)
  return _mm256_sqrt_pd(x);
#elif defined(__SSE2__)
  return _mm_sqrt_pd(x);
#else
  for (int i = 0; i < kLanes; ++i) x[i] = __builtin_sqrt(x[i]);
  return x;
#endif
}

inline Float sqrt(Float x) {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  return _mm512_maskz_sqrt_ps(0xffff, x);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#elif defined(__SSE2__)
  return _mm_sqrt_ps(x);
#else
  for (int i = 0; i < kFloats; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

/// ab + c, rounded once, on every machine.
inline Real multiply_add(Real a, Real b, Real c) {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  return _mm512_fmadd_pd(a, b, c);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_fmadd_pd(a, b, c);
#else
  for (int i = 0; i < kLanes; ++i) c[i] = __builtin_fma(a[i], b[i], c[i]);
  return c;
#endif
}

inline Real abs(Real x) { return as_real(bits(x) & ~(Word{} + (std::uint64_t{1} << 63))); }
inline Float abs(Float x) { return reinterpret_cast<Float>(reinterpret_cast<Int>(x) & INT32_MAX); }
/// |x| with the sign of y.
inline Real copysign(Real x, Real y) {
  const Word sign = Word{} + (std::uint64_t{1} << 63);
  return as_real((bits(x) & ~sign) | (bits(y) & sign));
}
inline Float copysign(Float x, Float y) {
  return reinterpret_cast<Float>((reinterpret_cast<Int>(x) & INT32_MAX) | (reinterpret_cast<Int>(y) & INT32_MIN));
}
/// x where it is not a number.
inline Real max(Real x, Real y) { return y > x ? y : x; }
inline Real min(Real x, Real y) { return y < x ? y : x; }
inline Float max(Float x, Float y) { return y > x ? y : x; }
inline Float min(Float x, Float y) { return y < x ? y : x; }

/// Products of the lower 32 bits of each element, 64 bits long; the upper halves do not matter.
inline Word multiply_low(Word x, Word y) {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  return reinterpret_cast<Word>(_mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)));
#elif defined(__AVX2__)
  return reinterpret_cast<Word>(_mm256_mul_epu32(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(y)));
#elif defined(__SSE2__)
  return reinterpret_cast<Word>(_mm_mul_epu32(reinterpret_cast<__m128i>(x), reinterpret_cast<__m128i>(y)));
#else
  const Word low = Word{} + 0xffffffffU;
  return (x & low) * (y & low);
#endif
}

namespace detail {

template <int... kIndex>
Int lower_halves(Word x, Word y, std::integer_sequence<int, kIndex...>) {
  constexpr int kLow = std::endian::native == std::endian::little ? 0 : 1;
  return __builtin_shufflevector(reinterpret_cast<Int>(x), reinterpret_cast<Int>(y), (2 * kIndex + kLow)...);
}
template <int kFirst, int... kIndex>
Real doubles(Float x, std::integer_sequence<int, kIndex...>) {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  return _mm512_maskz_cvtps_pd(0xff, reinterpret_cast<__m256>(__builtin_shufflevector(x, x, (kFirst + kIndex)...)));   // g++ 12 takes five instructions by itself
#elif defined(__AVX2__)
  return _mm256_cvtps_pd(reinterpret_cast<__m128>(__builtin_shufflevector(x, x, (kFirst + kIndex)...)));
#else
  return __builtin_convertvector(__builtin_shufflevector(x, x, (kFirst + kIndex)...), Real);
#endif
}

}  // namespace detail

/// The lower halves of the elements of x, then those of y.
inline Int lower_halves(Word x, Word y) { return detail::lower_halves(x, y, std::make_integer_sequence<int, kFloats>{}); }
/// The first kLanes numbers of x, and the others.
inline Real first_half(Float x) { return detail::doubles<0>(x, std::make_integer_sequence<int, kLanes>{}); }
inline Real second_half(Float x) { return detail::doubles<kLanes>(x, std::make_integer_sequence<int, kLanes>{}); }
/// The same halves as they are.
inline void store_halves(float* first, float* second, Float x) {
  float value[kFloats];
  std::memcpy(value, &x, sizeof x);
  std::memcpy(first, value, sizeof x / 2);
  std::memcpy(second, value + kLanes, sizeof x / 2);
}

/// ab + c, rounded once where the machine has an instruction for it, which v3, v4 and aarch64 have.
inline Float fast_multiply_add(Float a, Float b, Float c) {
#if defined(__AVX512F__) && defined(__AVX512DQ__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__FP_FAST_FMAF)
  for (int i = 0; i < kFloats; ++i) c[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return c;
#else
  return a * b + c;
#endif
}

}  // namespace aesweep::lanes
