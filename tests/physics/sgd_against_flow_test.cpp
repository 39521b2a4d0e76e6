// SGD in D dimensions against its flow: equations.md §2, "Finite-D SGD fluctuates about the flow by O(√(η/D)) and is biased by O(η/D)".
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "aesweep/data/start.hpp"
#include "aesweep/sgd/simulate.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

constexpr std::uint64_t kSeed = 20;

struct Comparison {
  Activation activation;
  std::vector<double> spikes;
  double width;                              // encoder_std and decoder_std of the starts
  double eta, time;                          // the difference is taken at t = time
  std::array<std::uint32_t, 3> replicas;     // at D = 100, 400, 1600
};

/// Mean, standard deviation and their standard errors of pmse_sgd − pmse_flow over replicas, each of which has a start of its own that
/// both engines share.
struct Difference {
  double mean, mean_error, spread, spread_error;
};

Difference difference(const Comparison& comparison, Eigen::Index D, std::uint32_t replicas) {
  const auto K = static_cast<Eigen::Index>(comparison.spikes.size());
  const LearningRule rule{comparison.activation, false, comparison.eta, 0.0, 0.0};
  const auto spectrum = spiked_spectrum(comparison.spikes, 1.0, D);
  const auto inputs = spiked_inputs(comparison.spikes, 1.0, D);
  const auto judge = population_judge(comparison.activation, K, spectrum.rho_hat(), spectrum.total(), 0.0);
  Eigen::ArrayXd values(replicas);
  for (std::uint32_t replica = 0; replica < replicas; ++replica) {
    // One key for the starts of all D: a row's leading entries, and so the spikes', are then the same at each D. The inputs are independent.
    const auto start = weights_from(random_start(K, D, comparison.width, comparison.width, 0.0, RandomStream(kSeed, replica)));
    const double theory = follow(rule, compress(spectrum, start, 0), spectrum.total(), {0.0, comparison.time}, 0, {1e-8, 1e-10}).back().pmse;
    VectorSgd sgd(rule, start, *inputs, RandomStream(kSeed + static_cast<std::uint64_t>(D), replica));
    simulate(sgd, {0.0, comparison.time}, [](std::size_t, const Weights&) { return true; }, [] {});
    values[replica] = judge->measure(sgd.weights(), {}) - theory;
  }
  const double n = replicas, mean = values.mean();
  const Eigen::ArrayXd squares = (values - mean).square();
  const double variance = squares.sum() / (n - 1.0), kurtosis = squares.square().mean() / (variance * variance);
  return {mean, std::sqrt(variance / n), std::sqrt(variance), std::sqrt(variance * (kurtosis - 1.0) / (4.0 * n))};
}

/// Exponent p of values ∝ D^p with its standard error, by least squares of the logarithms, weighted by their relative errors.
struct Exponent {
  double value, error;
};
Exponent fit(const std::array<double, 3>& dimensions, const std::array<double, 3>& values, const std::array<double, 3>& errors) {
  double w = 0.0, wx = 0.0, wy = 0.0, wxx = 0.0, wxy = 0.0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double x = std::log(dimensions[i]), y = std::log(values[i]), weight = std::pow(values[i] / errors[i], 2);
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wxx += weight * x * x;
    wxy += weight * x * y;
  }
  const double determinant = w * wxx - wx * wx;
  return {(w * wxy - wx * wy) / determinant, std::sqrt(w / determinant)};
}

struct Exponents {
  Exponent mean, spread;
};
Exponents exponents(const Comparison& comparison) {
  constexpr std::array<double, 3> dimensions{100.0, 400.0, 1600.0};
  std::array<double, 3> means{}, mean_errors{}, spreads{}, spread_errors{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto found = difference(comparison, static_cast<Eigen::Index>(dimensions[i]), comparison.replicas[i]);
    means[i] = std::abs(found.mean);
    mean_errors[i] = found.mean_error;
    spreads[i] = found.spread;
    spread_errors[i] = found.spread_error;
    fmt::print("  D = {}: mean {:.3e} ± {:.1e}, standard deviation {:.3e} ± {:.1e} ({} replicas)\n", dimensions[i], found.mean, found.mean_error,
               found.spread, found.spread_error, comparison.replicas[i]);
  }
  return {fit(dimensions, means, mean_errors), fit(dimensions, spreads, spread_errors)};
}

// The spread in mid-descent. Tolerance: four of the fit's standard errors, plus 0.03 for the next order in η/D: at η = 4 the spread at D = 100 was
// measured 20 % below the law (linear; 10 % for erf), so that some 5 % are left at η = 1. The fit's own error must be so small that an exponent of
// −0.35 or −0.65 would fail.
TEST(SgdAgainstFlow, ReplicasSpreadAsTheInverseRootOfTheDimension) {
  for (const auto& comparison : {Comparison{Activation::erf, {2.0, 1.0}, 0.3, 1.0, 1.2, {2000, 1000, 350}},
                                 {Activation::linear, {2.0, 1.0}, 0.3, 1.0, 0.8, {2000, 1000, 350}}}) {
    const auto [value, error] = exponents(comparison).spread;
    fmt::print("{}: exponent of the spread {:.4f} ± {:.4f}, seed {}\n", name(comparison.activation), value, error, kSeed);
    EXPECT_LT(error, 0.03);
    EXPECT_NEAR(value, -0.5, 4.0 * error + 0.03);
  }
}

// The mean, late, where the flow is near its optimum and SGD on its noise floor: there the mean is many standard errors. Tolerance: four of the fit's
// standard errors, plus 0.04 for the next order in 1/D. It is measured, not derived: for linear units D × mean is about 12 % lower at D = 100 than at
// 1600, at η = 1 as at 2 (an exponent of −0.94); 5 % are the noise floor's own factor PCA_K tr Q, taken along the flow. The fit's own error
// must be so small that −0.5 or −1.5 would fail by far.
TEST(SgdAgainstFlow, TheMeanFallsAsTheInverseDimension) {
  for (const auto& comparison : {Comparison{Activation::erf, {2.0}, 0.5, 4.0, 3.0, {400, 200, 60}},
                                 {Activation::linear, {2.0, 1.0}, 0.3, 1.0, 12.0, {300, 100, 30}}}) {
    const auto [value, error] = exponents(comparison).mean;
    fmt::print("{}: exponent of the mean {:.4f} ± {:.4f}, seed {}\n", name(comparison.activation), value, error, kSeed);
    EXPECT_LT(error, 0.04);
    EXPECT_NEAR(value, -1.0, 4.0 * error + 0.04);
  }
}

}  // namespace
}  // namespace aesweep
