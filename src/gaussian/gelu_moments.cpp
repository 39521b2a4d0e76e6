#include <algorithm>
#include <cmath>
#include <numbers>

#include "aesweep/gaussian/normal.hpp"
#include "correlation_integral.hpp"
#include "moment_kernels.hpp"

// g = λΦ(λ), g' = Φ + λφ, g'' = (2 − λ²)φ. With σ_k² = 1 + Q_kk the Gaussian factor φ(λ_k) tilts λ: E φ(λ_k) f = κ_k Ẽ f, κ_k = φ(h_k)/σ_k,
// h_k = b_k/σ_k, where under Ẽ λ_k ~ N(b_k/σ_k², Q_kk/σ_k²), its covariance with λ_l is Q_kl/σ_k², and λ_l has the mean b_l − Q_kl b_k/σ_k² and the
// variance Δ/σ_k² − 1, Δ = (1 + Q_kk)(1 + Q_ll) − Q_kl². What remains are means of g, g', g'' of one variable, E Φ_kΦ_l = Φ2(h_k, h_l; r) with
// r = Q_kl/(σ_kσ_l), and powers of λ, which Stein's lemma removes: E λ_l f = b_l E f + Σ_j Q_lj E ∂_j f.

namespace aesweep {
namespace {

/// E g, E g' and E g'' over N(m, v); z = m/ζ, ζ = √(1 + v).
struct GeluMeans {
  GeluMeans(double m, double v, double z, double zeta) : cdf(normal_cdf(z)) {
    const double pdf = normal_pdf(z);
    const double inv = 1.0 / zeta;
    const double inv2 = inv * inv;
    value = m * cdf + v * inv * pdf;
    slope = cdf + z * inv2 * pdf;
    second = inv * pdf * (1.0 + (1.0 - z * z) * inv2);
  }
  double cdf;  // Φ(z) = E Φ
  double value, slope, second;
};

class Gelu {
 public:
  struct Neuron {
    double bias, variance, sigma2, sigma, h, kappa;
    double tilted_mean, tilted_variance;
    double mean, a, c1;
    double cdf;  // Φ(h)
  };

  Gelu(const MomentInput& input, Moments& out) : input_(input), out_(out) {}

  Neuron neuron(Eigen::Index k) const {
    Neuron n;
    n.bias = input_.bias[k];
    n.variance = input_.cov(k, k);
    n.sigma2 = 1.0 + n.variance;
    n.sigma = std::sqrt(n.sigma2);
    n.h = n.bias / n.sigma;
    n.kappa = normal_pdf(n.h) / n.sigma;
    n.tilted_mean = n.bias / n.sigma2;
    n.tilted_variance = n.variance / n.sigma2;
    const GeluMeans means(n.bias, n.variance, n.h, n.sigma);
    n.mean = means.value;
    n.a = means.slope;
    n.c1 = means.second;
    n.cdf = means.cdf;
    return n;
  }

  void single(Eigen::Index k, const Neuron& n) const {
    if (input_.needs_mean()) out_.mean[k] = n.mean;
    out_.a[k] = n.a;
    const Products products(n, n, n.variance);
    out_.S(k, k) = std::max(products.S, 0.0);
    if (!input_.needs_flow()) return;
    out_.c3[k] = -n.h * n.kappa / n.sigma * (1.0 + (3.0 - n.h * n.h) / n.sigma2);
    out_.G(k, k) = products.G;
    out_.H(k, k) = products.H_kl;
    if (!input_.needs_bias()) return;
    out_.c1[k] = n.c1;
    out_.P(k, k) = products.P_kl;
  }

  void pair(Eigen::Index k, const Neuron& n_k, Eigen::Index l, const Neuron& n_l) const {
    const Products products(n_k, n_l, input_.cov(k, l));
    out_.S(k, l) = out_.S(l, k) = products.S;
    if (!input_.needs_flow()) return;
    out_.G(k, l) = out_.G(l, k) = products.G;
    out_.H(k, l) = products.H_kl;
    out_.H(l, k) = products.H_lk;
    if (!input_.needs_bias()) return;
    out_.P(k, l) = products.P_kl;
    out_.P(l, k) = products.P_lk;
  }

 private:
  /// The other neuron's means under the tilt by this neuron's φ.
  static GeluMeans tilted(const Neuron& n, const Neuron& other, double cov, double determinant, double root) {
    const double shifted = difference_of_products(other.bias, n.sigma2, cov, n.bias);
    return {shifted / n.sigma2, (other.variance + determinant) / n.sigma2, shifted / (n.sigma * root), root / n.sigma};
  }

  struct Products {
    Products(const Neuron& k, const Neuron& l, double cov) {
      const double determinant = std::max(0.0, difference_of_products(k.variance, l.variance, cov, cov));
      const double root = std::sqrt(1.0 + (k.variance + l.variance) + determinant);
      const double inv_sigmas = 1.0 / (k.sigma * l.sigma);
      const GeluMeans l_given_k = tilted(k, l, cov, determinant, root);
      const GeluMeans k_given_l = tilted(l, k, cov, determinant, root);
      const double cov_k = cov / k.sigma2;  // of λ_k and λ_l under the tilt by k, and by l
      const double cov_l = cov / l.sigma2;
      const double shifted = difference_of_products(l.bias, k.sigma2, cov, k.bias) / (k.sigma * root);
      const double corner = normal_pdf(k.h) * normal_pdf(shifted) / root;  // E φ_kφ_l
      const double both = bivariate_normal_cdf(k.h, l.h, {cov * inv_sigmas, root * inv_sigmas}, k.cdf, l.cdf);  // E Φ_kΦ_l
      const double edge_k = k.kappa * l_given_k.cdf;  // E φ_kΦ_l
      const double edge_l = l.kappa * k_given_l.cdf;
      const double lever_l = l.tilted_mean * edge_l + cov_l * corner;  // E Φ_k λ_lφ_l
      const double half_l = l.bias * both + l.variance * edge_l + cov * edge_k;  // E Φ_k g_l
      const double half_k = k.bias * both + k.variance * edge_k + cov * edge_l;
      S = k.bias * half_l + k.variance * k.kappa * l_given_k.value + cov * (both + lever_l);
      G = both + lever_l + k.kappa * (k.tilted_mean * l_given_k.slope + cov_k * l_given_k.second);
      H_kl = curvature(k, l_given_k, cov_k);
      H_lk = curvature(l, k_given_l, cov_l);
      P_kl = half_l + k.kappa * (k.tilted_mean * l_given_k.value + cov_k * l_given_k.slope);
      P_lk = half_k + l.kappa * (l.tilted_mean * k_given_l.value + cov_l * k_given_l.slope);
    }

    /// E (2 − λ²) φ g_other.
    static double curvature(const Neuron& n, const GeluMeans& other, double tilted_cov) {
      const double m = n.tilted_mean;
      const double gain = (2.0 - m * m - n.tilted_variance) * other.value;
      return n.kappa * (gain - tilted_cov * (2.0 * m * other.slope + tilted_cov * other.second));
    }

    double S, G, H_kl, H_lk, P_kl, P_lk;
  };

  const MomentInput& input_;
  Moments& out_;
};

}  // namespace

void gelu_moments(const MomentInput& input, Moments& out) { for_each_pair(input.hidden(), Gelu(input, out)); }

}  // namespace aesweep
