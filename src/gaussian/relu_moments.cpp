#include <algorithm>
#include <cmath>
#include <numbers>

#include "aesweep/gaussian/normal.hpp"
#include "correlation_integral.hpp"
#include "moment_kernels.hpp"
#include "scaled_pair.hpp"

// The closed forms of equations.md §3 (b = 0: the arc-cosine kernels of Cho & Saul, NIPS 2009). A neuron without variance is independent of
// all others; at b = s = 0, where the limits of c1 and H depend on the way taken, they are set to 0 and a to the limit ½ of b = 0, s → 0.
//
// Leaky relu is (1 − β) relu + β λ. The moments of the linear part with any f of the other neuron follow by Stein's lemma,
// E λ_l f(λ_k) = b_l E f + Q_kl E f', so those of relu, its mean and its derivatives' means are all it takes.

namespace aesweep {
namespace {

constexpr double kInvSqrtTwoPi = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
constexpr double kInvTwoPi = 0.5 * std::numbers::inv_pi;

class UnbiasedRelu {
 public:
  using Neuron = Spread;

  UnbiasedRelu(const MomentInput& input, Moments& out) : input_(input), out_(out) {}

  Neuron neuron(Eigen::Index k) const { return spread(input_.cov(k, k)); }

  void single(Eigen::Index k, const Neuron& n) const {
    if (input_.needs_mean()) out_.mean[k] = kInvSqrtTwoPi * n.s;
    out_.a[k] = 0.5;
    out_.S(k, k) = 0.5 * n.s * n.s;
    if (!input_.needs_flow()) return;
    out_.c3[k] = 0.0;
    out_.G(k, k) = 0.5;
    out_.H(k, k) = 0.0;
    if (!input_.needs_bias()) return;
    out_.c1[k] = kInvSqrtTwoPi * n.inv_s;
    out_.P(k, k) = kInvSqrtTwoPi * n.s;
  }

  void pair(Eigen::Index k, const Neuron& n_k, Eigen::Index l, const Neuron& n_l) const {
    const bool is_degenerate = n_k.s == 0.0 || n_l.s == 0.0;
    const auto [r, q] = is_degenerate ? Correlation{0.0, 1.0} : ScaledPair(n_k, n_l, input_.cov(k, l)).correlation;
    const double angle = std::atan2(q, -r);  // π − acos r
    out_.S(k, l) = out_.S(l, k) = kInvTwoPi * n_k.s * n_l.s * std::max(q + r * angle, 0.0);
    if (!input_.needs_flow()) return;
    out_.G(k, l) = out_.G(l, k) = kInvTwoPi * angle;
    out_.H(k, l) = kInvTwoPi * q * n_l.s * n_k.inv_s;
    out_.H(l, k) = kInvTwoPi * q * n_k.s * n_l.inv_s;
    if (!input_.needs_bias()) return;
    out_.P(k, l) = 0.5 * kInvSqrtTwoPi * n_l.s * (1.0 + r);
    out_.P(l, k) = 0.5 * kInvSqrtTwoPi * n_k.s * (1.0 + r);
  }

 private:
  const MomentInput& input_;
  Moments& out_;
};

class BiasedRelu {
 public:
  struct Neuron {
    Spread spread;
    double bias, h, pdf, cdf, mean, c1;
  };

  BiasedRelu(const MomentInput& input, Moments& out) : input_(input), out_(out) {}

  Neuron neuron(Eigen::Index k) const {
    Neuron n;
    n.spread = spread(input_.cov(k, k));
    n.bias = input_.bias[k];
    n.h = n.bias == 0.0 ? 0.0 : n.bias / n.spread.s;
    n.pdf = normal_pdf(n.h);
    n.cdf = normal_cdf(n.h);
    n.mean = n.bias * n.cdf + n.spread.s * n.pdf;
    n.c1 = n.pdf * n.spread.inv_s;
    return n;
  }

