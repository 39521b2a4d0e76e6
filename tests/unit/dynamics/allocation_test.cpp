// The right-hand side must not allocate, for small and for wide networks.
#include <gtest/gtest.h>

#include "aesweep/dynamics/descent.hpp"
#include "aesweep/dynamics/exact.hpp"
#include "aesweep/dynamics/flow.hpp"
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

INSTANTIATE_TEST_SUITE_P(Sizes, NoAllocation, ::testing::Values(std::pair(1, 3), std::pair(3, 9), std::pair(64, 300), std::pair(64, 1024)));

}  // namespace
}  // namespace aesweep
