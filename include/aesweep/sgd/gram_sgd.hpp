#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "aesweep/data/latent.hpp"
#include "aesweep/data/random.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// The inputs of the spiked model as the Gram process draws them: x̌ = √θ_m c_m + σ̂ξ_m along M tracked axes, σ̂ξ elsewhere, σ̂² = σ²/D, ξ standard normal.
struct GramInputs {
  std::vector<double> tracked;   ///< θ of the tracked axes, shape (M): the spikes, descending, then any further axes that are to be followed, with θ = 0
  double bulk = 1.0;             ///< σ²
  double dimension = 0.0;        ///< D, an integer up to 10^15
  Latent latent{};               ///< law of c_m
};

/// One-pass SGD of the spiked model without its D numbers: W, V̂, b have exactly the law of VectorSgd's at this finite D, at a cost that does not depend on
/// D   [equations.md §7].
///
/// A sample touches the weights only through its coordinates along the tracked axes and its inner products with the rows' parts beyond them (the *bulk*).
/// A replica is therefore its weights along M + m axes, shape (K, M + m): the tracked ones, and m = bulk_axes() further ones on which the stacked bulk rows
/// [W; V̂] (W alone where the decoder hangs on the encoder) are lower triangular: their Gram matrix is LLᵀ. These are the flow's compressed modes
/// (dynamics/modes.hpp), ρ̂ = θ_m + σ̂² and σ̂², and are judged as such.
///
/// Steps are made in blocks of at most B. In n = D − M − m dimensions beyond all these axes the vectors of a block have Gram matrix AAᵀ with Bartlett's lower
/// triangular A, A_ij ~ N(0, 1) below the diagonal and A_ii² ~ χ²(n − i) on it, independent [Bartlett 1933; Muirhead, Aspects of Multivariate Statistical
/// Theory, Theorem 3.2.14]; a denoising autoencoder has two vectors a sample, the input and its corruption. Every step then is linear algebra among the
/// m + B rows that are known by their inner products, and at the block's end the rows' Gram matrix G is factorised anew. Rows that depend on one another are
/// allowed: a pivot below 2⁻⁴⁷ of its row's square counts as zero. Rounding is relative to each row's own square, 1e-16 a step.
///
/// Random numbers: Purpose::gram at the step where a block begins; each replica has the bits of its own stream, whichever others run with it.
class GramSgd {
 public:
  /// Replicas that run at the cost of one: the lanes of this instruction set's vectors.
  static int group();
  /// m: 2K, or K for tied weights and PCA rules.
  static Eigen::Index bulk_axes(const LearningRule& rule, Eigen::Index hidden);
  /// B, a function of the arguments alone.
  static int block(const LearningRule& rule, Eigen::Index hidden, Eigen::Index tracked);
  /// The least D: one in which a block's vectors and all the axes leave a dimension over.
  static double smallest_dimension(const LearningRule& rule, Eigen::Index hidden, Eigen::Index tracked);

  /// @param starts   weights of the replicas after `steps` steps, each of shape (K, M + m); bulk rows that are not lower triangular are made so.
  /// @param streams  one a replica, with one key.
  /// @throws std::invalid_argument if a shape does not fit, for D < smallest_dimension() and for normalised_hebb with p ≠ 2.
  GramSgd(const LearningRule& rule, const GramInputs& inputs, const std::vector<Weights>& starts, const std::vector<RandomStream>& streams,
          std::uint64_t steps = 0);
  GramSgd(GramSgd&&) noexcept;
  GramSgd& operator=(GramSgd&&) noexcept;
  ~GramSgd();

  /// Goes on to `target` ≥ steps() steps, without allocating. Weights and number of steps are all that a replica is made of: begun with those of another it
  /// goes on with the same bits. Targets are part of the calculation, because blocks end there, except multiples of epoch(), where they end anyway.
  void advance(std::uint64_t target);
  std::uint64_t epoch() const;
  std::uint64_t steps() const;
  std::size_t replicas() const;
  Weights weights(std::size_t replica) const;

 private:
  struct Groups;
  std::unique_ptr<Groups> groups_;
};

}  // namespace aesweep
