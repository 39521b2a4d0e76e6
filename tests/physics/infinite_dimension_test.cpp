// The spiked model at D = ∞   [equations.md §2, §5 "Frozen bulk"].
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/data/start.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

double error_after(const LearningRule& rule, const Modes& modes, double time, const Tolerance& tolerance = {1e-9, 1e-12}) {
  const auto judge = population_judge(rule.activation, modes.weights.hidden(), modes, rule.noise);
  double error = 0.0;
  integrate_flow(rule, modes, {0.0, time}, tolerance, [&](std::size_t, const Weights& weights) {
    error = judge->measure(weights, {});
    return true;
  }, [] {});
  return error;
}

/// Root mean square of pmse(D) − pmse(∞) over starts that share the spikes' weights.
double distance(const LearningRule& rule, const std::vector<double>& spikes, Eigen::Index D, const Latent& latent) {
  const Eigen::Index K = 2, M = static_cast<Eigen::Index>(spikes.size());
  const auto spectrum = spiked_spectrum(spikes, 1.0, D);
  double squares = 0.0;
  const int starts = 12;
  for (int r = 0; r < starts; ++r) {
    const RandomStream stream(5, static_cast<std::uint32_t>(r));
    const auto start = weights_from(random_start(K, D, 0.3, 0.3, 0.1, stream));
    auto leading = weights_from(random_start(K, M, 0.3, 0.0, 0.1, stream));
    const double finite = error_after(rule, compress(spectrum, start, M, latent_mixture(latent, spikes, 1.0 / static_cast<double>(D))), 3.0);
    squares += std::pow(finite - error_after(rule, infinite_modes(spikes, 1.0, leading, 0.3, 0.3, latent), 3.0), 2);
  }
  return std::sqrt(squares / starts);
}

