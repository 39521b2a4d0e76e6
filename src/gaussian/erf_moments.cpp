#include <algorithm>
#include <cmath>
#include <numbers>

#include "aesweep/lanes/functions.hpp"
#include "correlation_integral.hpp"
#include "moment_kernels.hpp"

// The formulas of equations.md §3 in forms without cancellation. Write Δ = (1 + Q_kk)(1 + Q_ll) − Q_kl², so that 1 − r² = Δ/(σ_kσ_l)²,
// m_k = E g_k and e_kl = erf(z_l/√2), the mean of g_l when λ_k is tilted by g'_k. Then P = a_k e_kl and H = c1_k e_kl − G Q_kl/σ_k².

namespace aesweep {
namespace {

using std::numbers::sqrt2;
constexpr double kTwoOverPi = 2.0 * std::numbers::inv_pi;
constexpr double kHalfPi = 0.5 * std::numbers::pi;
constexpr double kSlope = sqrt2 * std::numbers::inv_sqrtpi;  // g'(0) = √(2/π)

/// √Δ; 1 is kept apart from the determinant of Q, which may vanish by rounding.
double root_of_delta(double cov_kk, double cov_ll, double cov_kl) {
  const double determinant = std::max(0.0, difference_of_products(cov_kk, cov_ll, cov_kl, cov_kl));
  return std::sqrt(1.0 + (cov_kk + cov_ll) + determinant);
}

/// Neurons and pairs of an unbiased network, some at a time: gathered, computed in vectors, and put where they belong.
class UnbiasedErf {
 public:
  UnbiasedErf(const MomentInput& input, Moments& out)
      : hidden_(input.hidden()), cov_(input.cov.data()), stride_(input.cov.outerStride()), a_(out.a.data()), c3_(out.c3.data()), S_(out.S.data()),
        G_(out.G.data()), H_(out.H.data()) {}

  template <bool kFlow>
  void neurons() const {
    for (Eigen::Index first = 0; first < hidden_; first += lanes::kLanes) {
      const int count = static_cast<int>(std::min<Eigen::Index>(lanes::kLanes, hidden_ - first));
      double variance[lanes::kLanes] = {}, a[lanes::kLanes], c3[lanes::kLanes];
      for (int i = 0; i < count; ++i) variance[i] = cov_[(first + i) * (stride_ + 1)];
      const lanes::Real slope = kSlope / lanes::sqrt(1.0 + lanes::load(variance));
      lanes::store(a, slope);
      if constexpr (kFlow) lanes::store(c3, -kHalfPi * slope * slope * slope);
      std::copy_n(a, count, a_ + first);
      if constexpr (kFlow) std::copy_n(c3, count, c3_ + first);
    }
  }

  template <bool kFlow>
  void pairs() {
    for (Eigen::Index l = 0; l < hidden_; ++l)
      for (Eigen::Index k = l; k < hidden_; ++k) {
        k_[count_] = k;
        l_[count_] = l;
        if (++count_ == kPairs) finish<kFlow>();
      }
    if (count_ > 0) finish<kFlow>();
  }

 private:
  static constexpr int kPairs = 8;   // gathered before they are computed; where they are several vectors, none waits for the others

  template <bool kFlow>
  void finish() {
    double S[kPairs], G[kPairs], tilt[kPairs];
#pragma GCC unroll 4
    for (int i = 0; i < kPairs; i += lanes::kLanes) compute<kFlow>(i, S, G, tilt);
    for (int i = 0; i < count_; ++i) {
      const Eigen::Index k = k_[i], l = l_[i], lower = l * hidden_ + k, upper = k * hidden_ + l;
      S_[lower] = S_[upper] = S[i];
      if constexpr (kFlow) {
        G_[lower] = G_[upper] = G[i];
        H_[lower] = tilt[i] * (a_[k] * a_[k]);   // a² = (2/π)/σ²
        H_[upper] = tilt[i] * (a_[l] * a_[l]);
      }
    }
    count_ = 0;
  }

  /// asin r = atan(r/√(1−r²)) stays accurate for large Q, where r → 1.
  template <bool kFlow>
  void compute(int first, double* S, double* G, double* tilt) const {
    using lanes::Real;
    Real v_k{}, v_l{}, cov{};
#pragma GCC unroll 8
    for (int i = 0; i < lanes::kLanes; ++i) {
      const Eigen::Index k = k_[first + i], l = l_[first + i];
      v_k[i] = cov_[k * (stride_ + 1)];
      v_l[i] = cov_[l * (stride_ + 1)];
      cov[i] = cov_[l * stride_ + k];
    }
    const Real determinant = lanes::max(Real{}, lanes::difference_of_products(v_k, v_l, cov, cov));
    const Real root = lanes::sqrt(1.0 + (v_k + v_l) + determinant);   // √Δ; 1 is kept apart from what may vanish by rounding
    if constexpr (kFlow) {
      const Real slopes = kTwoOverPi / root;
      lanes::store(G + first, slopes);
      lanes::store(tilt + first, -kHalfPi * cov * slopes);
    }
    lanes::store(S + first, kTwoOverPi * lanes::arctan(cov, root));
  }