  void single(Eigen::Index k, const Neuron& n) const {
    const double s = n.spread.s;
    if (input_.needs_mean()) out_.mean[k] = n.mean;
    out_.a[k] = n.cdf;
    out_.S(k, k) = std::max((n.bias * n.bias + s * s) * n.cdf + n.bias * s * n.pdf, 0.0);
    if (!input_.needs_flow()) return;
    out_.c3[k] = n.c1 == 0.0 ? 0.0 : -n.h * n.c1 * n.spread.inv_s;
    out_.G(k, k) = n.cdf;
    out_.H(k, k) = 0.0;
    if (!input_.needs_bias()) return;
    out_.c1[k] = n.c1;
    out_.P(k, k) = n.mean;
  }

  void pair(Eigen::Index k, const Neuron& n_k, Eigen::Index l, const Neuron& n_l) const {
    if (n_k.spread.s == 0.0 || n_l.spread.s == 0.0) return independent_pair(k, n_k, l, n_l);
    const ScaledPair scaled(n_k.spread, n_l.spread, input_.cov(k, l));
    const auto [r, q] = scaled.correlation;
    const Conditional given_k(n_k, n_l, scaled);
    const Conditional given_l(n_l, n_k, scaled);
    const double s_k = n_k.spread.s;
    const double s_l = n_l.spread.s;
    const double both = bivariate_normal_cdf(n_k.h, n_l.h, scaled.correlation, n_k.cdf, n_l.cdf);
    const double edge_k = n_k.pdf * given_k.cdf;
    const double edge_l = n_l.pdf * given_l.cdf;
    const double corner = n_k.pdf * given_k.pdf;
    const double second = (n_k.bias * n_l.bias + r * s_k * s_l) * both + n_k.bias * s_l * edge_l + n_l.bias * s_k * edge_k + s_k * s_l * q * corner;
    out_.S(k, l) = out_.S(l, k) = std::max(second, 0.0);
    if (!input_.needs_flow()) return;
    out_.G(k, l) = out_.G(l, k) = both;
    out_.H(k, l) = n_k.c1 * given_k.mean;
    out_.H(l, k) = n_l.c1 * given_l.mean;
    if (!input_.needs_bias()) return;
    out_.P(k, l) = std::max(n_l.bias * both + s_l * (edge_l + r * edge_k), 0.0);
    out_.P(l, k) = std::max(n_k.bias * both + s_k * (edge_k + r * edge_l), 0.0);
  }

 private:
  /// The other neuron when this one sits at its threshold, λ = 0: Gaussian of mean m and deviation d, z = m/d.
  struct Conditional {
    Conditional(const Neuron& n, const Neuron& other, const ScaledPair& pair) {
      const double scaled_shift =
          difference_of_products(other.bias * other.spread.scale, n.spread.scaled_variance, pair.cov, n.bias * n.spread.scale);
      const double m = scaled_shift / (n.spread.scaled_variance * other.spread.scale);
      const double d = other.spread.s * pair.correlation.q;
      const double z = scaled_shift == 0.0 ? 0.0 : scaled_shift / (n.spread.scaled_s * pair.root);
      pdf = normal_pdf(z);
      cdf = normal_cdf(z);
      mean = std::max(m * cdf + d * pdf, 0.0);
    }
    double pdf, cdf;  // φ(z), Φ(z)
    double mean;      // of the rectified neuron
  };

  void independent_pair(Eigen::Index k, const Neuron& n_k, Eigen::Index l, const Neuron& n_l) const {
    out_.S(k, l) = out_.S(l, k) = n_k.mean * n_l.mean;
    if (!input_.needs_flow()) return;
    out_.G(k, l) = out_.G(l, k) = n_k.cdf * n_l.cdf;
    out_.H(k, l) = n_k.c1 * n_l.mean;
    out_.H(l, k) = n_l.c1 * n_k.mean;
    if (!input_.needs_bias()) return;
    out_.P(k, l) = n_k.cdf * n_l.mean;
    out_.P(l, k) = n_l.cdf * n_k.mean;
  }

