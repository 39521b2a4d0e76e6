#pragma once
#include <cstdint>

#include "aesweep/lanes/products.hpp"
#include "aesweep/outcome/network.hpp"
#include "padded_rows.hpp"

namespace aesweep {

/// What a rule does to the weights, in the terms of a block. U is the matrix whose rows take off the output: the decoder, or the encoder where the decoder
/// hangs on it (V̂ = αU; PCA rules with α = 1).
struct RuleShape {
  explicit RuleShape(const LearningRule& rule);
  bool joined;       ///< one matrix: tied weights and PCA rules
  bool corrupted;    ///< x̃ ≠ x̌
  bool pulls;        ///< the encoder follows x̃: all but the PCA rules
  bool follows;      ///< U also follows x̃: tied weights
  bool moves;        ///< U follows the residual: all but the encoder's gradient of tied weights
  bool takes_off;    ///< the residual is less than x̌: all but the Hebbian rules
  bool stepwise;     ///< neuron k sees the residual of the neurons up to k
  bool normalised;   ///< rows are divided by their 2-norm
  double alpha;
  /// Whether U's Gram matrix is asked for.
  bool has_overlaps() const { return takes_off || normalised; }
  /// Whether x̃ has rows of its own: where it differs, or where x̌ is overwritten before x̃ is used.
  bool has_seen_rows() const { return corrupted || follows; }
};

/// Steps of SGD in the coordinates of a block of B samples: projections of the weights on the samples and the samples' Gram matrices are all that a step
/// asks for, and all that it changes. With keep_k = 1 − κ_k/D the rules of vector_sgd.hpp are
///   Δ_k = x̌ − Σ_a L_ka h_a U_a,   h = αg(λ) (Hebbian: 0),   L = 1 or 1(a ≤ k),   pull_k = α (U_k·Δ_k) g'(λ_k)
///   untied:  U_k ← keep_k U_k + c_k Δ_k,              W_k ← keep_k W_k + d_k x̃,     c = η/D g, d = η/D pull
///   joined:  U_k ← keep_k U_k + c_k Δ_k + d_k x̃,      tied: c = ηr/D αg, d = ηr/D pull; PCA: c = η/D g, d = 0
/// and normalised Hebb divides keep_k and c_k by |U_k|, known from the same numbers. Each step is pushed to the later samples' columns at once
/// (right-looking); in the columns of the samples that are through grow the coefficients with which these enter the weights at the block's end:
///   U ← diag(kept) U + C (X + H U) + C' X̃,   or  U ← ΠU + C X + C' X̃;   W ← diag(kept) W + C' X̃,
/// of which the first is cheaper for B < K, and the second the only form of stepwise rules.
/// Does not allocate after construction.
class BlockCoordinates {
 public:
  BlockCoordinates(const LearningRule& rule, std::ptrdiff_t hidden, std::ptrdiff_t dimension, std::ptrdiff_t most_steps);

  /// Whether the block's end is the form with Π.
  bool has_propagator() const { return has_propagator_; }

  // Filled by the caller before begin(): projections of the weights at the block's start and Gram matrices of its samples.
  lanes::Matrix on_seen() { return {projections_.data(), padded_steps_}; }     ///< encoder · x̃, shape (K, B); joined: if corrupted; C' at the end
  lanes::Matrix on_clean() { return {on_seen().row(hidden_), padded_steps_}; } ///< U · x̌, shape (K, B), on the rows after those; C at the end
  lanes::Matrix clean_gram() { return {clean_gram_.data(), padded_steps_}; }   ///< x̌ · x̌, shape (B, B)
  lanes::Matrix seen_gram() { return {seen_gram_.data(), padded_steps_}; }     ///< x̃ · x̃; if corrupted
  lanes::Matrix cross_gram() { return {cross_gram_.data(), padded_steps_}; }   ///< x̌_s · x̃_s', row s; if corrupted and joined
  lanes::Matrix overlaps() { return {overlaps_.data(), padded_hidden_}; }      ///< U Uᵀ, shape (K, K), carried from block to block until filled anew
  double* bias() { return bias_.data(); }                                      ///< b, shape (K)

  void begin(std::ptrdiff_t steps);
  /// Sample s of the block, which is step `step` of the replica.
  void step(std::ptrdiff_t s, std::uint64_t step);

  void end();

  // After end().
  const double* kept() const { return kept_.data(); }                                     ///< Π_s keep, shape (K)
  lanes::ConstMatrix taken() const { return {taken_.data(), padded_hidden_}; }            ///< H, shape (B, K), unless has_propagator
  lanes::ConstMatrix propagator() const { return {propagator_.data(), padded_hidden_}; }  ///< Π, shape (K, K), if has_propagator

 private:
  struct Sample;
  void take_columns(std::ptrdiff_t s);
  void evaluate_units();
  void overlap_residual();
  void set_factors(std::uint64_t step, const Sample& sample);
  void normalise_rows(const Sample& sample);
  void move_overlaps(const Sample& sample);
  void move_overlaps_stepwise(const Sample& sample);
  void push(std::ptrdiff_t s);

  LearningRule rule_;
  RuleShape shape_;
  bool has_propagator_;
  std::ptrdiff_t hidden_, padded_hidden_, padded_steps_, steps_ = 0, columns_ = 0;   // of the present block: steps, and columns with padding
  double dimension_;
  AlignedNumbers projections_, clean_gram_, seen_gram_, cross_gram_, turned_gram_, overlaps_, turned_overlaps_, bias_, kept_, taken_, propagator_;
  AlignedNumbers base_keep_, zeros_;                           // keep of a step, shape (K)
  AlignedNumbers encoded_, projected_, value_, slope_;         // W·x̃, U·x̌, g, g', shape (K)
  AlignedNumbers keep_, take_, left_, move_, pull_;            // keep, h, U·Δ, c, d
  AlignedNumbers half_, seen_half_, row_;                      // halves of the overlaps' change; a row of columns
};

}  // namespace aesweep
