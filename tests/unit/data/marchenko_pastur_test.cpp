#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "aesweep/data/inputs.hpp"
#include "aesweep/data/spectrum.hpp"
#include "helpers.hpp"

namespace aesweep {
namespace {

using testing::message_of;

double square(double x) { return x * x; }

/// Density of the continuous part over its mass, variance 1.
double density(double x, double q) {
  const double a = square(1 - std::sqrt(q)), b = square(1 + std::sqrt(q));
  return std::sqrt((b - x) * (x - a)) / (2 * std::numbers::pi * q * x) / std::min(1.0, 1 / q);
}

// Between neighbouring quantiles lies the mass 1/n, by Simpson's rule on the density itself. Its error falls as the fourth power of the 40
// intervals; the outermost 5 quantiles at each edge, where the density is a square root, are left out.
TEST(MarchenkoPastur, QuantilesShareTheMassEqually) {
  for (const double ratio : {0.01, 0.5, 1.0, 2.0, 20.0}) {
    const Eigen::Index D = 2000, P = static_cast<Eigen::Index>(static_cast<double>(D) / ratio);
    const double q = static_cast<double>(D) / static_cast<double>(P);
    const Eigen::VectorXd x = static_cast<double>(D) * marchenko_pastur_spectrum({}, 1.0, D, P).rho_hat();
    const Eigen::Index n = std::min(D, P);
    for (Eigen::Index i = 5; i + 6 < n; ++i) {
      const double h = (x[i] - x[i + 1]) / 40;
      double mass = density(x[i], q) + density(x[i + 1], q);
      for (int k = 1; k < 40; ++k) mass += (k % 2 == 1 ? 4 : 2) * density(x[i + 1] + k * h, q);
      ASSERT_NEAR(mass * h / 3 * static_cast<double>(n), 1.0, 1e-6) << "q = " << q << ", i = " << i;
    }
  }
}

// Mean 1 and second moment 1 + q over all D modes, zeros included. Near a soft edge a quantile goes as mass^(2/3), so that n midpoints miss the
// moments by some n^(-5/3) = 3e-6, times the law's extent to the power of the moment.
TEST(MarchenkoPastur, MomentsAndEdges) {
  for (const double ratio : {1e-6, 0.01, 0.5, 1.0, 2.0, 20.0}) {
    const Eigen::Index D = 2000, P = static_cast<Eigen::Index>(std::llround(static_cast<double>(D) / ratio));
    const Eigen::VectorXd x = static_cast<double>(D) * marchenko_pastur_spectrum({}, 1.0, D, P).rho_hat();
    const Eigen::Index n = std::min(D, P);
    const double error = 3 * std::pow(static_cast<double>(n), -5.0 / 3.0), low = square(1 - std::sqrt(ratio)), high = square(1 + std::sqrt(ratio));
    EXPECT_NEAR(x.mean(), 1.0, error * high) << ratio;
    EXPECT_NEAR(x.squaredNorm() / static_cast<double>(D), 1.0 + ratio, error * high * high) << ratio;
    EXPECT_LT(x[0], high * (1 + 1e-14)) << ratio;
    EXPECT_GT(x[n - 1], low * (1 - 1e-14)) << ratio;
    EXPECT_LT(high - x[0], 10 * (high - low) * std::pow(static_cast<double>(n), -2.0 / 3.0)) << ratio;
    EXPECT_LT(x[n - 1] - low, 10 * (high - low) * std::pow(static_cast<double>(n), -2.0 / 3.0)) << ratio;
    for (Eigen::Index i = n; i < D; ++i) ASSERT_EQ(x[i], 0.0);
  }
}

// ρ(1 + qσ²/(ρ − σ²)) with D = 100, q = ½, σ² = 2: ρ − σ² = 100, 20 and 1; the threshold is σ²√q = 1.41.
TEST(MarchenkoPastur, SpikesStandOutOrAreAbsorbed) {
  const Spectrum spectrum = marchenko_pastur_spectrum(std::vector{0.01, 1.0, 0.2}, 2.0, 100, 200);
  EXPECT_EQ(spectrum.dimension(), 100);
  EXPECT_NEAR(spectrum[0], 1.02 * 1.01, 1e-15);
  EXPECT_NEAR(spectrum[1], 0.22 * 1.05, 1e-15);
  EXPECT_LT(spectrum[2], 0.02 * square(1 + std::sqrt(0.5)));
  // A spike at the threshold would stand at the edge, σ²(1 + √q)²: the two cases join there.
  const double threshold = 0.02 * std::sqrt(0.5);
  EXPECT_NEAR(marchenko_pastur_spectrum(std::vector{threshold * (1 + 1e-9)}, 2.0, 100, 200)[0], 0.02 * square(1 + std::sqrt(0.5)), 1e-15);
  EXPECT_EQ(marchenko_pastur_spectrum(std::vector{3.0, 1.0}, 0.0, 10, 5).blocks().size(), 3U);  // no bulk: nothing moves
  EXPECT_EQ(marchenko_pastur_spectrum(std::vector{3.0, 1.0}, 0.0, 10, 5)[1], 1.0);
}

// Many samples give the population's covariance back: the law's width is 4√q = 4e-4, a spike moves by qσ²/(ρ−σ²) = 1e-10.
TEST(MarchenkoPastur, ManySamplesGiveThePopulation) {
  const std::vector<double> spikes{1.0};
  const Eigen::VectorXd sample = marchenko_pastur_spectrum(spikes, 1.0, 100, 10'000'000'000).rho_hat();
  const Eigen::VectorXd population = spiked_spectrum(spikes, 1.0, 100).rho_hat();
  EXPECT_LT((sample - population).cwiseAbs().maxCoeff(), 0.01 * 2.01e-4);
}

/// Eigenvalues of the covariance of `samples` draws, descending.
Eigen::VectorXd sample_eigenvalues(const Spectrum& population, Eigen::Index samples, std::uint64_t seed) {
  const auto inputs = gaussian_inputs(population);
  Eigen::MatrixXd x(population.dimension(), samples);
  for (Eigen::Index i = 0; i < samples; ++i) {
    inputs->draw(RandomStream(seed, 0), static_cast<std::uint64_t>(i), {x.col(i).data(), static_cast<std::size_t>(x.rows())});
  }
  const Eigen::MatrixXd covariance = x * x.transpose() / static_cast<double>(samples);
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance, Eigen::EigenvaluesOnly).eigenvalues().reverse();
}

// A spike fluctuates by ρ̂√(2/P · (1 − q/(ℓ−1)²)), ℓ = ρ/σ² (Paul 2007, theorem 3), five of which are allowed. Inside the bulk the number of
// eigenvalues above a point fluctuates by about √(ln D)/π ≈ 1: eigenvalue i must lie between the quantiles i ± 6. At the edges there are no such
// neighbours; there the fluctuations are some 2 Tracy–Widom widths, five of which are allowed.
TEST(MarchenkoPastur, IsTheSpectrumOfASampleCovariance) {
  const std::vector<double> spikes{2.0, 0.1, 0.001};  // the last is absorbed
  const Eigen::Index D = 300;
  const double floor = 1.5 / static_cast<double>(D);
  const Spectrum population = spiked_spectrum(spikes, 1.5, D);
  for (const Eigen::Index P : {600, 150}) {
    for (const std::uint64_t seed : {1, 2, 3}) {
      SCOPED_TRACE(::testing::Message() << "P = " << P << ", seed " << seed);
      const auto p = static_cast<double>(P), d = static_cast<double>(D), q = d / p;
      const Eigen::VectorXd found = sample_eigenvalues(population, P, seed), expected = marchenko_pastur_spectrum(spikes, 1.5, D, P).rho_hat();
      for (Eigen::Index m = 0; m < 2; ++m) {
        const double excess = spikes[static_cast<std::size_t>(m)] / floor;
        EXPECT_NEAR(found[m], expected[m], 5 * (floor + spikes[static_cast<std::size_t>(m)]) * std::sqrt(2 / p * (1 - q / square(excess))));
      }
      const Eigen::Index last = std::min(D, P) - 1;
      const double up = 5 * floor * (std::sqrt(p) + std::sqrt(d)) * std::cbrt(1 / std::sqrt(p) + 1 / std::sqrt(d)) / p;
      const double down = 5 * floor * std::abs(std::sqrt(p) - std::sqrt(d)) * std::cbrt(std::abs(1 / std::sqrt(p) - 1 / std::sqrt(d))) / p;
      for (Eigen::Index i = 2; i <= last; ++i) {
        EXPECT_LT(found[i], i >= 8 ? expected[i - 6] : expected[2] + up) << i;
        EXPECT_GT(found[i], i + 6 <= last ? expected[i + 6] : expected[last] - down) << i;
      }
      for (Eigen::Index i = last + 1; i < D; ++i) EXPECT_NEAR(found[i], 0.0, 1e-13);  // D·ε·ρ̂_1
      // Normalisation: the traces agree to the M modes that the law of the bulk does not know of, up to the spikes' own fluctuation.
      EXPECT_NEAR(expected.sum(), population.total(), 3 * floor * (1 + q));
    }
  }
}

TEST(MarchenkoPastur, BadArguments) {
  const auto message = [](std::vector<double> spikes, double bulk, Eigen::Index dimension, Eigen::Index samples) {
    return message_of<std::invalid_argument>([&] { marchenko_pastur_spectrum(spikes, bulk, dimension, samples); });
  };
  EXPECT_EQ(message({1.0}, 1.0, 10, 0), "the number of samples must be >= 1, not 0");
  EXPECT_EQ(message({9.0, 9.0}, 1.0, 10, 1), "2 spikes stand out of the bulk, more than 1 samples can show");
  EXPECT_EQ(message({-1.0}, 1.0, 10, 10), "a spike must be finite and >= 0, not -1");
}

}  // namespace
}  // namespace aesweep
