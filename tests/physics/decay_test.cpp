// Weight decay decides what is learnt: equations.md §5, "Decay, linear" and "Decay, erf".
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "aesweep/data/start.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

// R²_m = 1 − (κ/(ηρ̂_m))², 0 above κ = ηρ̂_m, component by component. The slowest transient is WWᵀ − V̂V̂ᵀ, which decays as e^{−2κt}:
// e^{-40} at ηt = 400 and κ/η = 0.05. Tolerance: far above that and the integrator's 1e-11 per step.
TEST(Decay, LinearComponentsLoseTheSquareOfTheRelativeDecay) {
  constexpr Eigen::Index D = 200, K = 3;
  const auto spectrum = spiked_spectrum(std::vector<double>{2.0, 1.0, 0.5}, 1.0, D);
  const auto modes = compress(spectrum, weights_from(random_start(K, D, 0.1, 0.1, 0.0, RandomStream(17, 0))), K);
  for (const double eta : {0.5, 1.0, 4.0}) {
    for (const double relative_decay : {0.05, 0.3, 0.7, 1.5, 3.0}) {   // κ/η: three, three, two, one and no component survive
      const LearningRule rule{Activation::linear, false, eta, eta * relative_decay, 0.0};
      const auto end = follow(rule, modes, spectrum.total(), {0.0, 400.0 / eta}, K).back();
      for (Eigen::Index m = 0; m < K; ++m) {
        const double share = relative_decay / spectrum[m];
        EXPECT_NEAR(end.explained[static_cast<std::size_t>(m)], share < 1.0 ? 1.0 - share * share : 0.0, 1e-6)
            << "component " << m << ", eta = " << eta << ", kappa = " << rule.weight_decay;
      }
    }
  }
}

/// Σ_k V̂_km W_km, the overlap by which component m grows.
double overlap(const Weights& weights, Eigen::Index m) { return weights.encoder.col(m).dot(weights.decoder.col(m)); }

// Near the boundary a network that starts at 1e-4 stays there, linear in its weights up to 1e-8, and the overlap's growth changes sign where κ =
// η√(2/π)ρ̂_1. By t = 4/η the decaying combination V̂ − W has fallen by e^{-2·4·1.6} = 3e-6. Tolerance: the bisection's 1e-3, rounded up to 2e-3.
TEST(Decay, ErfGrowsFromASmallStartBelowTheSlopeTimesTheVariance) {
  constexpr Eigen::Index D = 100, K = 2;
  const auto spectrum = spiked_spectrum(std::vector<double>{2.0, 1.0}, 1.0, D);
  const auto modes = compress(spectrum, weights_from(random_start(K, D, 1e-4, 1e-4, 0.0, RandomStream(5, 0))), 2);
  for (const double eta : {0.5, 2.0}) {
    const double expected = eta * std::sqrt(2.0 / std::numbers::pi) * spectrum[0];
    const double found = boundary(0.0, 2.0 * expected, 1e-3 * expected, [&](double kappa) {
      const auto run = follow({Activation::erf, false, eta, kappa, 0.0}, modes, spectrum.total(), {0.0, 4.0 / eta, 6.0 / eta}, 2);
      return overlap(run[2].weights, 0) > overlap(run[1].weights, 0);
    });
    EXPECT_NEAR(found / expected, 1.0, 2e-3) << "eta = " << eta;
  }
}

// K = M = 1, ρ̂ = η = 1. The root of the two stationarity conditions (κV̂ = aρ̂W − SV̂, κW = aρ̂V̂ + ρ̂MW) and R² = ½ in 30 digits is κ =
// 0.408241853; the rates at that fixed point are of order κ, so that t = 200 leaves e^{-50} at most. Tolerance: the digits of that root; bisection
// and integrator stop far below.
TEST(Decay, ErfLosesHalfOfTheVarianceAt0408242) {
  const Modes modes{Eigen::VectorXd::Ones(1), aligned_weights(1, 1, 1.0, 1.0)};
  const double found = boundary(0.3, 0.5, 1e-9, [&](double kappa) {
    return follow({Activation::erf, false, 1.0, kappa, 0.0}, modes, 1.0, {0.0, 200.0}, 1, {1e-12, 1e-14}).back().explained[0] > 0.5;
  });
  EXPECT_NEAR(found, 0.408241853, 1e-8);
}

struct Onset {
  Eigen::Vector2d rho_hat;
  Eigen::Index hidden;
  double kappa;   // at η = 1
};

// While the K units share component 1 equally, component 2 enters by combinations whose coefficients sum to 0 (the sum itself is held down by the
// shared code), at κ/η = .57325, .62538, .71760 for ρ̂ = (2, 1), K = 2, 3, 8 and .27646 for (2, ½), K = 2. First the shared state is reached (rates
// about 1: ηt = 60), then 1e-6 of such a combination is added, and its growth between ηt = 20 and 40 measured: earlier its decaying part would show,
// and near the onset it grows too slowly for its square to matter. Tolerance: the list's last digit, 0.2e-4 relative, and the bisection's 1e-5.
TEST(Decay, ErfSecondComponentEntersAtTheListedOnsets) {
  for (const auto& [rho_hat, hidden, expected] :
       {Onset{{2.0, 1.0}, 2, 0.57325}, {{2.0, 1.0}, 3, 0.62538}, {{2.0, 1.0}, 8, 0.71760}, {{2.0, 0.5}, 2, 0.27646}}) {
    SCOPED_TRACE(::testing::Message() << "K = " << hidden << ", rho = (2, " << rho_hat[1] << ")");
    for (const double eta : {1.0, 3.0}) {
      const double found = boundary(0.5 * expected, 1.5 * expected, 1e-5 * expected, [&](double kappa) {
        const LearningRule rule{Activation::erf, false, eta, eta * kappa, 0.0};
        Weights shared{RowMatrix::Zero(hidden, 2), RowMatrix::Zero(hidden, 2), Eigen::VectorXd::Zero(hidden)};
        shared.encoder.col(0).setConstant(1.0);
        shared.decoder.col(0).setConstant(1.0);
        Weights perturbed = follow(rule, {rho_hat, shared}, rho_hat.sum(), {0.0, 60.0 / eta}, 2).back().weights;
        perturbed.encoder(0, 1) = perturbed.decoder(0, 1) = 1e-6;
        perturbed.encoder(1, 1) = perturbed.decoder(1, 1) = -1e-6;
        const auto run = follow(rule, {rho_hat, perturbed}, rho_hat.sum(), {0.0, 20.0 / eta, 40.0 / eta}, 2);
        return std::abs(run[2].weights.encoder(0, 1)) > std::abs(run[1].weights.encoder(0, 1));
      });
      EXPECT_NEAR(found / expected, 1.0, 4e-5) << "eta = " << eta;
    }
  }
}

}  // namespace
}  // namespace aesweep
