#pragma once
#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <vector>

#include "aesweep/data/row_matrix.hpp"
#include "aesweep/data/start.hpp"
#include "aesweep/gaussian/activation.hpp"

namespace aesweep {

/// A network's weights in the scaled variables of equations.md §2, in which D has dropped out.
/// encoder W and decoder V̂, shape (K, n); bias b, shape (K). n: modes followed, or D coordinates.
struct Weights {
  RowMatrix encoder;
  RowMatrix decoder;
  Eigen::VectorXd bias;

  Eigen::Index hidden() const { return encoder.rows(); }
  Eigen::Index modes() const { return encoder.cols(); }
  bool finite() const;
};
Weights weights_from(const Start& start);

/// What is descended   [equations.md §1, §6]. truncated: neuron k sees the residual of the neurons up to k (RG24 §3.5).
/// hebb, oja, sanger: linear units without a decoder; judged with the encoder's rows as decoder. normalised_hebb: Hebb's step, then each row divided by
/// its p-norm (Oja's original rule, J. Math. Biol. 15, 267 (1982), with p = 2).
enum class RuleKind : std::uint8_t { sgd, truncated, hebb, normalised_hebb, oja, sanger };
bool is_pca_rule(RuleKind kind);
/// Whether no neuron sees what the others (or itself) take off: hebb, normalised_hebb. All rows turn to the first component.
bool is_hebbian(RuleKind kind);

/// How the decoder hangs on the encoder. tied: v_k ≡ w_k, which takes the gradient of both roles; tied_encoder: of the encoder's role alone, as in the
/// published code of RG24.
enum class Tying : std::uint8_t { none, tied, tied_encoder };

/// How a network learns: x̂ = Σ_k v_k g(λ_k), one-pass SGD or its flow   [equations.md §1, §2].
struct LearningRule {
  Activation activation = Activation::erf;
  bool trained_bias = false;
  double learning_rate = 1.0;        ///< η
  double weight_decay = 0.0;         ///< κ; biases do not decay
  double noise = 0.0;                ///< ŝ² = s²/D, variance of the corruption of the encoder's input
  RuleKind kind = RuleKind::sgd;
  Tying tying = Tying::none;
  double encoder_rate = 1.0;         ///< factors of η for each group of weights
  double decoder_rate = 1.0;
  double bias_rate = 1.0;
  double tied_rate = 1.0;            ///< r of equations.md §1
  double decoder_scale = 1.0;        ///< tied: V̂ = α W with α = D^{-1/2}
  std::vector<double> neuron_decay{};   ///< κ of each neuron, shape (K), where they differ
  double rate_decay_exponent = 0.0;  ///< β and t_0 of η(t) = η/(1 + t/t_0)^β
  double rate_decay_time = 1.0;
  double norm_power = 2.0;           ///< p ≥ 2 of normalised_hebb: Σ_i |W_ki|^p = 1
};

/// κ of neuron k.
inline double decay_of(const LearningRule& rule, Eigen::Index k) {
  return rule.neuron_decay.empty() ? rule.weight_decay : rule.neuron_decay[static_cast<std::size_t>(k)];
}

/// η(t) = η/(1 + t/t_0)^β   [equations.md §6]. Of any rule that has these numbers.
template <class Rule>
double rate_at(const Rule& rule, double t) {
  return rule.rate_decay_exponent == 0.0 ? rule.learning_rate : rule.learning_rate * std::pow(1.0 + t / rule.rate_decay_time, -rule.rate_decay_exponent);
}

/// Whether neuron a's output is taken off neuron k's residual: L_ka of equations.md §2, C_ka of §6.
inline bool takes_off(RuleKind kind, Eigen::Index k, Eigen::Index a) {
  if (kind == RuleKind::hebb || kind == RuleKind::normalised_hebb) return false;
  return (kind != RuleKind::truncated && kind != RuleKind::sanger) || a <= k;
}

/// Divides a row, which must not be zero, by its p-norm (Σ_i |w_i|^p)^{1/p}. Does not allocate.
void normalise(Eigen::Ref<Eigen::RowVectorXd> row, double power);

/// Brings weights to what the rule keeps: rows of p-norm one (normalised_hebb), then the decoder where it is not free, V̂ = αW (tied), V̂ = W (PCA rules).
void impose(const LearningRule& rule, Weights& weights);

}  // namespace aesweep
