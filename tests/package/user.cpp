#include <cstdio>

#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/outcome/judge.hpp"

// Linear network, one unit, one component: learns it to the PCA error, which is 0 here.
int main() {
  const aesweep::LearningRule rule{aesweep::Activation::linear};
  const Eigen::VectorXd rho_hat = Eigen::VectorXd::Constant(1, 1.0);
  const aesweep::Modes modes{rho_hat, {aesweep::RowMatrix::Constant(1, 1, 0.1), aesweep::RowMatrix::Constant(1, 1, 0.1), Eigen::VectorXd::Zero(1)}};
  const auto judge = aesweep::population_judge(rule.activation, 1, rho_hat, 1.0, 0.0);
  double error = 1.0;
  aesweep::integrate_flow(rule, modes, {0.0, 50.0}, {}, [&](std::size_t, const aesweep::Weights& weights) {
    error = judge->measure(weights, {});
    return true;
  }, [] {});
  std::printf("error %g\n", error);
  return error < 1e-6 ? 0 : 1;
}
