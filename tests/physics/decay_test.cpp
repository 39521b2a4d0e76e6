// Weight decay decides what is learnt: equations.md §5, "Decay, linear" and "Decay, erf".
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>

#include "aesweep/data/start.hpp"
#include "aesweep/experiment/experiment.hpp"
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

// The same onsets from the condition that equations.md states: ρ̂_2m − κ' + ρ̂_2²a²/κ' = 0 at the shared state of κ'v = aρ̂_1w − KSv, κ'w = aρ̂_1v +
// ρ̂_1w(m − Kv²G). It and the flow above agree with the list to its last digit.
TEST(Decay, ErfOnsetsSolveTheCondition) {
  constexpr double pi = std::numbers::pi;
  for (const auto& [rho_hat, hidden, expected] :
       {Onset{{2.0, 1.0}, 2, 0.57325}, {{2.0, 1.0}, 3, 0.62538}, {{2.0, 1.0}, 8, 0.71760}, {{2.0, 0.5}, 2, 0.27646}}) {
    const double rho = rho_hat[0], second = rho_hat[1], K = static_cast<double>(hidden);
    struct Shared {
      double balance, a, m;   // balance: what κ'w lacks, over w
    };
    const auto state = [&](double w, double kappa) {
      const double q = rho * w * w, a = std::sqrt(2.0 / pi / (1.0 + q)), S = 2.0 / pi * std::asin(q / (1.0 + q));
      const double G = 2.0 / pi / std::sqrt(1.0 + 2.0 * q), H = -G * q / (1.0 + q), v = a * rho * w / (kappa + K * S);
      const double m = -rho * w * v * a / (1.0 + q) - K * v * v * H;
      return Shared{a * rho * v / w + rho * (m - K * v * v * G) - kappa, a, m};
    };
    const double found = boundary(0.5 * expected, 1.5 * expected, 1e-9, [&](double kappa) {
      const double w = boundary(1e-6, 20.0, 1e-12, [&](double trial) { return state(trial, kappa).balance > 0.0; });
      const auto [balance, a, m] = state(w, kappa);
      return second * m - kappa + second * second * a * a / kappa > 0.0;
    });
    EXPECT_NEAR(found, expected, 5e-6);
  }
}

// Through the sweep file: component m counts as learnt (R² ≥ θ) up to κ = ηρ̂_m√(1−θ), here 1 % to either side of both lines of two components. At a
// relative distance of 1 % R² is 0.02(1−θ) off θ, far above what the slowest transient e^{−2κt} leaves at ηt = 60, κ ≥ 0.5η.
TEST(Decay, LearntComponentsEndAtTheLinesOfTheThreshold) {
  for (const double theta : {0.5, 0.2})
    for (const double eta : {0.5, 3.0}) {
      std::string values;
      for (const double rho : {1.0, 2.0})
        for (const double side : {0.99, 1.01}) values += std::to_string(side * eta * rho * std::sqrt(1.0 - theta)) + ", ";
      const auto owned = make_experiment(parse_sweep("[sweep]\nengines = [\"ode\"]\n[data]\ndimension = 30\nspikes = [2.0, 1.0]\nbulk = 0.0\n"
                                        "[model]\nhidden = 2\nactivation = \"linear\"\n[training]\nlearning_rate = " + std::to_string(eta) +
                                            "\nhorizon = " + std::to_string(60.0 / eta) + "\n[initial]\nencoder_std = 0.3\ndecoder_std = 0.3\n" +
                                            "[record]\ncount = 4\n[outcome]\nlearnt_threshold = " + std::to_string(theta) +
                                            "\n[[axis]]\nkey = \"training.weight_decay\"\nvalues = [" + values + "]\n", "/", "line.toml"),
                            load_pool, [] { return 0.0; });
      auto& experiment = *owned;
      const std::vector<double> expected{2.0, 1.0, 1.0, 0.0};
      for (std::uint64_t point = 0; point < 4; ++point) {
        const auto result = experiment.run(point, 0, [] {});
        EXPECT_EQ(result.rows[0].values.at(experiment.column(experiment.sweep().engines[0], "learnt")).front(), expected[point])
            << "threshold " << theta << ", eta = " << eta << ", point " << point;
      }
    }
}

// Linear, one mode: W² − V̂² decays as e^{−2κt} from any start, with noise as without [PKK18's c_0]. Integrated to 1e-11 a step.
TEST(Decay, LinearUnitsForgetTheirImbalance) {
  for (const double kappa : {0.0, 0.1, 0.5})
    for (const double noise : {0.0, 0.4}) {
      const Modes modes{Eigen::VectorXd::Constant(1, 1.3), aligned_weights(1, 1, 0.9, 0.2)};
      const std::vector<double> times{0.0, 1.0, 4.0, 10.0};
      const auto run = follow({Activation::linear, false, 0.7, kappa, noise}, modes, 1.3, times, 1);
      for (std::size_t i = 0; i < times.size(); ++i) {
        const double difference = std::pow(run[i].weights.encoder(0, 0), 2) - std::pow(run[i].weights.decoder(0, 0), 2);
        EXPECT_NEAR(difference, (0.81 - 0.04) * std::exp(-2.0 * kappa * times[i]), 1e-9) << "kappa = " << kappa << ", t = " << times[i];
      }
    }
}

}  // namespace
}  // namespace aesweep
