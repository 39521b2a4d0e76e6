#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aesweep/deep/network.hpp"

namespace aesweep {

enum class OptimizerKind : std::uint8_t { adam, sgd };

/// How a deep autoencoder learns: steps on the mean loss L = (1/B) Σ_s ½|x_s − x̂(x_s)|² of a batch, with gradient G = ∂L/∂θ and η_t = η/(1 + t/t_0)^β
/// at step t = 0, 1, ...
///   sgd:   θ ← θ − η_t G − η_t κθ
///   adam:  m ← β₁m + (1 − β₁)G,  v ← β₂v + (1 − β₂)G²,  θ ← θ − η_t m̂/(√v̂ + ε) − η_t κθ,   m̂ = m/(1 − β₁^{t+1}),  v̂ = v/(1 − β₂^{t+1}),
/// β₁ = 0.9, β₂ = 0.999, ε = 1e-8   [Kingma & Ba, ICLR 2015; the decay beside the gradient: Loshchilov & Hutter, ICLR 2019]. Biases do not decay.
/// Of adam, entries of G below 1e-17 (float64: 1e-150) count as 0, so that moments never become subnormal.
struct DeepRule {
  OptimizerKind optimizer = OptimizerKind::adam;
  bool single_precision = true;       ///< float32, else float64
  int batch = 128;                    ///< B
  double learning_rate = 1e-3;        ///< η
  double weight_decay = 0.0;          ///< κ
  double rate_decay_exponent = 0.0;   ///< β and t_0, in steps
  double rate_decay_time = 1.0;
};

/// One network in training. The samples of a batch are the lanes of the machine's vectors, at every width: networks of one point are trained one after the
/// other at the cost that they would have side by side, and none sees its neighbours. Nothing is allocated after the constructor, but what is returned.
class DeepTrainer {
 public:
  /// @param start  weights and biases, as deep_start() orders them.
  DeepTrainer(const DeepShape& shape, const DeepRule& rule, std::span<const double> start);
  DeepTrainer(DeepTrainer&&) noexcept;
  DeepTrainer& operator=(DeepTrainer&&) noexcept;
  ~DeepTrainer();

  /// One step. @param points  shape (B, n), row after row. @returns L before the step; it is not finite where the network has diverged.
  double step(std::span<const double> points);
  /// Number of steps made.
  std::uint64_t steps() const;

  /// x̂ and, unless `latents` is empty, the bottleneck's values of any number P of points: shapes (P, n), (P, n), (P, k), row after row. A point's results do
  /// not depend on the others. The fastest by far is to ask for many at once. Uses the buffers of a step: one call at a time.
  void reconstruct(std::span<const double> points, std::span<double> reconstructions, std::span<double> latents) const;
  /// L and its gradient, in the order of the parameters, without a step.
  double gradient(std::span<const double> points, std::span<double> gradient) const;

  /// Weights and biases.
  std::vector<double> parameters() const;
  /// Weights, moments, number of steps as bytes: all that training consists of. One that is restored goes on with the same bits.
  std::string state() const;
  /// @throws std::runtime_error if these are not the bytes of a trainer of this shape, precision and optimizer.
  void restore(std::string_view state);

 private:
  class Engine;
  template <class Scalar>
  class EngineOf;
  std::unique_ptr<Engine> engine_;
};

}  // namespace aesweep
