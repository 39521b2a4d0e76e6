#pragma once
#include <Eigen/Core>
#include <memory>
#include <span>

#include "aesweep/data/latent.hpp"

namespace aesweep {

/// Law of the leading coordinates x̌_1..x̌_m of the inputs as a mixture of N Gaussians with independent coordinates (the *nodes*). The other modes
/// are Gaussian with variance ρ̂ in every node. A finite sample is one too: its points as means, no spread, all modes leading.
struct GaussianMixture {
  Eigen::VectorXd weight;   ///< p_c, shape (N); Σ = 1
  Eigen::MatrixXd mean;     ///< μ_c, shape (m, N); Σ p_c μ_c = 0 for centred inputs
  Eigen::MatrixXd spread;   ///< variances within node c, shape (m, N), or (m, 1) where all nodes share them

  Eigen::Index leading() const { return mean.rows(); }
  Eigen::Index nodes() const { return weight.size(); }
};

/// The modes that a flow or a judge follows, leading first, and the inputs' law along them.
struct Population {
  Eigen::VectorXd rho_hat;                            ///< eigenvalues over D, shape (n)
  double total = 0.0;                                 ///< Σρ̂ over all modes of the data
  Eigen::Index frozen = 0;                            ///< the last modes: in the encoder's input, but out of reach of gradient and decoder
  std::shared_ptr<const GaussianMixture> mixture{};   ///< null: Gaussian inputs

  Population() = default;
  Population(const Eigen::VectorXd& rho_hat_, double total_, Eigen::Index frozen_ = 0, std::shared_ptr<const GaussianMixture> mixture_ = nullptr)
      : rho_hat(rho_hat_), total(total_), frozen(frozen_), mixture(std::move(mixture_)) {}
  /// Gaussian inputs whose modes are all followed. Implicit: a spectrum is such a population.
  template <class Derived>
  Population(const Eigen::MatrixBase<Derived>& rho_hat_) : rho_hat(rho_hat_), total(rho_hat.sum()) {}

  /// Modes that learn: all but the frozen ones.
  Eigen::Index moving() const { return rho_hat.size() - frozen; }
};

/// Most nodes of a latent mixture: a right-hand side then takes milliseconds.
inline constexpr Eigen::Index kMostNodes = 4096;

/// The spikes' coordinates x̌_m = √θ_m c_m + N(0, σ²/D) as a mixture   [equations.md §4].
///   rademacher, mixture: 2^M nodes at ±√θ_m (times s), exact.   sparse: 2^M nodes that differ in their spread (θ_m/p or nothing), exact.
///   laplace: N(0, v) with v of density e^{−v}, by Gauss rules in √v; nonnegative: by Gauss rules in |z|; M ≤ 4. Orders (laplace) 64, 24, 14, 8 and
///   (nonnegative) 128, 48, 16, 8. Relative error of pmse, at Q up to 15 (tested): laplace 1e-8, 1e-8, 1e-7, 1e-6 (M = 1..4), any activation;
///   nonnegative 1e-7, 1e-6, 1e-3, 1e-3 (up to Q = 4: 1e-10, 1e-10, 1e-7, 1e-4), but 2e-3 for relu's kink at σ²/D = 0.
///   The variance of c_m is exact.
///   Where that takes more than kMostNodes nodes: as many samples of c (rademacher, mixture, nonnegative) or of the variances (laplace, sparse) from
///   a fixed random key, shifted and rotated to the exact mean and covariance; the rest of the law is then good to 1/√kMostNodes = 1.6 %.
/// @param spikes  θ_m in any order; sorted into descending order, as in the spectrum.   @param floor  σ²/D, 0 at D = ∞.
/// @param order   of the Gauss rules, with as many nodes as that takes; 0: as above.
/// @returns null for Gaussian latents.
std::shared_ptr<const GaussianMixture> latent_mixture(const Latent& latent, std::span<const double> spikes, double floor, Eigen::Index order = 0);

}  // namespace aesweep
