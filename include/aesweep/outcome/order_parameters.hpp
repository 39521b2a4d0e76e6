#pragma once
#include <Eigen/Core>

#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// Order parameters of a network   [equations.md §2; RG24], each of shape (K, K):
///   Q = W(ρ̂+ŝ²)Wᵀ,  R = V̂ρ̂Wᵀ,  T1 = V̂ρ̂V̂ᵀ,  T0 = V̂V̂ᵀ.
struct OrderParameters {
  RowMatrix Q, R, T1, T0;
};

/// Measures order parameters of networks of one size, without allocating.
class OrderParameterMeter {
 public:
  /// @param rho_hat  eigenvalues of the network's modes, shape (n).   @param noise  ŝ² of the encoder's input; enters Q.
  OrderParameterMeter(Eigen::Index hidden, Eigen::VectorXd rho_hat, double noise);

  /// Sums over the modes first..n alone: 0 for the order parameters, the number of spikes for the bulk's share of them.
  /// @param weights  along the modes, shape (K, n).   @param first  0 <= first <= n; at n all are zero.
  /// @returns a reference that the next measurement overwrites.
  const OrderParameters& measure(const Weights& weights, Eigen::Index first);

 private:
  Eigen::VectorXd rho_hat_, seen_;    // ρ̂, ρ̂ + ŝ²
  RowMatrix scaled_;                  // rows times ρ̂ or ρ̂ + ŝ², shape (K, n)
  OrderParameters result_;
};

}  // namespace aesweep