// The bulk's overlaps self-average to 1/√D, so that a hundred times D gives a tenth of the distance. Twelve starts know the root mean square to about
// 1/√24 = 20 % each: a ratio of 10 with 30 %, three of which are allowed, e^{±0.9}.
TEST(InfiniteDimension, IsTheLimitOfRandomStarts) {
  for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
    for (const auto law : {LatentLaw::gaussian, LatentLaw::rademacher, LatentLaw::sparse}) {
      LearningRule rule{Activation::erf, true, 1.0, 0.02, 0.0};
      rule.kind = kind;
      const double near = distance(rule, {2.0, 1.0}, 500, {law}), far = distance(rule, {2.0, 1.0}, 50'000, {law});
      fmt::print("law {}: {:.2e} at D = 500, {:.2e} at 50 000, ratio {:.1f} (seed 5)\n", static_cast<int>(law), near, far, near / far);
      EXPECT_GT(near / far, 4.0);
      EXPECT_LT(near / far, 25.0);
    }
}

// An aligned start has nothing in the bulk: the spikes' σ²/D is all that is left, 1/D. The next order at D = 1000 is a few tenths of a per cent.
TEST(InfiniteDimension, IsTheLimitOfAlignedStartsAsTheInverseDimension) {
  const std::vector<double> spikes{2.0, 1.0};
  const LearningRule rule{Activation::erf};
  const double limit = error_after(rule, infinite_modes(spikes, 1.0, aligned_weights(2, 2, 0.3, 0.1), 0.0, 0.0), 4.0, kTight);
  const auto finite = [&](Eigen::Index D) {
    return error_after(rule, compress(spiked_spectrum(spikes, 1.0, D), aligned_weights(2, D, 0.3, 0.1), 2), 4.0, kTight);
  };
  const double near = finite(1000) - limit, far = finite(10'000) - limit;
  EXPECT_GT(std::abs(far), 1e-7);
  EXPECT_NEAR(near / far, 10.0, 0.1);
}

/// K = 1, erf, ρ̂ = 1 and a frozen bulk of variance q_b; excess at the given time.
double excess_with_frozen_bulk(double q_b, double decay, double time) {
  LearningRule rule{Activation::erf};
  rule.weight_decay = decay;
  const auto modes = infinite_modes(std::vector{1.0}, 1.0, aligned_weights(1, 1, 1.0, 1.0), std::sqrt(q_b), 0.0);
  return 2.0 * (error_after(rule, modes, time) - 0.5);   // PCA leaves ½σ² = ½; chance is ½ above
}

// Five digits are given. The approach is exponential at a rate of order q_b^{2/3} or faster: t = 10^5 leaves nothing.
TEST(InfiniteDimension, TheFrozenBulkEndsThePowerLaw) {
  EXPECT_NEAR(excess_with_frozen_bulk(1e-4, 0.0, 1e5), .0021406, 6e-8);
  EXPECT_NEAR(excess_with_frozen_bulk(1e-3, 0.0, 1e5), .0094003, 6e-8);
  EXPECT_NEAR(excess_with_frozen_bulk(1e-2, 0.0, 1e5), .0383571, 6e-8);
}

// The document's row of κ at t = 200, q_b = .01: three digits.
TEST(InfiniteDimension, ALittleDecayHelpsAgainstTheFrozenBulk) {
  const std::vector<std::pair<double, double>> row{{0.0, .038}, {.001, .031}, {.003, .022}, {.01, .021}, {.03, .040}, {.1, .098}};
  for (const auto& [decay, excess] : row) EXPECT_NEAR(excess_with_frozen_bulk(.01, decay, 200.0), excess, 6e-4) << "κ = " << decay;
}

// What the power law stops at is the least of 1 − (q − q_b)/((1+q) asin(q/(1+q))) over q, the error of the best decoder at each code; the numbers
// above are its minima, and ½(3q_b)^{2/3} is its leading order: the next is q_b^{1/3} relative, 0.4 % at 1e-8.
TEST(InfiniteDimension, TheFrozenExcessIsTheLeastOverCodes) {
  const auto least = [](double q_b) {
    double best = 1.0;
    for (double q = 1.001 * q_b; q < 10.0; q *= 1.0002) best = std::min(best, 1.0 - (q - q_b) / ((1.0 + q) * std::asin(q / (1.0 + q))));
    return best;
  };
  EXPECT_NEAR(least(1e-4), .0021406, 5e-8);
  EXPECT_NEAR(least(1e-3), .0094003, 5e-8);
  EXPECT_NEAR(least(1e-2), .0383571, 5e-8);
  EXPECT_NEAR(least(1e-8) / (0.5 * std::pow(3e-8, 2.0 / 3.0)), 1.0, 3e-3);
}

/// The same network at finite D, the bulk's encoder random, at t = `share` D.
double excess_at(double q_b, Eigen::Index D, double share) {
  const std::vector<double> spikes{1.0};
  const auto spectrum = spiked_spectrum(spikes, 1.0, D);
  auto start = weights_from(random_start(1, D, std::sqrt(q_b), 0.0, 0.0, RandomStream(6, 0)));
  start.encoder.row(0).tail(D - 1) *= std::sqrt(q_b * static_cast<double>(D)) / start.encoder.row(0).tail(D - 1).norm();
  start.encoder(0, 0) = start.decoder(0, 0) = 1.0;
  const double error = error_after({Activation::erf}, compress(spectrum, start, 1), share * static_cast<double>(D));
  return (error - pca_error(spectrum, 1)) / (chance_error(spectrum) - pca_error(spectrum, 1));
}

// At finite D the bulk is frozen until t ~ D. At q_b = .01 and t = 0.003 D the excess is that of D = ∞ at the same time, up to the share of the bulk
// that has moved (q_b falls at up to ten times 1/D: 3 %); in t ~ D it falls to a small part of it, along a function of t/D, from which two D differ
// by what is left of the way to the plateau.
TEST(InfiniteDimension, AtFiniteDimensionTheBulkIsFrozenUntilTimesOfOrderD) {
  for (const Eigen::Index D : {10'000, 40'000}) {
    const double early = excess_at(0.01, D, 0.003), late = excess_at(0.01, D, 1.0);
    const double frozen = excess_with_frozen_bulk(0.01, 0.0, 0.003 * static_cast<double>(D));
    fmt::print("D = {}: excess {:.5f} at t/D = 0.003, {:.5f} frozen; {:.5f} at t/D = 1\n", D, early, frozen, late);
    EXPECT_NEAR(early / frozen, 1.0, 0.03);
    EXPECT_LT(late, 0.1 * frozen);
  }
  EXPECT_NEAR(excess_at(0.01, 10'000, 0.1) / excess_at(0.01, 40'000, 0.1), 1.0, 0.02);
}

}  // namespace
}  // namespace aesweep
