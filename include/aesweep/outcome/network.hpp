#pragma once
#include <Eigen/Core>

#include "aesweep/data/start.hpp"
#include "aesweep/gaussian/activation.hpp"

namespace aesweep {

/// K rows, one a neuron, each contiguous.
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

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

/// How a network learns: x̂ = Σ_k v_k g(λ_k), one-pass SGD or its flow   [equations.md §1, §2].
struct LearningRule {
  Activation activation = Activation::erf;
  bool trained_bias = false;
  double learning_rate = 1.0;   ///< η
  double weight_decay = 0.0;    ///< κ; biases do not decay
  double noise = 0.0;           ///< ŝ² = s²/D, variance of the corruption of the encoder's input
};

}  // namespace aesweep
