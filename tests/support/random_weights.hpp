#pragma once
#include <random>

#include "aesweep/outcome/network.hpp"

namespace aesweep::testing {

/// Weights and biases with independent normal entries.
inline Weights random_weights(Eigen::Index hidden, Eigen::Index modes, double size, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal(0.0, size);
  const auto draw = [&] { return normal(engine); };
  return {RowMatrix::NullaryExpr(hidden, modes, draw), RowMatrix::NullaryExpr(hidden, modes, draw), Eigen::VectorXd::NullaryExpr(hidden, draw)};
}

}  // namespace aesweep::testing
