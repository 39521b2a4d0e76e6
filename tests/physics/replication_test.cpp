// Three mistakes of the published Python of RG24, each beside what the library does instead (docs/replication.md).
// Their synthetic data: M spikes with standard deviations 2^m + 1, m = 1..M, along vectors of norm √D, noise 1, all divided by the total standard
// deviation.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <numbers>
#include <optional>

#include "aesweep/data/inputs.hpp"
#include "aesweep/gaussian/activation.hpp"
#include "aesweep/sgd/simulate.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

struct PublishedData {
  std::vector<double> spikes;   // θ_m, descending
  double bulk = 0.0;            // σ²
};

PublishedData published_data(int rank) {
  PublishedData data;
  double total = 1.0;
  for (int m = rank; m >= 1; --m) {
    data.spikes.push_back(std::pow(std::pow(2.0, m) + 1.0, 2));
    total += data.spikes.back();
  }
  for (double& spike : data.spikes) spike /= total;
  data.bulk = 1.0 / total;
  return data;
}

LearningRule truncated_rule(double eta) {
  LearningRule rule;
  rule.kind = RuleKind::truncated;
  rule.learning_rate = eta;
  return rule;
}

/// The published truncated step: where neuron k's encoder has g'(λ_k) Σ_{a≤k} (v_k·v_a) g(λ_a), it takes Σ_{a≤k} (v_k·v_a) g'(λ_a) g(λ_a).
void published_step(Weights& weights, const Eigen::VectorXd& x, double rate) {
  auto& [W, V, b] = weights;
  const Eigen::Index K = W.rows();
  const RowMatrix T0 = V * V.transpose(), old = V;
  const Eigen::VectorXd lambda = W * x, pull = V * x;
  for (Eigen::Index k = 0; k < K; ++k) {
    Eigen::VectorXd residual = x;
    double push = pull[k] * evaluate(Activation::erf, lambda[k]).slope;
    for (Eigen::Index a = 0; a <= k; ++a) {
      const auto [value, slope] = evaluate(Activation::erf, lambda[a]);
      residual -= value * old.row(a).transpose();
      push -= T0(k, a) * slope * value;
    }
    V.row(k) += rate * evaluate(Activation::erf, lambda[k]).value * residual.transpose();
    W.row(k) += rate * push * x.transpose();
  }
}

struct Ends {
  double ours, published;
};

/// Errors of truncated SGD at t, D = 500, entries of the start with standard deviation 0.1, both rules on the same samples.
Ends truncated_ends(int rank, Eigen::Index hidden, double eta, double t, std::uint64_t seed) {
  const Eigen::Index D = 500;
  const auto data = published_data(rank);
  const auto spectrum = spiked_spectrum(data.spikes, data.bulk, D);
  const auto inputs = spiked_inputs(data.spikes, data.bulk, D);
  const auto judge = population_judge(Activation::erf, hidden, spectrum.rho_hat(), spectrum.total(), 0.0);
  const RandomStream stream(seed, 0);
  const auto start = weights_from(random_start(hidden, D, 0.1, 0.1, 0.0, stream));
  VectorSgd replica(truncated_rule(eta), start, *inputs, stream);
  Ends ends{};
  simulate(replica, {0.0, t}, [&](std::size_t, const Weights& weights) {
    ends.ours = judge->measure(weights, {});
    return true;
  }, [] {});
  Weights weights = start;
  Eigen::VectorXd x(D);
  for (std::uint64_t step = 0; step < replica.steps(); ++step) {
    inputs->draw(stream, step, {x.data(), static_cast<std::size_t>(D)});
    published_step(weights, x, eta / static_cast<double>(D));
  }
  ends.published = judge->measure(weights, {});
  return ends;
}

// K = 2, M = 5, D = 500, η = 0.4, t = 50, their defaults: 0.130 with the rule, 0.145 with their step on this start, and later with their step on
// every start of a dozen. Not a different end, but a slower way: at η = 1 two components have been learnt by both, up to fluctuations.
TEST(Replication, PublishedTruncatedStepLearnsTheSecondComponentLater) {
  const auto example = truncated_ends(5, 2, 0.4, 50.0, 9);
  EXPECT_NEAR(example.ours, 0.130, 0.002);   // these digits are a property of the stream; the tolerance leaves room for another compiler's rounding
  EXPECT_NEAR(example.published, 0.145, 0.002);
  for (const std::uint64_t seed : {1, 3, 6, 7, 10}) {
    const auto ends = truncated_ends(5, 2, 0.4, 50.0, seed);
    EXPECT_LT(ends.ours, ends.published - 0.003) << "seed " << seed;   // observed 0.004 to 0.031; less where both are still on the plateau, .1476
  }
  const auto late = truncated_ends(2, 2, 1.0, 50.0, 1);
  EXPECT_NEAR(late.ours, late.published, 0.002);
  EXPECT_LT(late.published, 0.03);   // rank 1: 0.1428, rank 2: 0.0142
}

