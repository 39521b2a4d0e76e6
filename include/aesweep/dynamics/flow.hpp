#pragma once
#include <Eigen/Core>
#include <boost/align/aligned_allocator.hpp>
#include <optional>
#include <vector>

#include "aesweep/data/population.hpp"
#include "aesweep/gaussian/moments.hpp"
#include "aesweep/outcome/mixture_averages.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// State of the flow as one vector: the rows of W, those of V̂, b (K). Rows lie flow_stride(n) ≥ n apart; what lies between them is zero, and stays so.
using FlowState = std::vector<double, boost::alignment::aligned_allocator<double, 64>>;
Eigen::Index flow_stride(Eigen::Index modes);
FlowState pack(const Weights& weights);
/// Writes a state into weights of the right shape. Does not allocate.
void unpack(const FlowState& state, Weights& weights);

/// Right-hand side of the gradient flow of pmse   [equations.md §2; RG24 (B.24), (B.28), (B.29)]:
///   dV̂/dt = η[diag(a) Wρ̂ − S V̂] − κV̂,   dW/dt = η[diag(a) V̂ρ̂ + M W(ρ̂+ŝ²)] − κW,   M = diag(R_kk c3_k − Σ_a T0_ka H_ka) − T0∘G,
///   db/dt = η[R_kk c1_k − Σ_a T0_ka P_ka] where the bias is trained.
/// Groups of weights have their own factors of η. Truncated: S → L∘S in dV̂, T0 → L∘T0 in M and db. Tied (V̂ = αW): dW/dt = ηr[g_W + αg_V] − κW, or g_W
/// alone, and dV̂ = α dW.
/// Inputs that are a mixture of Gaussians [§4]: averages over its nodes, with L_k = V̂_k·μ_c, R_k = V̂_k rest_c W_kᵀ (rest_c: the variances within
///   node c), dV̂_k/dt = η[Σ_c p_c(m_k μ_c + a_k rest_c∘W_k) − (S̄V̂)_k] − κV̂_k,   db_k/dt = ηΣ_c p_c A_k,   A_k = L_k a_k + R_k c1_k − Σ_a T0_ka
///   P_ka, dW_k/dt = ηΣ_c p_c{a_k rest_c∘V̂_k + A_k μ_c + [diag(L_k c1_k + R_k c3_k − Σ_a T0_ka H_ka) − T0∘G] W(rest_c+ŝ²)} − κW_k.
/// Frozen modes follow dW/dt = −κW alone, and their decoder stays.
/// PCA rules [§6]: dW/dt = η[Wρ̂ − (C∘Q)W] − κW, and dV̂ = dW; a mixture's covariance is all they see. Normalised Hebb keeps
/// N_k = Σ_i |W_ki|^p: dW_k/dt = η[W_kρ̂ − (Σ_i |W_ki|^{p−2}W_ki (W_kρ̂)_i / N_k) W_k]. A decaying rate makes η a function of t.
class Flow {
 public:
  Flow(const LearningRule& rule, Eigen::Index hidden, const Population& population);

  /// Does not allocate. A state that is not finite gives a derivative of NaN.
  void operator()(const FlowState& state, FlowState& derivative, double t);

 private:
  using ConstRows = Eigen::Map<const RowMatrix, 0, Eigen::OuterStride<>>;
  using Rows = Eigen::Map<RowMatrix, 0, Eigen::OuterStride<>>;
  using Bias = Eigen::Map<const Eigen::VectorXd>;

  bool sum_up(const FlowState& state);
  void set_slopes(double encoder_rate, double decoder_rate);
  void descend(const FlowState& state, FlowState& derivative, double eta);
  void descend_mixture(const FlowState& state, FlowState& derivative, double eta);
  void descend_pca(const FlowState& state, FlowState& derivative, double eta);
  void descend_normalised(const FlowState& state, FlowState& derivative, double eta) const;
  void tie(const FlowState& state, FlowState& derivative) const;
  void hold_frozen(const FlowState& state, FlowState& derivative) const;
  /// L∘matrix (C∘ for the PCA rules), in place.
  template <class Matrix>
  void mask(Matrix& matrix) const;
  ConstRows rows(const FlowState& state, Eigen::Index group) const;   // of W (group 0) or V̂ (1), shape (K, n)
  Rows rows(FlowState& state, Eigen::Index group) const;

  LearningRule rule_;
  Eigen::Index hidden_, modes_, stride_, frozen_;
  FlowState rho_hat_, seen_;                     // ρ̂, ρ̂ + ŝ², zeros behind
  FlowState scaled_;                             // rows of W(ρ̂+ŝ²), for more than a few neurons
  Eigen::MatrixXd Q_, T0_;
  Eigen::VectorXd R_;                            // diagonal of R
  RowMatrix encoder_slope_, decoder_slope_;      // what multiplies W(ρ̂+ŝ²) in dW and V̂ in dV̂, rates included
  Eigen::VectorXd encoder_cross_, decoder_cross_;   // what multiplies V̂ρ̂ in dW and Wρ̂ in dV̂
  Eigen::VectorXd decay_, no_decay_, unit_;
  Moments moments_;
  std::optional<MixtureAverages> mixture_;
};

}  // namespace aesweep
