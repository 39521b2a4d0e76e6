#pragma once
#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

namespace aesweep {

/// `count` modes that share the eigenvalue rho_hat = ρ/D.
struct EigenBlock {
  double rho_hat;
  Eigen::Index count;
};

/// Eigenvalues of the input covariance over D, descending, equal ones gathered in blocks   [equations.md §2]. At D = ∞ the modes with an eigenvalue of
/// their own (the spikes), and the variance that infinitely many vanishing ones share.
class Spectrum {
 public:
  /// @param blocks  any order, counts ≥ 1, values finite and ≥ 0; equal values are merged.   @param unresolved  variance without modes (D = ∞), ≥ 0.
  /// @throws std::invalid_argument otherwise.
  explicit Spectrum(std::vector<EigenBlock> blocks, double unresolved = 0.0);

  /// Modes that have an eigenvalue: D, or the number of spikes at D = ∞.
  Eigen::Index dimension() const { return dimension_; }
  std::span<const EigenBlock> blocks() const { return blocks_; }
  /// All eigenvalues, shape (D), descending.
  Eigen::VectorXd rho_hat() const;
  /// Eigenvalue of mode m (0 is the largest).
  double operator[](Eigen::Index mode) const;
  /// Σ_τ ρ̂_τ, what is unresolved included.
  double total() const;
  /// Σ over the modes after the first `leading`, and what is unresolved.
  double tail(Eigen::Index leading) const;
  /// The first `modes` modes; the variance of the others is unresolved.
  Spectrum leading_part(Eigen::Index modes) const;

 private:
  std::vector<EigenBlock> blocks_;
  Eigen::Index dimension_ = 0;
  double unresolved_ = 0.0;
};

/// Spiked covariance (RG24 eq. 3): ρ̂_m = θ_m + σ²/D for the spikes, σ²/D for the rest. spikes.size() ≤ dimension, θ_m ≥ 0 in any order, bulk σ² ≥ 0.
/// @throws std::invalid_argument otherwise.
Spectrum spiked_spectrum(std::span<const double> spikes, double bulk, Eigen::Index dimension);
/// The same at D = ∞: ρ̂_m = θ_m, and σ² unresolved.
Spectrum infinite_spectrum(std::span<const double> spikes, double bulk);
/// Eigenvalues over D of the empirical covariance (1/P) Σ xxᵀ of P = `samples` inputs of that model, for large D at fixed q = D/P. With ρ = Dθ + σ²:
/// a spike with ρ > σ²(1 + √q) stands out at ρ(1 + qσ²/(ρ−σ²)), one below is absorbed in the bulk's edge (counted as one of the bulk's modes)
/// [Baik, Ben Arous & Péché 2005; Paul, Stat. Sinica 17, 1617 (2007)]. The other n of the min(D, P) modes that are not 0 are the quantiles (i − ½)/n,
/// i = 1..n, of the Marchenko–Pastur law of variance σ² without its atom, edges σ²(1 ± √q)²; to ε σ²(1 + √q)². For P < D there are D − P zeros.
/// Not rescaled: Σρ̂ is the population's Σθ + σ² up to O(Mσ²(1 + q)/D), since the law does not know of the spikes that it lacks.
/// @throws std::invalid_argument as spiked_spectrum, for samples < 1, and if more spikes stand out than there are samples.
Spectrum marchenko_pastur_spectrum(std::span<const double> spikes, double bulk, Eigen::Index dimension, Eigen::Index samples);
/// ρ̂_τ ∝ τ^{-exponent}, τ = 1..D, Σ ρ̂ = trace. @throws std::invalid_argument unless exponent ≥ 0, trace > 0, both finite.
Spectrum power_law_spectrum(double exponent, double trace, Eigen::Index dimension);
/// Reads `eigenvalues` [D] (ρ, not divided by D, any order, integers or floating point of any width) from an HDF5 file; `eigenvectors` are
/// read by read_eigenvectors.
/// @throws std::runtime_error naming file, dataset and fault (missing, shape, negative or non-finite entry, all zero).
Spectrum read_spectrum(const std::string& path);

/// Half the sum of all ρ̂: the error of the zero map. Error of rank-`hidden` PCA: ½ Σ_{τ>K} ρ̂_τ.
double chance_error(const Spectrum& spectrum);
double pca_error(const Spectrum& spectrum, Eigen::Index hidden);
/// Best error reachable with input noise ŝ²: E_K = ½[Σ_{τ>K} ρ̂ + Σ_{τ≤K} ρ̂ŝ²/(ρ̂+ŝ²)]   [equations.md §4].
double denoising_error(const Spectrum& spectrum, Eigen::Index hidden, double noise);

}  // namespace aesweep
