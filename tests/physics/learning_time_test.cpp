// When linear components are learnt: equations.md §5, "Learning times".
#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>

#include "aesweep/outcome/verdict.hpp"
#include "flow_runs.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

// t_m = ln[4(√2−1)/s_m²]/(2ηρ̂_m) for R² = ½, from W_0 small and V̂_0 = 0; s_m: m-th diagonal element of the QR factor of W_0's columns, the part of component m's
// code that the components before it do not use. Corrections vanish with W_0: components do not wait for each other completely, which costs a power of W_0's
// size. Tolerance: at size 1e-6 the measured deviations are below 1e-5, at 1e-3 below 1e-2.
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
      const auto verdict = judge(trajectory, {0.5 * rho_hat.sum(), 0.025, {1.0, 1.0, 1.0}}, {0.5, 0.1});
      for (std::size_t m = 0; m < K; ++m) {
        printf("size %g seed %u m %zu  %.7f %.7f  dev %.2e\n", size, seed, m, verdict.learning_time[m], expected[m], verdict.learning_time[m]/expected[m]-1);
      }
    }
  }
}

}  // namespace
}  // namespace aesweep
