#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "aesweep/lanes/vector.hpp"

/// Products of skinny matrices: few rows, each of many numbers, as weights, inputs and their gradients are. Tiles of the result stay in registers, and what
/// is left over at the edges are smaller tiles of the same template, so that a product of three rows is as fast a flop as one of a hundred.
/// Sums run over the lanes in a fixed order; the bits of a result depend on the vector length and on where its tile lies, not on the machine.
namespace aesweep::lanes {

/// Lengths of rows are multiples of this, on every instruction set: no vector reaches across a row's end, and one layout serves them all.
inline constexpr std::ptrdiff_t kPadding = 8;
constexpr std::ptrdiff_t padded(std::ptrdiff_t length) { return (length + kPadding - 1) / kPadding * kPadding; }
/// Numbers from one row to the next, such that rows of `length` numbers don't all fall into the same few sets of the cache.
constexpr std::ptrdiff_t row_stride(std::ptrdiff_t length) {
  constexpr std::ptrdiff_t kPeriod = 512;   // numbers in 4 KiB
  const std::ptrdiff_t stride = padded(length), beyond = stride % kPeriod;
  const bool is_near = stride >= kPeriod / 2 && (beyond < 2 * kPadding || beyond > kPeriod - 2 * kPadding);
  return is_near ? stride + 3 * kPadding : stride;
}

/// Rows of numbers. length and stride are multiples of kPadding; what lies between a row's own numbers and its length is zero.
struct ConstRows {
  const double* data;
  std::ptrdiff_t rows, length, stride;
  const double* row(std::ptrdiff_t i) const { return data + i * stride; }
};
struct Rows {
  double* data;
  std::ptrdiff_t rows, length, stride;
  double* row(std::ptrdiff_t i) const { return data + i * stride; }
  operator ConstRows() const { return {data, rows, length, stride}; }
};
/// Columns first .. first + count of all rows; both multiples of kPadding.
inline ConstRows columns(ConstRows X, std::ptrdiff_t first, std::ptrdiff_t count) { return {X.data + first, X.rows, count, X.stride}; }
inline Rows columns(Rows X, std::ptrdiff_t first, std::ptrdiff_t count) { return {X.data + first, X.rows, count, X.stride}; }
/// Blocks of columns that stay in a near cache while all rows of a product pass over them.
inline constexpr std::ptrdiff_t kColumnBlock = 192;

/// A small matrix, (i, j) at data[i stride + j]; no padding.
struct ConstMatrix {
  const double* data;
  std::ptrdiff_t stride;
  const double* row(std::ptrdiff_t i) const { return data + i * stride; }
};
struct Matrix {
  double* data;
  std::ptrdiff_t stride;
  double* row(std::ptrdiff_t i) const { return data + i * stride; }
  operator ConstMatrix() const { return {data, stride}; }
};

namespace detail {

template <int kGroup, class V, int... kLane>
V even_groups(V x, V y, std::integer_sequence<int, kLane...>) {
  constexpr int kAll = sizeof...(kLane);
  return __builtin_shufflevector(x, y, (kLane / kGroup % 2 * kAll + kLane / (2 * kGroup) * (2 * kGroup) + kLane % kGroup)...);
}
template <int kGroup, class V, int... kLane>
V odd_groups(V x, V y, std::integer_sequence<int, kLane...>) {
  constexpr int kAll = sizeof...(kLane);
  return __builtin_shufflevector(x, y, (kLane / kGroup % 2 * kAll + kLane / (2 * kGroup) * (2 * kGroup) + kGroup + kLane % kGroup)...);
}

}  // namespace detail

/// Of as many vectors as one has lanes: lane i of the result is the sum over x[i], to the bit that sum() gives, by a transposition with an addition at each
/// of its stages.
template <AnyVector V, int kCount = kWidth<Element<V>>>
[[gnu::always_inline]] inline V sums(const V* x) {
  if constexpr (kCount == 1) {
    return x[0];
  } else {
    constexpr int kGroup = kCount / 2;
    constexpr auto kAll = std::make_integer_sequence<int, kWidth<Element<V>>>{};
    const V first = sums<V, kGroup>(x), second = sums<V, kGroup>(x + kGroup);
    return detail::even_groups<kGroup>(first, second, kAll) + detail::odd_groups<kGroup>(first, second, kAll);
  }
}

namespace detail {

/// The tallest and widest tile of dots that leaves registers for a column of its operands, and the same for combine.
inline constexpr int kDotRows = kRegisters == 32 ? 6 : 3;
inline constexpr int kDotColumns = 4;
inline constexpr int kSumRows = kRegisters == 32 ? 8 : 4;

/// Additions under way at once in a tile of dots: they hide their latency.
constexpr int dot_chains(int M, int N) { return M * N <= 2 ? 4 : M * N <= 4 ? 2 : 1; }

/// Σ_d A(i, d) B(j, d) at G[i stride + j], an M × N tile.
template <int M, int N, class Scalar, int kChains>
void dot_tile(const Scalar* A, std::ptrdiff_t stride_a, const Scalar* B, std::ptrdiff_t stride_b, std::ptrdiff_t length, Scalar* G, std::ptrdiff_t stride) {
  using V = Vector<Scalar>;
  constexpr int kEach = kWidth<Scalar>, kSums = (M * N + kEach - 1) / kEach * kEach;
  V total[kChains][kSums] = {};
  const auto add = [&](int chain, std::ptrdiff_t d) {
    V a[M];
#pragma GCC unroll 8
    for (int i = 0; i < M; ++i) a[i] = load(A + i * stride_a + d);
#pragma GCC unroll 8
    for (int j = 0; j < N; ++j) {
      const V b = load(B + j * stride_b + d);
#pragma GCC unroll 8
      for (int i = 0; i < M; ++i) total[chain][i * N + j] += a[i] * b;
    }
  };
  std::ptrdiff_t d = 0;
  for (; d + kChains * kEach <= length; d += kChains * kEach)
#pragma GCC unroll 8
    for (int chain = 0; chain < kChains; ++chain) add(chain, d + chain * kEach);
  if constexpr (kChains > 1)
    for (; d < length; d += kEach) add(0, d);
#pragma GCC unroll 8
  for (int chain = 1; chain < kChains; ++chain)
#pragma GCC unroll 8
    for (int i = 0; i < M * N; ++i) total[0][i] += total[chain][i];
  Scalar value[kSums];
#pragma GCC unroll 16
  for (int first = 0; first < kSums; first += kEach) store(value + first, sums(total[0] + first));
  for (int i = 0; i < M; ++i)
    for (int j = 0; j < N; ++j) G[i * stride + j] = value[i * N + j];
}

template <class Scalar>
using DotTile = void (*)(const Scalar*, std::ptrdiff_t, const Scalar*, std::ptrdiff_t, std::ptrdiff_t, Scalar*, std::ptrdiff_t);
template <int... kIndex>
constexpr std::array<DotTile<double>, sizeof...(kIndex)> dot_tiles(std::integer_sequence<int, kIndex...>) {
  return {dot_tile<kIndex / kDotColumns + 1, kIndex % kDotColumns + 1, double, dot_chains(kIndex / kDotColumns + 1, kIndex % kDotColumns + 1)>...};
}
inline constexpr auto kDotTiles = dot_tiles(std::make_integer_sequence<int, kDotRows * kDotColumns>{});

/// Parts of `count` of nearly equal size, as few as `most` allows: seven rows are four and three, not six and one.
constexpr std::ptrdiff_t part(std::ptrdiff_t left, std::ptrdiff_t most) {
  const std::ptrdiff_t parts = (left + most - 1) / most;
  return (left + parts - 1) / parts;
}

}  // namespace detail

/// G = A Bᵀ: G(i, j) = Σ_d A(i, d) B(j, d), shape (A.rows, B.rows). A and B are of the same length.
inline void dots(ConstRows A, ConstRows B, Matrix G) {
  using namespace detail;
  for (std::ptrdiff_t i = 0, height = 0; i < A.rows; i += height) {
    height = part(A.rows - i, kDotRows);
    for (std::ptrdiff_t j = 0, width = 0; j < B.rows; j += width) {
      width = part(B.rows - j, kDotColumns);
      kDotTiles[static_cast<std::size_t>((height - 1) * kDotColumns + width - 1)](A.row(i), A.stride, B.row(j), B.stride, A.length,
                                                                                  G.row(i) + j, G.stride);
    }
  }
}

/// The same where A Bᵀ is known to be symmetric (B = A, or A with its columns scaled): tiles on and below the diagonal, then mirrored.
inline void dots_symmetric(ConstRows A, ConstRows B, Matrix G) {
  using namespace detail;
  for (std::ptrdiff_t i = 0, height = 0; i < A.rows; i += height) {
    height = part(A.rows - i, kDotRows);
    for (std::ptrdiff_t j = 0, width = 0; j < i + height; j += width) {
      width = part(i + height - j, kDotColumns);
      kDotTiles[static_cast<std::size_t>((height - 1) * kDotColumns + width - 1)](A.row(i), A.stride, B.row(j), B.stride, A.length,
                                                                                  G.row(i) + j, G.stride);
    }
    for (std::ptrdiff_t k = i; k < i + height; ++k)
      for (std::ptrdiff_t j = 0; j < k; ++j) G.row(j)[k] = G.row(k)[j];
  }
}

namespace detail {

/// One term C X of a sum.
struct Term {
  ConstMatrix C;
  ConstRows X;
};
template <std::size_t kTerms>
using Sum = std::array<Term, kTerms>;

/// Vectors side by side in a tile of M rows of combine.
constexpr int sum_vectors(int M) {
  constexpr int kMost = kRegisters == 32 ? 8 : 6, kAccumulators = kRegisters == 32 ? 24 : 12;
  return std::min(kMost, kAccumulators / M);
}

/// Columns d .. d + NV kLanes of M rows of Y = diag(keep) Y + Σ C X.
template <int M, int NV, bool kKeeps, std::size_t kTerms>
void combine_tile(const double* keep, const Sum<kTerms>& sum, Rows Y, std::ptrdiff_t d) {
  Real total[M][NV] = {};
  if constexpr (kKeeps) {
#pragma GCC unroll 8
    for (int i = 0; i < M; ++i)
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) total[i][v] = keep[i] * load(Y.row(i) + d + v * kLanes);
  }
  for (const auto& [C, X] : sum) {
    const double* x = X.data + d;
    for (std::ptrdiff_t j = 0; j < X.rows; ++j, x += X.stride) {
      Real columns[NV];
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) columns[v] = load(x + v * kLanes);
#pragma GCC unroll 8
      for (int i = 0; i < M; ++i) {
        const Real c = spread(C.row(i)[j]);
#pragma GCC unroll 8
        for (int v = 0; v < NV; ++v) total[i][v] += c * columns[v];
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) store(Y.row(i) + d + v * kLanes, total[i][v]);
}

/// All columns from d on of M rows, in tiles of NV vectors, then of half as many.
template <int M, bool kKeeps, std::size_t kTerms, int NV = sum_vectors(M)>
void combine_rows(const double* keep, const Sum<kTerms>& sum, Rows Y, std::ptrdiff_t d) {
  for (; d + NV * kLanes <= Y.length; d += NV * kLanes) combine_tile<M, NV, kKeeps>(keep, sum, Y, d);
  if constexpr (NV > 1)
    if (d < Y.length) combine_rows<M, kKeeps, kTerms, NV / 2>(keep, sum, Y, d);
}

template <bool kKeeps, std::size_t kTerms, int... kIndex>
void combine_some(std::ptrdiff_t height, const double* keep, const Sum<kTerms>& sum, Rows Y, std::integer_sequence<int, kIndex...>) {
  static constexpr std::array kHeights{&combine_rows<kIndex + 1, kKeeps, kTerms>...};
  kHeights[static_cast<std::size_t>(height - 1)](keep, sum, Y, 0);
}

template <bool kKeeps, std::size_t kTerms>
void combine(const double* keep, Sum<kTerms> sum, Rows Y) {
  for (std::ptrdiff_t i = 0, height = 0; i < Y.rows; i += height) {
    height = part(Y.rows - i, kSumRows);
    combine_some<kKeeps, kTerms>(height, kKeeps ? keep + i : nullptr, sum, {Y.row(i), height, Y.length, Y.stride},
                                 std::make_integer_sequence<int, kSumRows>{});
    for (auto& term : sum) term.C.data += height * term.C.stride;
  }
}

}  // namespace detail

/// Y = C X: Y(i, :) = Σ_j C(i, j) X(j, :), C of shape (Y.rows, X.rows). Y does not overlap X.
inline void combine(ConstMatrix C, ConstRows X, Rows Y) {
  for (std::ptrdiff_t d = 0; d < Y.length; d += kColumnBlock) {
    const auto count = std::min(kColumnBlock, Y.length - d);
    detail::combine<false, 1>(nullptr, {{{C, columns(X, d, count)}}}, columns(Y, d, count));
  }
}
/// Y ← diag(keep) Y + C X, keep of shape (Y.rows).
inline void combine(const double* keep, ConstMatrix C, ConstRows X, Rows Y) {
  for (std::ptrdiff_t d = 0; d < Y.length; d += kColumnBlock) {
    const auto count = std::min(kColumnBlock, Y.length - d);
    detail::combine<true, 1>(keep, {{{C, columns(X, d, count)}}}, columns(Y, d, count));
  }
}

/// Numbers of room that combine_in_place needs.
constexpr std::ptrdiff_t combine_room(std::ptrdiff_t rows) { return rows * kColumnBlock; }
/// Y ← P Y + C X, P of shape (Y.rows, Y.rows), by blocks of columns whose old values are put aside; few rows make one tile, which reads before it writes.
inline void combine_in_place(ConstMatrix P, ConstMatrix C, ConstRows X, Rows Y, double* room) {
  for (std::ptrdiff_t d = 0; d < Y.length; d += kColumnBlock) {
    const auto count = std::min(kColumnBlock, Y.length - d);
    static_assert(detail::part(detail::kSumRows, detail::kSumRows) == detail::kSumRows);
    if (Y.rows <= detail::kSumRows) {
      detail::combine<false, 2>(nullptr, {{{P, columns(Y, d, count)}, {C, columns(X, d, count)}}}, columns(Y, d, count));
      continue;
    }
    for (std::ptrdiff_t i = 0; i < Y.rows; ++i) std::copy_n(Y.row(i) + d, count, room + i * count);
    detail::combine<false, 2>(nullptr, {{{P, {room, Y.rows, count, count}}, {C, columns(X, d, count)}}}, columns(Y, d, count));
  }
}

}  // namespace aesweep::lanes
