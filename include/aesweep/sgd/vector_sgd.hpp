#pragma once
#include <cstdint>
#include <memory>

#include "aesweep/data/inputs.hpp"
#include "aesweep/data/random.hpp"
#include "aesweep/outcome/network.hpp"
#include "aesweep/outcome/trajectory.hpp"

namespace aesweep {

/// One replica of one-pass SGD in D dimensions, in the scaled variables W = w, V̂ = v/√D, x̌ = x/√D, in which the rule of equations.md §1 reads
///   λ = Wx̃ + b,  Δ = x̌ − Σ_a V̂_a g(λ_a),   V̂_k += (η/D) g(λ_k) Δ − (κ/D)V̂_k,   W_k += (η/D)(V̂_k·Δ) g'(λ_k) x̃ − (κ/D)W_k,   b_k += (η/D)(V̂_k·Δ) g'(λ_k),
/// old weights on the right, x̃ = x̌ + ŝξ', η = η(t) at t = steps/D. Truncated: Δ of neuron k without the neurons after it. Tied, V̂ = αW:
///   W_k += (ηr/D)[(V̂_k·Δ) g'(λ_k) x̃ + α g(λ_k) Δ] − (κ/D)W_k. PCA rules [§6], V̂ = W, y = Wx̌: W_k += (η/D) y_k [x̌ − Σ_a C_ka y_a W_a] − (κ/D)W_k;
/// normalised Hebb divides W_k by its p-norm after the step. The coordinates are those of `inputs`: the eigenbasis, or pixels.
///
/// Steps are made a block at a time: products of weights and samples once for all of them, the steps in these small coordinates, and their sum once in the
/// weights. It is the arithmetic of one step after the other, apart from rounding (1e-12 after 1024 steps on weights of order one). Blocks begin at fixed
/// multiples of steps and where the caller stops, so that bits depend on the numbers of steps that `advance` is given, and on nothing else.
class VectorSgd {
 public:
  /// Keeps a reference to `inputs`. @param start  shape (K, D), after `steps` steps: where it is at rest, weights and number of steps are all that a
  /// replica is made of, so that one begun with those of another goes on with the same bits.
  VectorSgd(const LearningRule& rule, const Weights& start, const InputSource& inputs, const RandomStream& stream, std::uint64_t steps = 0);
  ~VectorSgd();

  /// Steps until there are `target` of them: t = target/D. Does not allocate.
  /// @param poll  called at the beginning and at least every 10 ms. What it throws is passed on as soon as the replica is at rest.
  void advance(std::uint64_t target, const Poll& poll = [] {});
  std::uint64_t steps() const;
  /// False only inside a poll, where weights and number of steps do not belong together.
  bool at_rest() const;
  /// A copy, of a replica at rest.
  Weights weights() const;
  Eigen::Index dimension() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace aesweep
