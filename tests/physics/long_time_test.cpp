// Where the flow ends and how it gets there: equations.md §5, "Aligned start", "Biased ReLU" and "Tied erf".
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/data/start.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

TEST(LongTimes, ErfErrorFallsAsThePowerMinusTwoThirds) {
  struct Case { double rho_hat, eta; };
  for (const auto& [rho_hat, eta] : {Case{1.0, 1.0}, {2.0, 10.0}}) {
    const Modes modes{Eigen::VectorXd::Constant(1, rho_hat), aligned_weights(1, 1, 1.0, 1.0)};
    const auto run = follow({Activation::erf, false, eta, 0.0, 0.0}, modes, rho_hat, {0.0, 1e4 / eta, 1e5 / eta}, 1, {1e-9, 1e-11});
    const auto formula = [&](double scaled_time) { return 0.0709455 * rho_hat * std::pow(scaled_time, -2.0 / 3.0); };
    const auto exponent = [&](double early, double late) { return std::log10(late / early); };
    printf("%.6f %.6f  exps %.5f %.5f\n", run[1].pmse / formula(1e4), run[2].pmse / formula(1e5),
     exponent(run[1].weights.encoder(0, 0), run[2].weights.encoder(0, 0)), exponent(run[1].weights.decoder(0, 0), run[2].weights.decoder(0, 0)));
    EXPECT_NEAR(run[1].pmse / formula(1e4), 1.009, 6e-4);
  }
}

TEST(LongTimes, ReluBias) {
  constexpr Eigen::Index D = 1000;
  for (double bulk : {0.0, 1.0}) {
  const auto spectrum = spiked_spectrum(std::vector<double>{2.0, 1.0}, bulk, D);
  for (unsigned seed : {1u, 2u, 3u}) for (double std : {.1, .5}) {
    const auto modes = compress(spectrum, weights_from(random_start(3, D, std, std, 0.0, RandomStream(seed, 0))), 2);
    const auto run = follow({Activation::relu, true, 1.0, 0.0, 0.0}, modes, spectrum.total(), {0.0, 30., 100., 300., 1000.}, 2, {1e-8, 1e-10});
    for (const auto& s : run) printf("%.5f ", (s.pmse - pca_error(spectrum, 2)) / (chance_error(spectrum) - pca_error(spectrum, 2)));
    printf("| b %.3f %.3f %.3f bulk %g seed %u std %g\n", run.back().weights.bias[0], run.back().weights.bias[1], run.back().weights.bias[2], bulk, seed, std);
  }
  }
}

TEST(LongTimes, BiasFreeReluEndsAtHalfOfChance) {
  for (const double rho_hat : {1.0, 3.0}) {
    const Modes modes{Eigen::VectorXd::Constant(1, rho_hat), aligned_weights(1, 1, 0.3, 0.2)};
    const auto end = follow({Activation::relu, false, 1.0, 0.0, 0.0}, modes, rho_hat, {0.0, 100.0}, 1).back();
    EXPECT_NEAR(end.pmse, 0.25 * rho_hat, 1e-9);
  }
}

}  // namespace
}  // namespace aesweep
