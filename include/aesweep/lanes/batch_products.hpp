#pragma once
#include <array>

#include "aesweep/lanes/products.hpp"

/// The three products of a layer with a batch, in either precision. Samples lie along the lanes, units are rows: no width of a layer leaves lanes idle,
/// and a sample's numbers are the same wherever it stands in the batch. Tiles of the result stay in registers.
namespace aesweep::lanes {

/// Numbers in a cache line; lengths of a batch's rows are multiples of it on every instruction set.
template <class Scalar>
inline constexpr std::ptrdiff_t kLine = static_cast<std::ptrdiff_t>(64 / sizeof(Scalar));
/// Numbers from one row to the next: an odd number of cache lines, so that rows spread over all sets of a cache.
template <class Scalar>
constexpr std::ptrdiff_t batch_stride(std::ptrdiff_t samples) {
  return ((samples + kLine<Scalar> - 1) / kLine<Scalar> | 1) * kLine<Scalar>;
}

/// Rows of units, each with a number for every sample: length numbers, a multiple of kLine.
template <class Scalar>
struct Batch {
  Scalar* data;
  std::ptrdiff_t units, length, stride;
  Scalar* row(std::ptrdiff_t i) const { return data + i * stride; }
  operator Batch<const Scalar>() const { return {data, units, length, stride}; }
};
/// Coefficients, (i, j) at data[i row_step + j column_step]: a matrix or its transpose.
template <class Scalar>
struct Coefficients {
  const Scalar* data;
  std::ptrdiff_t row_step, column_step;
};

namespace detail {

/// Rows and vectors side by side of a tile of multiply(): the sums leave registers for a row of X and a coefficient.
inline constexpr int kBatchRows = 6;
inline constexpr int kBatchVectors = kRegisters == 32 ? 4 : 2;
/// Rows and columns of a tile of correlate(), a multiple of the lanes together, so that its sums over lanes are made of whole vectors.
template <class Scalar>
inline constexpr int kCorrelateRows = kRegisters == 32 ? (kWidth<Scalar> == 16 ? 4 : 6) : (kWidth<Scalar> == 8 ? 2 : 3);
inline constexpr int kCorrelateColumns = 4;

/// What the tiles of a product have in common.
struct Steps {
  std::ptrdiff_t row, column;   ///< of coefficients
  std::ptrdiff_t terms;         ///< rows of X
  std::ptrdiff_t in, out;       ///< from row to row of X and of Y
};

/// M rows of NV vectors at y: start_i + Σ_j c_ij x_j. (Single numbers and a reference as arguments: of a struct on the stack that is made for each tile the
/// processor would have to wait for.)
template <int M, int NV, class Scalar>
void multiply_tile(const Scalar* c, const Scalar* start, const Scalar* x, Scalar* y, const Steps& steps) {
  using V = Vector<Scalar>;
  V total[M][NV];
#pragma GCC unroll 8
  for (int i = 0; i < M; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) total[i][v] = spread(start ? start[i] : Scalar{});
  const auto row_step = steps.row, column_step = steps.column, in = steps.in;
  for (std::ptrdiff_t j = 0; j < steps.terms; ++j, x += in, c += column_step) {
    V row[NV];
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) row[v] = load(x + v * kWidth<Scalar>);
#pragma GCC unroll 8
    for (int i = 0; i < M; ++i) {
      const V factor = spread(c[i * row_step]);
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) total[i][v] += factor * row[v];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) store(y + i * steps.out + v * kWidth<Scalar>, total[i][v]);
}

template <class Scalar>
using MultiplyTile = void (*)(const Scalar*, const Scalar*, const Scalar*, Scalar*, const Steps&);
template <int NV, class Scalar, int... kIndex>
constexpr std::array<MultiplyTile<Scalar>, sizeof...(kIndex)> multiply_tiles(std::integer_sequence<int, kIndex...>) {
  return {multiply_tile<kIndex + 1, NV, Scalar>...};
}

/// Columns from d on, as many of NV vectors as there are, all rows over each of them; then of half as many.
template <class Scalar, class Finish, int NV = kBatchVectors>
void multiply_columns(Coefficients<Scalar> C, const Scalar* start, Batch<const Scalar> X, Batch<Scalar> Y, const Finish& finish, std::ptrdiff_t d) {
  static constexpr auto kTiles = multiply_tiles<NV, Scalar>(std::make_integer_sequence<int, kBatchRows>{});
  constexpr std::ptrdiff_t kColumns = NV * kWidth<Scalar>;
  const Steps steps{C.row_step, C.column_step, X.units, X.stride, Y.stride};
  for (; d + kColumns <= Y.length; d += kColumns)
    for (std::ptrdiff_t i = 0, height = 0; i < Y.units; i += height) {
      height = part(Y.units - i, kBatchRows);
      kTiles[static_cast<std::size_t>(height - 1)](C.data + i * C.row_step, start ? start + i : nullptr, X.data + d, Y.row(i) + d, steps);
      for (std::ptrdiff_t k = i; k < i + height; ++k) finish(k, d, kColumns);
    }
  if constexpr (NV > 1)
    if (d < Y.length) multiply_columns<Scalar, Finish, NV / 2>(C, start, X, Y, finish, d);
}

template <class Scalar, int... kIndex>
constexpr std::array<DotTile<Scalar>, sizeof...(kIndex)> correlate_tiles(std::integer_sequence<int, kIndex...>) {
  return {dot_tile<kIndex / kCorrelateColumns + 1, kIndex % kCorrelateColumns + 1, Scalar, 1>...};
}

}  // namespace detail

/// Y(i, :) = start_i + Σ_j C(i, j) X(j, :); no `start`: zeros. Y does not overlap X. As soon as columns d .. d + count of row i are there, finish(i, d, count).
template <class Scalar, class Finish>
void multiply(Coefficients<Scalar> C, const Scalar* start, Batch<const Scalar> X, Batch<Scalar> Y, const Finish& finish) {
  detail::multiply_columns(C, start, X, Y, finish, 0);
}

/// G(i, j) = Σ_d A(i, d) B(j, d) at G[i stride + j], shape (A.units, B.units). Rows of B are taken by as many as stay in the nearest cache.
template <class Scalar>
void correlate(Batch<const Scalar> A, Batch<const Scalar> B, Scalar* G, std::ptrdiff_t stride) {
  using namespace detail;
  constexpr auto kRows = kCorrelateRows<Scalar>;
  static constexpr auto kTiles = correlate_tiles<Scalar>(std::make_integer_sequence<int, kRows * kCorrelateColumns>{});
  constexpr std::ptrdiff_t kNear = 32;
  for (std::ptrdiff_t from = 0; from < B.units; from += kNear)
    for (std::ptrdiff_t i = 0, height = 0; i < A.units; i += height) {
      height = part(A.units - i, kRows);
      const auto end = std::min(from + kNear, B.units);
      for (std::ptrdiff_t j = from, width = 0; j < end; j += width) {
        width = part(end - j, kCorrelateColumns);
        kTiles[static_cast<std::size_t>((height - 1) * kCorrelateColumns + width - 1)](A.row(i), A.stride, B.row(j), B.stride, A.length,
                                                                                       G + i * stride + j, stride);
      }
    }
}

}  // namespace aesweep::lanes