  Eigen::Index hidden_;
  const double* cov_;
  Eigen::Index stride_;
  double *a_, *c3_, *S_, *G_, *H_;
  int count_ = 0;
  Eigen::Index k_[kPairs] = {}, l_[kPairs] = {};
};

void unbiased_moments(const MomentInput& input, Moments& out) {
  UnbiasedErf erf(input, out);
  if (input.needs_flow()) {
    erf.neurons<true>();
    erf.pairs<true>();
  } else {
    erf.neurons<false>();
    erf.pairs<false>();
  }
  if (input.needs_mean()) out.mean.setZero();
  if (!input.needs_bias()) return;
  out.c1.setZero();
  out.P.setZero();
}

/// S from its value at r = 0, which is m_k m_l, or at r = ±1, which is ±1 − ..., and the integral of ∂S/∂r = 4φ2 from there.
double second_moment(double h_k, double mean_k, double h_l, double mean_l, Correlation correlation) {
  if (std::abs(correlation.r) <= kStrongCorrelation) return mean_k * mean_l + 4.0 * integral_from_zero(h_k, h_l, correlation);
  const double sign = std::copysign(1.0, correlation.r);
  return sign * (1.0 - std::abs(mean_k - sign * mean_l) - 4.0 * integral_to_one(h_k, sign * h_l, correlation.q));
}

class BiasedErf {
 public:
  struct Neuron {
    double bias, variance, sigma2, sigma, inv_sigma2, h, mean, a, c1;
  };

  BiasedErf(const MomentInput& input, Moments& out) : input_(input), out_(out) {}

  Neuron neuron(Eigen::Index k) const {
    Neuron n;
    n.bias = input_.bias[k];
    n.variance = input_.cov(k, k);
    n.sigma2 = 1.0 + n.variance;
    n.sigma = std::sqrt(n.sigma2);
    n.inv_sigma2 = 1.0 / n.sigma2;
    n.h = n.bias / n.sigma;
    n.mean = std::erf(n.h / sqrt2);
    n.a = kSlope * std::exp(-0.5 * n.h * n.h) / n.sigma;
    n.c1 = -n.h * n.a / n.sigma;
    return n;
  }

  void single(Eigen::Index k, const Neuron& n) const {
    if (input_.needs_mean()) out_.mean[k] = n.mean;
    out_.a[k] = n.a;
    const double root = std::sqrt(1.0 + 2.0 * n.variance);
    out_.S(k, k) = second_moment(n.h, n.mean, n.h, n.mean, {n.variance * n.inv_sigma2, root * n.inv_sigma2});
    if (!input_.needs_flow()) return;
    const double z = n.bias / (n.sigma * root);
    const double tilted_mean = std::erf(z / sqrt2);
    out_.c3[k] = (n.h * n.h - 1.0) * n.a * n.inv_sigma2;
    out_.G(k, k) = kTwoOverPi / root * std::exp(-0.5 * (n.h * n.h + z * z));
    out_.H(k, k) = n.c1 * tilted_mean - out_.G(k, k) * n.variance * n.inv_sigma2;
    if (!input_.needs_bias()) return;
    out_.c1[k] = n.c1;
    out_.P(k, k) = n.a * tilted_mean;
  }

  void pair(Eigen::Index k, const Neuron& n_k, Eigen::Index l, const Neuron& n_l) const {
    const double cov = input_.cov(k, l);
    const double root = root_of_delta(n_k.variance, n_l.variance, cov);
    const double inv_sigmas = 1.0 / (n_k.sigma * n_l.sigma);
    out_.S(k, l) = out_.S(l, k) = second_moment(n_k.h, n_k.mean, n_l.h, n_l.mean, {cov * inv_sigmas, root * inv_sigmas});
    if (!input_.needs_flow()) return;
    const double z_l = tilted_argument(n_k, n_l, cov, root);
    const double tilted_l = std::erf(z_l / sqrt2);
    const double tilted_k = std::erf(tilted_argument(n_l, n_k, cov, root) / sqrt2);
    const double slopes = kTwoOverPi / root * std::exp(-0.5 * (n_k.h * n_k.h + z_l * z_l));
    out_.G(k, l) = out_.G(l, k) = slopes;
    out_.H(k, l) = n_k.c1 * tilted_l - slopes * cov * n_k.inv_sigma2;
    out_.H(l, k) = n_l.c1 * tilted_k - slopes * cov * n_l.inv_sigma2;
    if (!input_.needs_bias()) return;
    out_.P(k, l) = n_k.a * tilted_l;
    out_.P(l, k) = n_l.a * tilted_k;
  }

 private:
  /// z_other = (h_other − r h)/√(1 − r²) = (b_other σ² − Q_kl b)/(σ√Δ).
  static double tilted_argument(const Neuron& n, const Neuron& other, double cov, double root) {
    return difference_of_products(other.bias, n.sigma2, cov, n.bias) / (n.sigma * root);
  }

  const MomentInput& input_;
  Moments& out_;
};

}  // namespace

void erf_moments(const MomentInput& input, Moments& out) {
  if (input.is_unbiased()) return unbiased_moments(input, out);
  for_each_pair(input.hidden(), BiasedErf(input, out));
}

}  // namespace aesweep
