#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "aesweep/data/inputs.hpp"
#include "aesweep/data/random.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// One replica of one-pass SGD in D dimensions, in the scaled variables W = w, V̂ = v/√D, x̌ = x/√D, in which the rule of equations.md §1 reads
///   λ = Wx̃ + b,  Δ = x̌ − Σ_a V̂_a g(λ_a),   V̂_k += (η/D) g(λ_k) Δ − (κ/D)V̂_k,   W_k += (η/D)(V̂_k·Δ) g'(λ_k) x̃ − (κ/D)W_k,   b_k += (η/D)(V̂_k·Δ) g'(λ_k),
/// old weights on the right, x̃ = x̌ + ŝξ', η = η(t) at t = steps/D. Truncated: Δ of neuron k without the neurons after it. Tied, V̂ = αW:
///   W_k += (ηr/D)[(V̂_k·Δ) g'(λ_k) x̃ + α g(λ_k) Δ] − (κ/D)W_k. PCA rules [§6], V̂ = W, y = Wx̌: W_k += (η/D) y_k [x̌ − Σ_a C_ka y_a W_a] − (κ/D)W_k;
/// normalised Hebb divides W_k by its p-norm after the step. The coordinates are those of `inputs`: the eigenbasis, or pixels.
class VectorSgd {
 public:
  /// Keeps a reference to `inputs`. @param start  shape (K, D), after `steps` steps: weights and number of steps are all that a replica is made of,
  /// so that one begun with those of another goes on with the same bits.
  VectorSgd(const LearningRule& rule, Weights start, const InputSource& inputs, const RandomStream& stream, std::uint64_t steps = 0);

  /// One sample: t advances by 1/D. Does not allocate.
  void step();
  std::uint64_t steps() const { return steps_; }
  const Weights& weights() const { return weights_; }

 private:
  void update(Eigen::Index k, const Eigen::Ref<const Eigen::RowVectorXd>& x);

  LearningRule rule_;
  Weights weights_;
  const InputSource& inputs_;
  RandomStream stream_;
  std::uint64_t steps_;
  Eigen::VectorXd clean_, noisy_, residual_;   // x̌, x̃, Δ
  Eigen::VectorXd value_, slope_;              // g(λ), g'(λ)
};

}  // namespace aesweep
