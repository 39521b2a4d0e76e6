#include <gtest/gtest.h>

#include <cmath>

#include "flow_runs.hpp"

namespace aesweep {
namespace {

TEST(Denoising, A) {
  for (auto activation : {Activation::linear, Activation::erf})
  for (const double rho_hat : {1.0, 2.0})
    for (const double noise : {0.2, 1.0}) {
      const Modes modes{Eigen::VectorXd::Constant(1, rho_hat), aligned_weights(1, 1, 0.5, 0.5)};
      for (double T : {1e3, 2e4}) {
      const auto end = follow({activation, false, 1.0, 0.0, noise}, modes, rho_hat, {0.0, T}, 1).back();
      const auto clean = population_judge(activation, 1, modes.rho_hat, rho_hat, 0.0);
      std::vector<double> c(1);
      clean->measure(end.weights, c);
      const double s = noise / (rho_hat + noise);
      const double power = 0.0709455 * rho_hat * std::pow(T, -2. / 3);
      printf("%d %g %g T %g: d pmse %.3e noisy %.3e clean %.3e   ref %.3e\n", int(activation), rho_hat, noise, T, end.pmse - .5 * rho_hat * s, end.explained[0] - (1 - s), c[0] - (1 - s * s), power);
      }
    }
}

}  // namespace
}  // namespace aesweep
