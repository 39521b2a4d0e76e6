#pragma once
#include <Eigen/Core>

#include "aesweep/data/population.hpp"
#include "aesweep/gaussian/moments.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// What judge and flow need of a mixture's nodes, averaged over them   [equations.md §4]. Within node c, λ ~ N(b + Wμ_c, Q_c), Q_c = W(rest_c +
/// ŝ²)Wᵀ, with rest_c the node's spread on the m leading modes and ρ̂ on the others; m, a, c1, c3, S, G, H, P below are the moments of that law.
/// Where nothing is random within a node (a finite sample without noise) they are the activations themselves. The cost is one call for the moments a
/// node, and matrix products over blocks of nodes; nothing is allocated after construction.
class MixtureAverages {
 public:
  using Rows = Eigen::Ref<const RowMatrix>;

  /// @param population  with a mixture, which is shared.   @param noise  ŝ².
  MixtureAverages(Activation activation, Eigen::Index hidden, const Population& population, double noise);

  /// The averages of the judge. @param W  shape (K, n).   @param b  shape (K).
  void judge(const Rows& W, const Eigen::Ref<const Eigen::VectorXd>& b);
  /// All averages. @param V  V̂, shape (K, n).   @param T0  V̂V̂ᵀ, masked where the rule is truncated, shape (K, K).
  void flow(const Rows& W, const Rows& V, const Eigen::Ref<const Eigen::VectorXd>& b, const Eigen::MatrixXd& T0);

  Eigen::MatrixXd S;             ///< Σ_c p_c S_c, shape (K, K)
  Eigen::VectorXd slope;         ///< Σ_c p_c a_c, shape (K)
  Eigen::MatrixXd value_mean;    ///< Σ_c p_c m_c μ_cᵀ, shape (K, m)
  Eigen::MatrixXd slope_spread;  ///< Σ_c p_c a_c spread_cᵀ, shape (K, m)
  // with A_k = L_k a_k + R_k c1_k − Σ_a T0_ka P_ka, the gradient by λ_k's mean, and M = diag(L_k c1_k + R_k c3_k − Σ_a T0_ka H_ka) − T0∘G,
  // L_k = V̂_k·μ_c, R_k = V̂_k rest_c W_kᵀ:
  Eigen::VectorXd pull;          ///< Σ_c p_c A_c, shape (K)
  Eigen::MatrixXd pull_mean;     ///< Σ_c p_c A_c μ_cᵀ, shape (K, m)
  Eigen::MatrixXd M;             ///< Σ_c p_c M_c, shape (K, K)
  Eigen::MatrixXd M_spread;      ///< Σ_c p_c M_c W spread_c on the leading modes, shape (K, m)

 private:
  struct Block {
    Eigen::Index first, count;
  };
  void clear();
  void prepare(const Rows& W);
  void set_covariance(Eigen::Index column);
  void locate(const Block& block, const Rows& W, const Eigen::Ref<const Eigen::VectorXd>& b);
  void project(const Block& block, const Rows& V);
  void evaluate_points(const Block& block, const Eigen::MatrixXd* T0);
  void evaluate_moments(const Block& block, const Eigen::MatrixXd* T0);
  void accumulate(const Block& block, bool is_flow);
  /// V and T0 are null for a judge.
  void average(const Rows& W, const Rows* V, const Eigen::Ref<const Eigen::VectorXd>& b, const Eigen::MatrixXd* T0);

  Activation activation_;
  Eigen::Index hidden_;
  std::shared_ptr<const GaussianMixture> mixture_;
  bool is_sharp_;             // nothing is random within a node
  bool has_common_spread_;    // Q_c, R and so on are the same in all nodes
  Eigen::VectorXd rest_;      // ρ̂ + ŝ² beyond the leading modes, ŝ² on them, shape (n)
  Eigen::VectorXd rho_hat_;   // ρ̂ beyond the leading modes, 0 on them, shape (n)
  RowMatrix scaled_;          // W rest, shape (K, n)
  Eigen::MatrixXd Q_rest_, Q_;
  Eigen::VectorXd R_rest_;    // what all nodes share of R, shape (K)
  Eigen::MatrixXd pairs_;     // W_km W_lm for k ≥ l, shape (K(K+1)/2, m)
  Eigen::MatrixXd Q_spread_;  // pairs × spread: the leading modes' part of Q_c, a column a node of the block
  Eigen::MatrixXd VW_;        // V̂_km W_km, shape (K, m)
  Eigen::MatrixXd centre_, L_, R_;          // b + Wμ_c, L, R, shape (K, block)
  Eigen::MatrixXd value_, slope_, pull_;    // p_c m_c, p_c a_c, p_c A_c, shape (K, block)
  Eigen::MatrixXd plain_;                   // g of nodes without variance, shape (K, block)
  Eigen::MatrixXd M_node_;                  // p_c M_c, shape (K, K)
  Eigen::MatrixXd M_block_, M_modes_;       // the same for a block, shape (K², block), and Σ_c p_c M_c spread_cᵀ, shape (K², m)
  Moments moments_;
};

}  // namespace aesweep
