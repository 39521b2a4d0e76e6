#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "aesweep/sgd/gram_sgd.hpp"
#include "gram_draws.hpp"

namespace aesweep {

/// After so many blocks G is made anew from L, which is all that is kept of it elsewhere.
inline constexpr std::uint64_t kGramBlocksInEpoch = 16;

/// What a group's steps have in common.
struct GramPlan {
  LearningRule rule;
  GramInputs inputs;
  int hidden, tracked, rows, block;   ///< K; M; m, rows of the stack S = [W; V̂], or S = W where V̂ = αW; B
  int decoder;                        ///< the decoder's first row in the stack
  double output_scale;                ///< α; 1 where the decoder is free
  bool stepwise, hebbian, decaying;   ///< whether Δ differs from neuron to neuron; Δ = x; rows are scaled in a step
  /// Factors of η: c_k = ηg(λ_k) decoder_rate, p_k = η(V̂_k·Δ)g'(λ_k) encoder_rate; of tied rows and PCA rules, which move along Δ and x̃, as well.
  double decoder_rate, encoder_rate, bias_rate;

  GramPlan(const LearningRule& rule, const GramInputs& inputs, int hidden, int block);
};

/// kLanes replicas, one a lane   [gram_sgd.hpp].
class GramGroup {
 public:
  /// g and g' of an array.
  using Evaluate = void (*)(const lanes::Real* input, int count, lanes::Real* value, lanes::Real* slope);

  /// @param starts, streams  one a lane.
  GramGroup(const GramPlan& plan, std::span<const Weights* const> starts, std::span<const RandomStream> streams);

  void advance(std::uint64_t from, std::uint64_t to);
  Weights weights(int lane) const;

 private:
  using Real = lanes::Real;
  /// A sample within its block: its clean and its corrupted vector, the later samples' vectors from `next` up to `end`.
  struct Sample {
    int clean, seen, next, end;
  };
  using Step = void (GramGroup::*)(const Sample&, double);

  Step chosen_step() const;
  void prepare(const GramVectors& vectors, int count);
  template <int kHidden, bool kDecaying>
  void step(const Sample& sample, double rate);
  void step_by_neuron(const Sample& sample, double rate);
  void activate(int hidden, const Sample& sample);
  void set_coefficients(int k, Real overlap, double rate);
  void normalise_rows(const Sample& sample);
  template <int kHidden, bool kDecaying>
  void push(const Sample& sample);
  template <int kHidden, bool kDecaying>
  void update_gram(const Sample& sample);
  void push_stepwise(Real* column, Real clean, Real seen) const;

  const Real* leading_of(int vector) const { return vectors_->leading_of(vector); }
  Real* column(int vector) { return columns_.data() + vector * plan_.rows; }
  const Real* column(int vector) const { return columns_.data() + vector * plan_.rows; }
  Real inner(int i, int j) const { return inner_[static_cast<std::size_t>(i * vectors_->count + j)]; }   // i ≤ j

  GramPlan plan_;
  Evaluate evaluate_;
  GramDraws draws_;
  const GramVectors* vectors_ = nullptr;
  std::vector<Real> leading_;            // S along the tracked axes, shape (m, M)
  std::vector<Real> gram_, factor_;      // G and L, packed
  std::vector<Real> bias_;               // shape (K)
  std::vector<Real> columns_;            // S·x of the block's vectors beyond the tracked axes, shape (n, m)
  std::vector<Real> inner_;              // their inner products, shape (n, n)
  std::vector<Real> input_, value_, slope_, output_;   // λ, g, g', αg, shape (K)
  std::vector<Real> overlap_;            // S·Δ beyond the tracked axes, shape (m)
  std::vector<Real> residual_;           // Δ along the tracked axes, shape (M), or (K, M)
  std::vector<Real> keep_, decoder_step_, encoder_step_;   // V̂_k ← keep V̂_k + c Δ, W_k ← keep W_k + p x̃, shape (K)
  std::vector<Real> work_;
};

}  // namespace aesweep
