// What SGD's noise costs at the optimum: equations.md §5, "SGD's noise floor".
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/sgd/simulate.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

// Linear, K = 2 ≤ M = 3, started at the optimum W_k = α e_k, V̂_k = e_k/α: pmse − PCA_K = PCA_K η tr Q/(2D). The decoder's coordinates outside the
// first K components fluctuate as an Ornstein–Uhlenbeck process of rate ηQ_kk ≥ 1, so from ηt = 8 on (e^{-16}) the error is averaged over times and
// replicas. Tolerance: five standard errors of the replicas' mean, plus the next order, η tr Q/D relative (tr Q as measured: the scales drift a
// little).
TEST(NoiseFloor, IsTheLearningRateTimesTheCodesVarianceOverTwiceTheDimension) {
  const std::vector<double> spikes{2.0, 1.0, 0.5};
  constexpr Eigen::Index D = 400, K = 2;
  constexpr std::uint64_t seed = 8;
  constexpr std::uint32_t replicas = 150;
  const auto spectrum = spiked_spectrum(spikes, 1.0, D);
  const auto inputs = spiked_inputs(spikes, 1.0, D);
  const auto rho_hat = spectrum.rho_hat();
  const auto judge = population_judge(Activation::linear, K, rho_hat, spectrum.total(), 0.0);
  const double pca = pca_error(spectrum, K);
  struct Case { double eta, scale; };
  for (const auto& [eta, scale] : {Case{1.0, 1.0}, {4.0, 1.0}, {1.0, 2.0}}) {
    std::vector<double> times{0.0};
    for (int i = 0; i <= 16; ++i) times.push_back((8.0 + 0.5 * i) / eta);
    double sum = 0.0, squares = 0.0, trace = 0.0;
    for (std::uint32_t replica = 0; replica < replicas; ++replica) {
      VectorSgd sgd({Activation::linear, false, eta, 0.0, 0.0}, aligned_weights(K, D, scale, 1.0 / scale), *inputs, RandomStream(seed, replica));
      double floor = 0.0;   // mean over the times
      simulate(sgd, times, [&](std::size_t i, const Weights& weights) {
        if (i == 0) return true;
        floor += (judge->measure(weights, {}) - pca) / static_cast<double>(times.size() - 1);
        trace += (weights.encoder * rho_hat.asDiagonal() * weights.encoder.transpose()).trace() / static_cast<double>(replicas * (times.size() - 1));
        return true;
      }, [] {});
      sum += floor;
      squares += floor * floor;
    }
    const double mean = sum / replicas, error = std::sqrt((squares / replicas - mean * mean) / (replicas - 1));
    const double expected = pca * eta * trace / (2.0 * static_cast<double>(D)), next_order = eta * trace / static_cast<double>(D);
    EXPECT_LT(5.0 * error, 0.05 * expected) << "too few replicas to tell";
    EXPECT_NEAR(mean, expected, 5.0 * error + next_order * expected) << "seed " << seed << ", eta = " << eta << ", scale = " << scale;
  }
}

}  // namespace
}  // namespace aesweep
