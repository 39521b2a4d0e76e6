#pragma once
#include <cstddef>
#include <type_traits>

#include "aesweep/lanes/products.hpp"

// The flow's two passes along the n modes. Up to four neurons, all sums of the first and all rows of the second stay in registers; above, tiles.

namespace aesweep {

inline constexpr std::ptrdiff_t kFewNeurons = 4;

/// Calls f(std::integral_constant<int, K>) for K = rows ≤ kFewNeurons.
template <class F>
void with_few(std::ptrdiff_t rows, F&& f) {
  switch (rows) {
    case 1: return f(std::integral_constant<int, 1>{});
    case 2: return f(std::integral_constant<int, 2>{});
    case 3: return f(std::integral_constant<int, 3>{});
    default: return f(std::integral_constant<int, 4>{});
  }
}

/// Adds x_k y_l for k ≥ l to the triangle `total`, in the order (0, 0), (1, 0), (1, 1), ...
template <int K>
void add_pairs(const lanes::Real (&x)[K], const lanes::Real (&y)[K], lanes::Real* total) {
#pragma GCC unroll 8
  for (int k = 0, pair = 0; k < K; ++k)
#pragma GCC unroll 8
    for (int l = 0; l <= k; ++l, ++pair) total[pair] += x[k] * y[l];
}

template <int K>
void load_column(lanes::ConstRows X, std::ptrdiff_t d, lanes::Real (&x)[K]) {
#pragma GCC unroll 8
  for (int k = 0; k < K; ++k) x[k] = lanes::load(X.row(k) + d);
}

/// Sums `count` ≤ kMost vectors each over its lanes.
template <int kMost>
void store_sums(const lanes::Real (&total)[kMost], double* sums) {
#pragma GCC unroll 8
  for (int first = 0; first < kMost; first += lanes::kLanes) lanes::store(sums + first, lanes::sums(total + first));
}

/// Both triangles of a matrix from its lower one.
inline void unfold(const double* triangle, std::ptrdiff_t rows, lanes::Matrix to) {
  for (std::ptrdiff_t k = 0; k < rows; ++k)
    for (std::ptrdiff_t l = 0; l <= k; ++l) to.row(k)[l] = to.row(l)[k] = *triangle++;
}

/// What of the order parameters the flow needs, and where it goes: Q and T0, shape (K, K), and the diagonal of R, shape (K).
struct FlowSums {
  lanes::Matrix Q, T0;
  double* R;
};

/// Q = W seen Wᵀ, T0 = V Vᵀ, R_k = V_k ρ W_kᵀ in one pass, or one each where registers are few.
template <int K>
void sum_few(lanes::ConstRows W, lanes::ConstRows V, const double* rho, const double* seen, const FlowSums& out) {
  using namespace lanes;
  constexpr int kPairs = K * (K + 1) / 2, kVectors = (2 * kPairs + K + kLanes - 1) / kLanes * kLanes;
  Real total[kVectors] = {};
  const auto add_Q = [&](std::ptrdiff_t d, const Real (&w)[K]) {
    Real scaled[K];
    const Real s = load(seen + d);
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) scaled[k] = s * w[k];
    add_pairs<K>(scaled, w, total);
  };
  const auto add_R = [&](std::ptrdiff_t d, const Real (&w)[K], const Real (&v)[K]) {
    const Real r = load(rho + d);
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) total[2 * kPairs + k] += r * w[k] * v[k];
  };
  if constexpr (kRegisters >= 32 || K < 3) {
    for (std::ptrdiff_t d = 0; d < W.length; d += kLanes) {
      Real w[K], v[K];
      load_column(W, d, w);
      load_column(V, d, v);
      add_Q(d, w);
      add_pairs<K>(v, v, total + kPairs);
      add_R(d, w, v);
    }
  } else {
    for (std::ptrdiff_t d = 0; d < W.length; d += kLanes) {
      Real w[K];
      load_column(W, d, w);
      add_Q(d, w);
    }
    for (std::ptrdiff_t d = 0; d < W.length; d += kLanes) {
      Real w[K], v[K];
      load_column(V, d, v);
      add_pairs<K>(v, v, total + kPairs);
      load_column(W, d, w);
      add_R(d, w, v);
    }
  }
  double sums[kVectors];
  store_sums(total, sums);
  unfold(sums, K, out.Q);
  unfold(sums + kPairs, K, out.T0);
  for (int k = 0; k < K; ++k) out.R[k] = sums[2 * kPairs + k];
}

