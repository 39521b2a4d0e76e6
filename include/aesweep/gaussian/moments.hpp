#pragma once
#include <Eigen/Core>

#include "aesweep/gaussian/activation.hpp"

namespace aesweep {

/// Gaussian moments of an activation over λ ~ N(b, Q)   [equations.md §3].
/// mean_k = E g_k, a_k = E g'_k, c1_k = E g''_k, c3_k = E g'''_k, shape (K);
/// S_kl = E g_k g_l, G_kl = E g'_k g'_l, H_kl = E g''_k g_l, P_kl = E g'_k g_l, shape (K, K).
struct Moments {
  explicit Moments(Eigen::Index hidden);
  Eigen::VectorXd mean, a, c1, c3;
  Eigen::MatrixXd S, G, H, P;
};

/// Which moments a caller needs: S alone suffices (with a) to judge a network, the flow needs a, c3, S, G, H,
/// and a trained bias needs c1 and P as well. Inputs that are a mixture of Gaussians [§4] need `mean` besides: judge_mixture has it with a and S,
/// flow_mixture has everything. What is not asked for keeps its old content.
enum class MomentSet { judge, flow, flow_with_bias, judge_mixture, flow_mixture };

/// Fills `out` for the given activation. Does not allocate.
/// @param bias  b, shape (K).   @param cov  Q, shape (K, K), symmetric positive semidefinite; may be singular. Only its lower triangle is read.
/// Accuracy 1e-12 relative to each entry, or 1e-15 × max(1, the moment's largest entry); finite for all |r| ≤ 1 and Q_kk ≥ 0 (Q, |b| < 1e150).
/// linear, erf, relu, leaky_relu and gelu have closed forms. tanh, sigmoid, softplus and silu are integrated numerically, to 1e-12 relative or
/// 4e-15 × max(1, the largest entry), tested for Q from 1e-8 to 60 and |b| ≤ 6: trapezoidal rules, whose error law and convergence are tests. Their
/// cost grows as Q above 1, up to Q ~ 100 (tanh) or 400 (the others); beyond, slower rules take over whose cost no longer depends on Q.
/// Where Q_kk = 0 the derivatives of relu and leaky_relu at the kink take the value for b ≠ 0, and at b_k = 0 a is the mean of both slopes and
/// c1 = c3 = H_kl = 0.
/// Where all biases are zero the short closed forms are used (erf: (2/π) asin r).
/// @throws std::domain_error naming the entry, if one is not finite or a variance is negative.
void gaussian_moments(Activation activation, const Eigen::Ref<const Eigen::VectorXd>& bias, const Eigen::Ref<const Eigen::MatrixXd>& cov,
                      MomentSet wanted, Moments& out);

}  // namespace aesweep
