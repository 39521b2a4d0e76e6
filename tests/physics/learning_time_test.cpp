// When linear components are learnt: equations.md §5, "Learning times".
#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>

#include "aesweep/data/start.hpp"
#include "aesweep/outcome/verdict.hpp"
#include "flow_runs.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

// t_m = ln[4(√2−1)/s_m²]/(2ηρ̂_m) for R² = ½, from W_0 small and V̂_0 = 0; s_m: m-th diagonal element of the QR factor of W_0's columns, the part of
// component m's code that the components before it do not use. Corrections vanish with W_0's size ε: while one component is learnt the next has grown
// to ε^{1−ρ̂'/ρ̂} = ε^{1/2} here, which enters squared, so a relative ε times an O(1) number of the draw. Tolerance 0.5ε, and 1e-6 for the
// interpolation.
TEST(LearningTimes, FollowTheDiagonalOfTheQrFactor) {
  const Eigen::Vector4d rho_hat(4.0, 2.0, 1.0, 0.05);
  constexpr Eigen::Index K = 3;
  constexpr double eta = 2.0;
  for (const double size : {1e-3, 1e-6}) {
    for (const unsigned seed : {1U, 2U, 3U}) {
      Weights start = testing::random_weights(K, 4, size, seed);
      start.decoder.setZero();
      start.bias.setZero();
      const Eigen::MatrixXd R = Eigen::HouseholderQR<Eigen::MatrixXd>(start.encoder.leftCols(K)).matrixQR();
      std::vector<double> expected, times{0.0};
      for (Eigen::Index m = 0; m < K; ++m) {
        expected.push_back(std::log(4.0 * (std::sqrt(2.0) - 1.0) / (R(m, m) * R(m, m))) / (2.0 * eta * rho_hat[m]));
      }
      while (times.back() < 1.2 * expected.back()) times.push_back(times.back() + 1e-3);   // linear interpolation is good to 1e-6
      const auto run = follow({Activation::linear, false, eta, 0.0, 0.0}, {rho_hat, start}, rho_hat.sum(), times, K);
      Trajectory trajectory(times, K);
      for (std::size_t i = 0; i < run.size(); ++i) trajectory.record(i, run[i].pmse, run[i].explained, 0.5 * rho_hat.sum());
      const auto verdict = judge(trajectory, trajectory.pmse().back(), {0.5 * rho_hat.sum(), 0.025, {1.0, 1.0, 1.0}}, {0.5, 0.1});
      for (std::size_t m = 0; m < K; ++m) {
        EXPECT_NEAR(verdict.learning_time[m] / expected[m], 1.0, 0.5 * size + 1e-6) << "component " << m << ", size " << size << ", seed " << seed;
      }
    }
  }
}

/// First crossing of R² = ½ by component 0 at dimension D, entries of w and v of width 0.1.
double first_time(Eigen::Index D, std::uint32_t replica) {
  const auto spectrum = spiked_spectrum(std::vector<double>{2.0, 1.0}, 1.0, D);
  const auto modes = compress(spectrum, weights_from(random_start(2, D, 0.1, 0.1, 0.0, RandomStream(9, replica))), 2);
  std::vector<double> times{0.0};
  while (times.back() < 6.0) times.push_back(times.back() + 1e-2);
  const auto run = follow({Activation::linear}, modes, spectrum.total(), times, 1);
  for (std::size_t i = 0; i < run.size(); ++i)
    if (run[i].explained[0] >= 0.5) return times[i];
  return times.back();
}

// At a fixed width of the start's entries the spikes' entries of W do not fall with D, and so there is no law in log D: the same entries (a stream's
// rows begin alike at all D) at a hundred times D take the same time up to the bulk's 1/√D, instead of ln(100)/(4ρ̂_1) = 0.58 more.
TEST(LearningTimes, DoNotGrowWithTheDimension) {
  for (std::uint32_t replica = 0; replica < 4; ++replica) EXPECT_NEAR(first_time(40'000, replica), first_time(400, replica), 0.12) << replica;
}

}  // namespace
}  // namespace aesweep
