// Flows whose fastest rate is far above what they still do: dopri5 would spend its steps on stability, the Chebyshev method takes over.
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/dynamics/exact.hpp"
#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/outcome/judge.hpp"

namespace aesweep {
namespace {

Modes aligned(const Eigen::VectorXd& rho_hat, double encoder_scale, double decoder_scale) {
  const auto n = rho_hat.size();
  return {rho_hat, {encoder_scale * RowMatrix::Identity(n, n), decoder_scale * RowMatrix::Identity(n, n), Eigen::VectorXd::Zero(n)}};
}

// Linear modes with rates 200, 2 and 0.02, tied down at 1 while the slow one still grows: dopri5 alone would need 6·200·2000/3.3 = 7·10^5 evaluations.
// The integrator's error per step is 1e-8; it is the closed form's to 1e-6 in the weights.
TEST(StiffFlow, FollowsTheClosedForm) {
  Eigen::VectorXd rho_hat(3);
  rho_hat << 100.0, 1.0, 0.01;
  LearningRule rule{Activation::linear};
  rule.noise = 0.005;
  const auto modes = aligned(rho_hat, 0.3, 0.2);
  const std::vector<double> times{0.0, 0.1, 3.0, 40.0, 300.0, 777.0, 2000.0};
  ExactModes exact(rule, modes);
  const auto evaluations = integrate_flow(rule, modes, times, {}, [&](std::size_t i, const Weights& weights) {
    const Weights& expected = exact.at(times[i]);
    EXPECT_LT((weights.encoder - expected.encoder).cwiseAbs().maxCoeff(), 1e-6) << "t = " << times[i];
    EXPECT_LT((weights.decoder - expected.decoder).cwiseAbs().maxCoeff(), 1e-6) << "t = " << times[i];
    return true;
  }, [] {});
  EXPECT_LT(evaluations, 100'000U);
}

// Erf units from an aligned start: the largest rate grows as t^{1/3} while the weights move as t^{±1/6}; to t = 10^6 dopri5 would need some 10^9 evaluations
// at K = 3. The law pmse = 0.0709380 ρ̂ (ηt)^{-2/3} (see long_time_test) holds for each component by itself.
TEST(StiffFlow, ReachesAMillionUnitsOfTime) {
  Eigen::VectorXd rho_hat(3);
  rho_hat << 2.0, 1.0, 0.5;
  const auto modes = aligned(rho_hat, 1.0, 1.0);
  const auto judge = population_judge(Activation::erf, 3, modes, 0.0);
  double last = 0.0;
  const auto evaluations = integrate_flow({}, modes, {0.0, 1e6}, {}, [&](std::size_t, const Weights& weights) {
    last = judge->measure(weights, {});
    return true;
  }, [] {});
  EXPECT_LT(evaluations, 4'000'000U) << "measured 1.9 million";
  EXPECT_NEAR(last / (0.0709380 * 3.5 * 1e-4), 1.0, 1e-3) << "0.0709380 ρ̂ (ηt)^{-2/3}, summed; the flow is above it by 4e-4 at ρ̂ = η = 1";
}

// A tighter tolerance means a smaller error. Errors at t = 10^4 against 1e-12 a step.
TEST(StiffFlow, ErrorFollowsTheTolerance) {
  const auto modes = aligned(Eigen::VectorXd::Ones(1), 1.0, 1.0);
  const auto end = [&](double tolerance) {
    double decoder = 0.0;
    integrate_flow({}, modes, {0.0, 1e4}, {tolerance, 0.01 * tolerance}, [&](std::size_t, const Weights& weights) {
      decoder = weights.decoder(0, 0);
      return true;
    }, [] {});
    return decoder;
  };
  const double reference = end(1e-12), coarse = std::abs(end(1e-6) - reference), fine = std::abs(end(1e-9) - reference);
  EXPECT_LT(coarse, 1e-4);
  EXPECT_LT(fine, 0.05 * coarse) << "third-order local error: a factor 1000^{2/3} = 100 is expected";
}

}  // namespace
}  // namespace aesweep
