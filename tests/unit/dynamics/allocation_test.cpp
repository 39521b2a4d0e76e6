// The right-hand side must not allocate, for small and for wide networks.
#include <gtest/gtest.h>

#include "aesweep/dynamics/descent.hpp"
#include "aesweep/dynamics/exact.hpp"
#include "aesweep/dynamics/flow.hpp"
#include "aesweep/outcome/judge.hpp"
#include "allocations.hpp"

namespace aesweep {
namespace {

class NoAllocation : public ::testing::TestWithParam<std::pair<int, int>> {};

TEST_P(NoAllocation, InTheRightHandSide) {
  const auto [K, n] = GetParam();
  for (const auto activation : all_activations()) {
    const Weights weights{0.1 * RowMatrix::Random(K, n), 0.1 * RowMatrix::Random(K, n), Eigen::VectorXd::Constant(K, 0.1)};
    Flow flow({activation, true, 1.0, 0.1, 0.1}, K, Eigen::VectorXd::LinSpaced(n, 1.0, 0.1));
    const auto state = pack(weights);
    FlowState derivative(state.size());
    flow(state, derivative, 0.0);
    const auto before = testing::allocations.load();
    flow(state, derivative, 0.0);
    EXPECT_EQ(testing::allocations, before) << name(activation);
  }
}

TEST_P(NoAllocation, InClosedForms) {
  const auto [K, n] = GetParam();
  LearningRule rule;
  rule.activation = Activation::linear;
  ExactModes exact(rule, {Eigen::VectorXd::LinSpaced(n, 1.0, 0.1), {0.1 * RowMatrix::Identity(K, n), 0.2 * RowMatrix::Identity(K, n),
                                                                     Eigen::VectorXd::Zero(K)}});
  const auto before = testing::allocations.load();
  exact.at(2.0);
  EXPECT_EQ(testing::allocations, before);
}

TEST_P(NoAllocation, InAStepOfDescent) {
  const auto [K, n] = GetParam();
  const Weights weights{0.1 * RowMatrix::Random(K, n), 0.1 * RowMatrix::Random(K, n), Eigen::VectorXd::Zero(K)};
  const Modes modes{Eigen::VectorXd::LinSpaced(n, 1.0, 0.1), weights};
  std::size_t at_start = 0, at_end = 0;
  descend({}, modes, {0.0, 3.0}, [&](std::size_t i, const Weights&) {
    (i == 0 ? at_start : at_end) = testing::allocations.load();
    return true;
  }, [] {});
  EXPECT_EQ(at_end, at_start);
}

TEST_P(NoAllocation, InTheRightHandSideOverNodes) {
  const auto [K, n] = GetParam();
  const std::vector<double> spikes{1.0, 0.5, 0.3};
  const Eigen::VectorXd rho_hat = Eigen::VectorXd::LinSpaced(n, 1.0, 0.1);
  const Weights weights{0.1 * RowMatrix::Random(K, n), 0.1 * RowMatrix::Random(K, n), Eigen::VectorXd::Constant(K, 0.1)};
  const auto sample = std::make_shared<GaussianMixture>(
      GaussianMixture{Eigen::VectorXd::Constant(100, 0.01), Eigen::MatrixXd::Random(n, 100), Eigen::VectorXd::Zero(n)});
  for (const auto& mixture : {latent_mixture({LatentLaw::rademacher}, spikes, 0.0), latent_mixture({LatentLaw::sparse}, spikes, 0.0),
                              std::shared_ptr<const GaussianMixture>(sample)}) {
    const Population population(rho_hat, rho_hat.sum(), 0, mixture);
    Flow flow({Activation::erf, true, 1.0, 0.1, 0.0}, K, population);
    const auto judge = population_judge(Activation::erf, K, population, 0.0);
    const auto state = pack(weights);
    FlowState derivative(state.size());
    std::vector<double> explained(3);
    flow(state, derivative, 0.0);
    const auto before = testing::allocations.load();
    flow(state, derivative, 0.0);
    judge->measure(weights, explained);
    EXPECT_EQ(testing::allocations, before);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, NoAllocation, ::testing::Values(std::pair(1, 3), std::pair(3, 9), std::pair(64, 300), std::pair(64, 1024)));

}  // namespace
}  // namespace aesweep
