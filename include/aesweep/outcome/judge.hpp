#pragma once
#include <Eigen/Core>
#include <memory>
#include <span>

#include "aesweep/data/images.hpp"
#include "aesweep/data/inputs.hpp"
#include "aesweep/data/population.hpp"
#include "aesweep/gaussian/moments.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// Measures what a network does to its data: the error and the explained variance of the leading components, the same for theory and simulation.
class Judge {
 public:
  virtual ~Judge() = default;
  /// @param explained  R²_m of the leading components, shape (components), any number up to n; NaN where ρ̂_m = 0.
  /// @returns pmse. Non-finite weights give NaN everywhere. Does not allocate.
  virtual double measure(const Weights& weights, std::span<double> explained) = 0;
};

/// Judge for inputs with covariance diag(ρ̂), by the Gaussian formulas   [equations.md §2, §4]:
/// pmse = ½[Σρ̂ + Σ_kl T0_kl S_kl − 2 Σ_k a_k R_kk],  R²_m = 2 Σ_k V̂_km a_k W_km − (V̂ᵀSV̂)_mm/ρ̂_m.
/// Where the population is a mixture, averages over its nodes: with m, a, S the moments in node c, of mean μ_c and variances rest_c,
/// pmse = ½[Σρ̂ + Σ_kl T0_kl S̄_kl − 2 Σ_c p_c Σ_k (V̂_k·μ_c m_k + V̂_k rest_c W_kᵀ a_k)]; S̄ = Σ_c p_c S, and R²_m likewise.
/// R² of frozen modes, and of more components than there are modes, is NaN.
/// @param population  the network's modes, shape (n), leading first.
/// @param noise       ŝ² of the encoder's input at evaluation (0: clean).
std::unique_ptr<Judge> population_judge(Activation activation, Eigen::Index hidden, const Population& population, double noise);
/// The same for Gaussian inputs with eigenvalues `rho_hat` of the network's modes and Σρ̂ = total over all modes of the data.
inline std::unique_ptr<Judge> population_judge(Activation activation, Eigen::Index hidden, const Eigen::VectorXd& rho_hat, double total,
                                               double noise) {
  return population_judge(activation, hidden, Population(rho_hat, total), noise);
}

/// Error of the best map through the code's subspace, ½[Σρ̂ − tr((WWᵀ)^{-1} Wρ̂Wᵀ)]: what the PCA rules are judged by, whatever the rows' lengths
/// [equations.md §6]. Linearly dependent rows count once. @param total  Σρ̂ over all modes of the data.
double projector_error(const RowMatrix& encoder, const Eigen::VectorXd& rho_hat, double total);

/// The same for each row by itself, averaged over the rows: how well Hebb's rows, which all turn to the first component, are aligned with it.
double alignment_error(const RowMatrix& encoder, const Eigen::VectorXd& rho_hat, double total);

/// Judge on images, for weights in pixel space: averages over the pool itself, above kPoolSample images over an evenly spaced subset of that size.
/// R²_m = 1 − E(x_m − x̂_m)²/ρ_m with x_m the image's coordinate along eigenvector m and ρ_m its mean square over the images that are judged.
/// @param noise  ŝ²: the encoder sees image i as x̌_i + ŝξ'_i, in pixels; the target is clean. ξ'_i is drawn once and for all, a function of i (the
/// image's place in the pool) alone: the normals of RandomStream(kHeldOutKey, 0) for Purpose::held_out at step i. So every network, replica and time
/// is judged under the same corruption. It is drawn again at every measurement. Keeps references to pool and statistics.
inline constexpr std::uint64_t kPoolSample = 10000;
inline constexpr std::uint64_t kHeldOutKey = 0x61657377656570;  // "aesweep"
std::unique_ptr<Judge> pool_judge(Activation activation, Eigen::Index hidden, Eigen::Index components, const ImagePool& pool,
                                  const ImageStatistics& statistics, double noise = 0.0);

/// Judge on a training set: pmse and R²_m as averages over exactly the P = `samples` inputs of finite_inputs(population, samples) on this stream, each
/// made anew at every measurement (P·D normals). Noise as in pool_judge, by the sample's number.
/// @param axes  eigenvectors of the leading components in the population's coordinates, shape (D, components); empty where these are the eigenbasis.
/// Keeps a reference to population.
std::unique_ptr<Judge> sample_judge(Activation activation, Eigen::Index hidden, Eigen::Index components, const InputSource& population,
                                    const RandomStream& stream, std::uint64_t samples, double noise, Eigen::MatrixXd axes = {});

}  // namespace aesweep
