// What is reached with input noise: equations.md §5, "Denoising", and E_K of §4.
#include <gtest/gtest.h>

#include <cmath>

#include "flow_runs.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

struct Limits {
  double error, seen, clean;   // pmse and R² with the noise, R² without it
};

Limits at_time(Activation activation, double rho_hat, double noise, double t) {
  const Modes modes{Eigen::VectorXd::Constant(1, rho_hat), aligned_weights(1, 1, 0.5, 0.5)};
  const auto end = follow({activation, false, 1.0, 0.0, noise}, modes, rho_hat, {0.0, t}, 1).back();
  std::vector<double> clean(1);
  population_judge(activation, 1, modes.rho_hat, rho_hat, 0.0)->measure(end.weights, clean);
  return {end.pmse, end.explained[0], clean[0]};
}

struct Case {
  double rho_hat, noise;
};
constexpr Case kCases[]{{1.0, 0.2}, {1.0, 1.0}, {2.0, 0.2}, {2.0, 1.0}};

// pmse → ½ρ̂ŝ²/(ρ̂+ŝ²), R² → ρ̂/(ρ̂+ŝ²) with the noise and 1 − (ŝ²/(ρ̂+ŝ²))² without. Linear units get there exponentially; the integrator leaves
// 1e-11.
TEST(Denoising, LinearUnitsReachTheBestLinearMap) {
  for (const auto& [rho_hat, noise] : kCases) {
    const double share = noise / (rho_hat + noise);
    const auto found = at_time(Activation::linear, rho_hat, noise, 300.0);
    EXPECT_NEAR(found.error, 0.5 * rho_hat * share, 1e-9);
    EXPECT_NEAR(found.seen, 1.0 - share, 1e-9);
    EXPECT_NEAR(found.clean, 1.0 - share * share, 1e-9);
  }
}

// Erf units get to the same limits as slowly as without noise: what is left of the error is at most 0.0709455 ρ̂ (ηt)^{-2/3} (noise takes a part of
// the variance and so of the saturation), which is 2/ρ̂ times as much in R². The clean map is off its optimum, so its R² feels q ~ (ηt)^{-1/3}
// itself; measured 0.11 (ηt)^{-1/3} at most.
TEST(Denoising, ErfUnitsReachTheBestLinearMap) {
  for (const auto& [rho_hat, noise] : kCases) {
    const double share = noise / (rho_hat + noise);
    for (const double t : {1e3, 2e4}) {
      SCOPED_TRACE(::testing::Message() << "rho = " << rho_hat << ", noise = " << noise << ", t = " << t);
      const auto found = at_time(Activation::erf, rho_hat, noise, t);
      const double slow = 0.0709455 * rho_hat * std::pow(t, -2.0 / 3.0);
      EXPECT_GT(found.error, 0.5 * rho_hat * share);
      EXPECT_LT(found.error, 0.5 * rho_hat * share + slow);
      EXPECT_NEAR(found.seen, 1.0 - share, 2.0 * slow / rho_hat);
      EXPECT_NEAR(found.clean, 1.0 - share * share, 0.15 * std::cbrt(1.0 / t));
    }
  }
}

// Several components from a random start: E_K of §4, with each component's own share. Linear: exponentially, at the slowest rate 2ρ̂_2 − 2ρ̂_3 = 0.6.
TEST(Denoising, LinearNetworksReachTheBestErrorOfSeveralComponents) {
  const Spectrum spectrum({{2.0, 1}, {1.0, 1}, {0.4, 1}, {0.1, 4}});
  for (const double noise : {0.1, 0.7}) {
    Modes modes{spectrum.rho_hat(), testing::random_weights(2, 7, 0.3, 14)};
    modes.weights.bias.setZero();
    const auto end = follow({Activation::linear, false, 1.0, 0.0, noise}, modes, spectrum.total(), {0.0, 300.0}, 3).back();
    EXPECT_NEAR(end.pmse, denoising_error(spectrum, 2, noise), 1e-9);
    for (const Eigen::Index m : {0, 1}) EXPECT_NEAR(end.explained[static_cast<std::size_t>(m)], spectrum[m] / (spectrum[m] + noise), 1e-9);
    EXPECT_NEAR(end.explained[2], 0.0, 1e-9);
  }
}

}  // namespace
}  // namespace aesweep