/// The same for any K. @param scaled  W seen, filled here for many neurons only.
inline void flow_sums(lanes::ConstRows W, lanes::ConstRows V, const double* rho, const double* seen, lanes::Rows scaled, const FlowSums& out) {
  using namespace lanes;
  if (W.rows <= kFewNeurons) return with_few(W.rows, [&](auto K) { sum_few<K>(W, V, rho, seen, out); });
  for (std::ptrdiff_t k = 0; k < W.rows; ++k) {
    Real overlap{};
    for (std::ptrdiff_t d = 0; d < W.length; d += kLanes) {
      const Real w = load(W.row(k) + d);
      store(scaled.row(k) + d, load(seen + d) * w);
      overlap += load(rho + d) * w * load(V.row(k) + d);
    }
    out.R[k] = sum(overlap);
  }
  dots_symmetric(scaled, W, out.Q);
  dots_symmetric(V, V, out.T0);
}

/// Coefficients of one group of weights' derivative, dY = C X + diag(c) Z ρ − diag(κ) Y, with X = Y seen or Y itself.
struct Slope {
  lanes::ConstMatrix C;            // shape (K, K)
  const double *cross, *decay;     // c, κ, shape (K)
};

template <int K, bool kScales>
void slope_few(const Slope& slope, lanes::ConstRows Y, const double* seen, lanes::ConstRows Z, const double* rho, lanes::Rows out) {
  using namespace lanes;
  for (std::ptrdiff_t d = 0; d < Y.length; d += kLanes) {
    Real y[K], total[K];
    load_column(Y, d, y);
    const Real r = load(rho + d);
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) total[k] = slope.cross[k] * (r * load(Z.row(k) + d)) - slope.decay[k] * y[k];
    if constexpr (kScales) {
      const Real s = load(seen + d);
#pragma GCC unroll 8
      for (int k = 0; k < K; ++k) y[k] *= s;
    }
#pragma GCC unroll 8
    for (int l = 0; l < K; ++l)
#pragma GCC unroll 8
      for (int k = 0; k < K; ++k) total[k] += slope.C.row(k)[l] * y[l];
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) store(out.row(k) + d, total[k]);
  }
}

/// dY. @param seen  null: X = Y.   @param X  Y seen as flow_sums left it, or Y; read for many neurons only.
/// @param unit  ones, shape (K).
inline void flow_slope(const Slope& slope, lanes::ConstRows Y, const double* seen, lanes::ConstRows X, lanes::ConstRows Z, const double* rho,
                       const double* unit, lanes::Rows out) {
  using namespace lanes;
  if (Y.rows <= kFewNeurons)
    return with_few(Y.rows, [&](auto K) { seen ? slope_few<K, true>(slope, Y, seen, Z, rho, out) : slope_few<K, false>(slope, Y, seen, Z, rho, out); });
  for (std::ptrdiff_t first = 0; first < Y.length; first += kColumnBlock) {
    const auto count = std::min(kColumnBlock, Y.length - first);
    for (std::ptrdiff_t k = 0; k < Y.rows; ++k)
      for (std::ptrdiff_t d = first; d < first + count; d += kLanes)
        store(out.row(k) + d, slope.cross[k] * (load(rho + d) * load(Z.row(k) + d)) - slope.decay[k] * load(Y.row(k) + d));
    combine(unit, slope.C, columns(X, first, count), columns(out, first, count));
  }
}

}  // namespace aesweep
