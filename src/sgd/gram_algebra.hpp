#pragma once
#include "aesweep/lanes/vector.hpp"

/// Small linear algebra of which each number is a vector of replicas. Symmetric and lower-triangular matrices are packed by rows: entry (i, l), l ≤ i, is
/// number packed(i) + l.
namespace aesweep::gram {

using lanes::Mask;
using lanes::Real;

constexpr int packed(int i) { return i * (i + 1) / 2; }

inline Real dot(const Real* a, const Real* b, int n) {
  Real even{}, odd{};
  int i = 0;
  for (; i + 1 < n; i += 2) {
    even += a[i] * b[i];
    odd += a[i + 1] * b[i + 1];
  }
  return i < n ? even + odd + a[i] * b[i] : even + odd;
}

/// Products of four rows with one vector, each the sum in the order of the entries.
inline void four_dots(const Real* const rows[4], const Real* b, int n, Real (&sum)[4]) {
  Real s0{}, s1{}, s2{}, s3{};
  for (int i = 0; i < n; ++i) {
    s0 += rows[0][i] * b[i];
    s1 += rows[1][i] * b[i];
    s2 += rows[2][i] * b[i];
    s3 += rows[3][i] * b[i];
  }
  sum[0] = s0;
  sum[1] = s1;
  sum[2] = s2;
  sum[3] = s3;
}

/// y = Lz for `count` vectors, L of shape (n, n).
inline void multiply_lower(const Real* lower, int n, const Real* z, int stride, Real* y, int count) {
  int q = 0;
  for (; q + 3 < count; q += 4) {
    const Real* const vectors[4] = {z + q * stride, z + (q + 1) * stride, z + (q + 2) * stride, z + (q + 3) * stride};
    for (int i = 0; i < n; ++i) {
      Real sum[4];
      four_dots(vectors, lower + packed(i), i + 1, sum);
      for (int part = 0; part < 4; ++part) y[(q + part) * n + i] = sum[part];
    }
  }
  for (; q < count; ++q)
    for (int i = 0; i < n; ++i) y[q * n + i] = dot(lower + packed(i), z + q * stride, i + 1);
}

/// G = LLᵀ.
inline void multiply_transposed(const Real* lower, int n, Real* gram) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j) gram[packed(i) + j] = dot(lower + packed(i), lower + packed(j), j + 1);
}

/// L with LLᵀ = G, G positive semidefinite up to rounding: a row that depends on those before it gets a zero on the diagonal and in the column below.
inline void factorise(const Real* gram, int n, Real* lower) {
  constexpr double kDependent = 0x1p-47;
  for (int j = 0; j < n; ++j) {
    const Real* row = lower + packed(j);
    const Real pivot = gram[packed(j) + j] - dot(row, row, j);
    const Mask dependent = pivot <= kDependent * gram[packed(j) + j];   // false for NaN, which has to stay
    const Real root = lanes::sqrt(pivot), inverse = dependent ? Real{} : 1.0 / root;
    lower[packed(j) + j] = dependent ? Real{} : root;
    int i = j + 1;
    for (; i + 3 < n; i += 4) {
      const Real* const rows[4] = {lower + packed(i), lower + packed(i + 1), lower + packed(i + 2), lower + packed(i + 3)};
      Real sum[4];
      four_dots(rows, row, j, sum);
      for (int part = 0; part < 4; ++part) lower[packed(i + part) + j] = (gram[packed(i + part) + j] - sum[part]) * inverse;
    }
    for (; i < n; ++i) lower[packed(i) + j] = (gram[packed(i) + j] - dot(lower + packed(i), row, j)) * inverse;
  }
}

}  // namespace aesweep::gram
