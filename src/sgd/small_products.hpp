#pragma once
#include <array>

#include "aesweep/lanes/products.hpp"

/// What a step does to a small matrix of K rows, whose columns are vectors of lanes: numbers of columns are multiples of lanes::kPadding.
namespace aesweep::small {

using lanes::Real;

/// A term of a sum: row k receives factor[k] times `row`.
struct Term {
  const double* factor;
  const double* row;
};

namespace detail {

/// Vectors of columns gone through at once: enough sums under way to hide the latency of one.
inline constexpr std::ptrdiff_t kMostVectors = 4;

/// Calls f<NV>(column) for groups of NV vectors that make up `columns`.
template <int NV = kMostVectors, class Function>
void for_columns(std::ptrdiff_t columns, const Function& f, std::ptrdiff_t from = 0) {
  for (; from + NV * lanes::kLanes <= columns; from += NV * lanes::kLanes) f.template operator()<NV>(from);
  if constexpr (NV > 1)
    if (from < columns) for_columns<NV / 2>(columns, f, from);
}

}  // namespace detail

/// out = start − Σ_k h_k M(k, :); M of `rows` rows.
inline void subtract_rows(lanes::ConstMatrix M, std::ptrdiff_t rows, std::ptrdiff_t columns, const double* h, const double* start, double* out) {
  detail::for_columns(columns, [&]<int NV>(std::ptrdiff_t from) {
    Real even[NV], odd[NV] = {};
    for (int v = 0; v < NV; ++v) even[v] = lanes::load(start + from + v * lanes::kLanes);
    std::ptrdiff_t k = 0;
    for (; k + 2 <= rows; k += 2)
      for (int v = 0; v < NV; ++v) {
        even[v] -= h[k] * lanes::load(M.row(k) + from + v * lanes::kLanes);
        odd[v] -= h[k + 1] * lanes::load(M.row(k + 1) + from + v * lanes::kLanes);
      }
    if (k < rows)
      for (int v = 0; v < NV; ++v) even[v] -= h[k] * lanes::load(M.row(k) + from + v * lanes::kLanes);
    for (int v = 0; v < NV; ++v) lanes::store(out + from + v * lanes::kLanes, even[v] + odd[v]);
  });
}

/// M(k, :) ← keep_k M(k, :) + Σ terms.
template <std::size_t kTerms>
void add_terms(lanes::Matrix M, std::ptrdiff_t rows, std::ptrdiff_t columns, const double* keep, const std::array<Term, kTerms>& terms) {
  detail::for_columns(columns, [&]<int NV>(std::ptrdiff_t from) {
    Real row[kTerms][NV];
    for (std::size_t t = 0; t < kTerms; ++t)
      for (int v = 0; v < NV; ++v) row[t][v] = lanes::load(terms[t].row + from + v * lanes::kLanes);
    for (std::ptrdiff_t k = 0; k < rows; ++k)
      for (int v = 0; v < NV; ++v) {
        double* const place = M.row(k) + from + v * lanes::kLanes;
        Real value = keep[k] * lanes::load(place);
        for (std::size_t t = 0; t < kTerms; ++t) value += terms[t].factor[k] * row[t][v];
        lanes::store(place, value);
      }
  });
}

/// The same for a symmetric matrix that is scaled on both sides: M ← diag(keep) M diag(keep) + Σ terms.
template <std::size_t kTerms>
void add_terms_symmetric(lanes::Matrix M, std::ptrdiff_t rows, std::ptrdiff_t columns, const double* keep, const std::array<Term, kTerms>& terms) {
  detail::for_columns(columns, [&]<int NV>(std::ptrdiff_t from) {
    Real row[kTerms][NV], scale[NV];
    for (int v = 0; v < NV; ++v) scale[v] = lanes::load(keep + from + v * lanes::kLanes);
    for (std::size_t t = 0; t < kTerms; ++t)
      for (int v = 0; v < NV; ++v) row[t][v] = lanes::load(terms[t].row + from + v * lanes::kLanes);
    for (std::ptrdiff_t k = 0; k < rows; ++k)
      for (int v = 0; v < NV; ++v) {
        double* const place = M.row(k) + from + v * lanes::kLanes;
        Real value = keep[k] * (scale[v] * lanes::load(place));
        for (std::size_t t = 0; t < kTerms; ++t) value += terms[t].factor[k] * row[t][v];
        lanes::store(place, value);
      }
  });
}

/// Row by row with what the rows up to k take off, all of them old:  M(k, :) ← keep_k M(k, :) + c_k (start − Σ_{a≤k} h_a M(a, :)) + d_k also.
inline void add_stepwise(lanes::Matrix M, std::ptrdiff_t rows, std::ptrdiff_t columns, const double* keep, const double* h, const Term& start,
                         const Term& also) {
  detail::for_columns(columns, [&]<int NV>(std::ptrdiff_t from) {
    Real rest[NV], row[NV];
    for (int v = 0; v < NV; ++v) {
      rest[v] = lanes::load(start.row + from + v * lanes::kLanes);
      row[v] = lanes::load(also.row + from + v * lanes::kLanes);
    }
    for (std::ptrdiff_t k = 0; k < rows; ++k)
      for (int v = 0; v < NV; ++v) {
        double* const place = M.row(k) + from + v * lanes::kLanes;
        const Real old = lanes::load(place);
        rest[v] -= h[k] * old;
        lanes::store(place, keep[k] * old + start.factor[k] * rest[v] + also.factor[k] * row[v]);
      }
  });
}

}  // namespace aesweep::small