/// Error of one tied erf unit on one component of variance ρ̂ = 1 at u.
double tied_error(double u2, double dimension) {
  const double q = u2;
  return 0.5 * (1.0 + u2 / dimension * 2.0 / std::numbers::pi * std::asin(q / (1.0 + q)) -
                2.0 * std::sqrt(2.0 / std::numbers::pi) * u2 / std::sqrt(dimension * (1.0 + q)));
}

// One tied erf unit, no bulk. The encoder's gradient alone vanishes where a = αu²(G + H)(1+q), that is where αu² = √(π/2) √((1+2q)/(1+q)), α =
// D^{-1/2}, and not where the error is least: αu² → √π saturates the unit, and the error tends to chance like ½(1 − 2√2 (πD)^{-1/4}), the true
// gradient's to ½(1 − 2/π).
TEST(Replication, TiedDecoderWithoutGradientEndsNearChance) {
  for (const double dimension : {100.0, 1e4, 1e8}) {
    double u2 = std::sqrt(dimension);
    for (int i = 0; i < 200; ++i) u2 = std::sqrt(0.5 * std::numbers::pi * dimension * (1.0 + 2.0 * u2) / (1.0 + u2));   // contracts: q is large
    LearningRule rule;
    rule.tying = Tying::tied_encoder;
    rule.decoder_scale = 1.0 / std::sqrt(dimension);
    rule.tied_rate = dimension;
    Modes modes{Eigen::VectorXd::Ones(1), {RowMatrix::Constant(1, 1, 0.3), RowMatrix::Zero(1, 1), Eigen::VectorXd::Zero(1)}};
    impose(rule, modes.weights);
    const double horizon = 100.0 * std::max(1.0, std::pow(dimension, 0.25));   // it relaxes in a time of order D^{1/4}/η
    const auto end = follow(rule, modes, 1.0, {0.0, horizon}, 1).back();
    EXPECT_NEAR(end.pmse, tied_error(u2, dimension), 1e-8) << "D = " << dimension;
    rule.tying = Tying::tied;
    const auto full = follow(rule, modes, 1.0, {0.0, horizon}, 1).back();
    EXPECT_LT(full.pmse, 0.5 * (1.0 - 2.0 / std::numbers::pi) + 1e-8);
    EXPECT_GT(end.pmse, full.pmse + 0.05);
  }
}

/// Euler's method, with step 1/D in theirs, for the densities q_kl(τ) = W_kτ W_lτ, r_kl = V̂_kτ W_lτ, t_kl = V̂_kτ V̂_lτ and T0, each an unknown of
/// its own, K = 2.
struct DensityEnd {
  std::optional<double> lost, stopped;   // times from which Q is not positive, and at which an arcsine or a root of theirs has no real value
  double error;                          // at the horizon
};
DensityEnd integrate_densities(const Eigen::VectorXd& rho, const Weights& start, double eta, double horizon, double step) {
  using Matrix = Eigen::Matrix2d;
  const Eigen::Index D = rho.size();
  std::vector<Matrix> q, r, t;
  for (Eigen::Index i = 0; i < D; ++i) {
    const Eigen::Vector2d w = start.encoder.col(i), v = start.decoder.col(i);
    q.emplace_back(w * w.transpose());
    r.emplace_back(v * w.transpose());
    t.emplace_back(v * v.transpose());
  }
  Matrix T0 = start.decoder * start.decoder.transpose();
  const double pi = std::numbers::pi;
  DensityEnd end{std::nullopt, std::nullopt, 0.0};
  const auto steps = std::lround(horizon / step);
  for (long n = 0; n <= steps; ++n) {
    const double time = static_cast<double>(n) * step;
    Matrix Q = Matrix::Zero(), R = Matrix::Zero();
    for (Eigen::Index i = 0; i < D; ++i) {
      Q += rho[i] * q[static_cast<std::size_t>(i)];
      R += rho[i] * r[static_cast<std::size_t>(i)];
    }
    if (!end.lost && Q.determinant() < 0.0) end.lost = time;
    const Eigen::Array2d d = 1.0 + Q.diagonal().array();
    if (!Q.allFinite() || d.minCoeff() <= 0.0 || Q(0, 1) * Q(0, 1) > d[0] * d[1]) {
      end.stopped = time;
      return end;
    }
    Matrix S, L, G, H;
    const Eigen::Vector2d a = std::sqrt(2.0 / pi) / d.sqrt();
    for (int k = 0; k < 2; ++k)
      for (int l = 0; l < 2; ++l) {
        S(k, l) = 2.0 / pi * std::asin(Q(k, l) / std::sqrt(d[k] * d[l]));
        const double determinant = std::max(d[k] * d[l] - Q(k, l) * Q(k, l), 1e-5);   // their guard
        G(k, l) = 2.0 / pi / std::sqrt(determinant);
        H(k, l) = -Q(k, l) / d[k] * G(k, l);
      }
    end.error = 0.5 * (rho.sum() + T0.cwiseProduct(S).sum()) - a.dot(R.diagonal());
    Matrix M = -T0.cwiseProduct(G);
    for (int k = 0; k < 2; ++k) M(k, k) -= R(k, k) * a[k] / d[k] + T0.row(k).dot(H.row(k));
    const Matrix A = a.asDiagonal();
    const double h = eta * step;
    for (Eigen::Index i = 0; i < D; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const Matrix dq = rho[i] * (M * q[at] + A * r[at]);                                              // dw wᵀ
      const Matrix dr = rho[i] * A * q[at] - S * r[at] + rho[i] * (M * r[at].transpose() + A * t[at]).transpose();
      const Matrix dt = rho[i] * A * r[at].transpose() - S * t[at];                                    // dv vᵀ
      q[at] += h * (dq + dq.transpose());
      r[at] += h * dr;
      t[at] += h * (dt + dt.transpose());
    }
    const Matrix dT0 = A * R.transpose() - S * T0;
    T0 += h * (dT0 + dT0.transpose());
  }
  return end;
}