  const MomentInput& input_;
  Moments& out_;
};

/// Turns relu's moments in `out` into those of leaky relu.
class LeakyRelu {
 public:
  struct Neuron {
    double bias, variance;
    double mean, a, c1, c3;  // E relu and E of its derivatives
  };

  LeakyRelu(const MomentInput& input, Moments& out) : input_(input), out_(out) {}

  Neuron neuron(Eigen::Index k) const {
    const Spread own = spread(input_.cov(k, k));
    const double bias = input_.bias[k];
    const double h = bias == 0.0 ? 0.0 : bias / own.s;
    const double pdf = normal_pdf(h);
    const double c1 = pdf * own.inv_s;
    return {bias, own.s * own.s, bias * normal_cdf(h) + own.s * pdf, normal_cdf(h), c1, c1 == 0.0 ? 0.0 : -h * c1 * own.inv_s};
  }

  void single(Eigen::Index k, const Neuron& n) const {
    if (input_.needs_mean()) out_.mean[k] = kRectified * n.mean + kLeak * n.bias;
    out_.a[k] = kRectified * n.a + kLeak;
    out_.S(k, k) = (1.0 - kLeak * kLeak) * out_.S(k, k) + kLeak * kLeak * (n.variance + n.bias * n.bias);  // E relu λ = E relu²
    if (!input_.needs_flow()) return;
    out_.c3[k] *= kRectified;
    out_.G(k, k) = (1.0 - kLeak * kLeak) * n.a + kLeak * kLeak;
    if (!input_.needs_bias()) return;
    out_.c1[k] *= kRectified;
    out_.P(k, k) = (1.0 - kLeak * kLeak) * n.mean + kLeak * kLeak * n.bias;
  }

  void pair(Eigen::Index k, const Neuron& n_k, Eigen::Index l, const Neuron& n_l) const {
    const double cov = input_.cov(k, l);
    const double crossed = (n_l.bias * n_k.mean + cov * n_k.a) + (n_k.bias * n_l.mean + cov * n_l.a);
    const double linear = cov + n_k.bias * n_l.bias;
    out_.S(k, l) = out_.S(l, k) = combined(out_.S(k, l), crossed, linear);
    if (!input_.needs_flow()) return;
    out_.G(k, l) = out_.G(l, k) = combined(out_.G(k, l), n_k.a + n_l.a, 1.0);
    out_.H(k, l) = combined(out_.H(k, l), n_l.bias * n_k.c1 + cov * n_k.c3, 0.0);
    out_.H(l, k) = combined(out_.H(l, k), n_k.bias * n_l.c1 + cov * n_l.c3, 0.0);
    if (!input_.needs_bias()) return;
    out_.P(k, l) = combined(out_.P(k, l), n_l.mean + n_l.bias * n_k.a + cov * n_k.c1, n_l.bias);
    out_.P(l, k) = combined(out_.P(l, k), n_k.mean + n_k.bias * n_l.a + cov * n_l.c1, n_k.bias);
  }

 private:
  static constexpr double kLeak = kLeakyReluSlope;
  static constexpr double kRectified = 1.0 - kLeak;

  /// From the products of two rectified parts, of one of each kind (both ways), and of two linear parts.
  static double combined(double rectified, double crossed, double linear) {
    return kRectified * kRectified * rectified + kRectified * kLeak * crossed + kLeak * kLeak * linear;
  }

  const MomentInput& input_;
  Moments& out_;
};

}  // namespace

void leaky_relu_moments(const MomentInput& input, Moments& out) {
  relu_moments(input, out);
  for_each_pair(input.hidden(), LeakyRelu(input, out));
}

void relu_moments(const MomentInput& input, Moments& out) {
  if (input.is_unbiased()) return for_each_pair(input.hidden(), UnbiasedRelu(input, out));
  for_each_pair(input.hidden(), BiasedRelu(input, out));
}

}  // namespace aesweep