double smallest_eigenvalue_of_Q(const Modes& modes, const Weights& weights) {
  const Eigen::Matrix2d Q = weights.encoder * modes.rho_hat.asDiagonal() * weights.encoder.transpose();
  return 0.5 * (Q.trace() - std::hypot(Q(0, 0) - Q(1, 1), 2.0 * Q(0, 1)));
}

// K = 2, M = 5, D = 500, η = 2.5. The neurons first align with one component, Q is nearly singular, and the step error of the densities, which
// nothing keeps in the form w wᵀ, grows as fast as learning: Q loses positivity, then the arcsine its argument. A step four times as short puts that
// off from 7.2 to 7.7. Weights can't leave that form: the flow goes from the same starts to the end, with the error of two components.
TEST(Replication, EulerStepsOfTheDensitiesStop) {
  const Eigen::Index D = 500;
  const auto data = published_data(5);
  const auto spectrum = spiked_spectrum(data.spikes, data.bulk, D);
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    SCOPED_TRACE(seed);
    const auto start = weights_from(random_start(2, D, 0.1, 0.1, 0.0, RandomStream(seed, 0)));
    const auto densities = integrate_densities(spectrum.rho_hat(), start, 2.5, 20.0, 1.0 / 500.0);
    ASSERT_TRUE(densities.stopped && densities.lost);
    EXPECT_GT(*densities.stopped, 5.0);   // observed 6.6 to 7.7
    EXPECT_LT(*densities.stopped, 10.0);
    EXPECT_LT(*densities.lost, *densities.stopped);
    const auto modes = compress(spectrum, start, 5);
    LearningRule rule;
    rule.learning_rate = 2.5;
    const auto flow = follow(rule, modes, spectrum.total(), {0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 50.0}, 5);
    for (const auto& snapshot : flow) EXPECT_GT(smallest_eigenvalue_of_Q(modes, snapshot.weights), 0.0);
    EXPECT_LT(flow.back().pmse, pca_error(spectrum, 1));
    EXPECT_NEAR(flow.back().pmse, pca_error(spectrum, 2), 0.01);   // what saturation leaves at ηt = 125
    if (seed == 1) {
      const auto finer = integrate_densities(spectrum.rho_hat(), start, 2.5, 20.0, 0.25 / 500.0);
      ASSERT_TRUE(finer.stopped.has_value());
      EXPECT_GT(*finer.stopped, *densities.stopped);
    }
  }
}

// Until then they are the flow: the same numbers, from K²(3D + 1) unknowns instead of 2KD, up to Euler's error of first order in the step.
TEST(Replication, DensitiesFollowTheFlowAtFirst) {
  const Eigen::Index D = 500;
  const auto data = published_data(5);
  const auto spectrum = spiked_spectrum(data.spikes, data.bulk, D);
  const auto start = weights_from(random_start(2, D, 0.1, 0.1, 0.0, RandomStream(1, 0)));
  const auto flow = follow({}, compress(spectrum, start, 5), spectrum.total(), {0.0, 5.0}, 5).back();
  const double coarse = std::abs(integrate_densities(spectrum.rho_hat(), start, 1.0, 5.0, 0.002).error - flow.pmse);
  const double fine = std::abs(integrate_densities(spectrum.rho_hat(), start, 1.0, 5.0, 0.001).error - flow.pmse);
  EXPECT_LT(coarse, 2e-3);
  EXPECT_NEAR(coarse / fine, 2.0, 0.2);
}

}  // namespace
}  // namespace aesweep
