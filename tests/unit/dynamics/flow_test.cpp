#include "aesweep/dynamics/flow.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/dynamics/modes.hpp"
#include "aesweep/outcome/judge.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

using testing::random_weights;

Eigen::VectorXd decaying_spectrum(Eigen::Index modes) {
  return Eigen::VectorXd::NullaryExpr(modes, [](Eigen::Index i) { return 2.0 / static_cast<double>(i + 1); });
}

struct RuleCase {
  LearningRule rule;
  const char* name;
};
const std::vector<RuleCase> kRules{{{Activation::linear, true, 0.7, 0.3, 0.2}, "linear"},
                                   {{Activation::erf, true, 1.3, 0.1, 0.0}, "erf"},
                                   {{Activation::erf, true, 1.0, 0.0, 0.4}, "erf, noise"},
                                   {{Activation::relu, true, 0.5, 0.2, 0.1}, "relu"}};

// θ̇ = −η ∇pmse − κθ (κ on the weights only): every component against a central difference of the error, so that any sign would show.
// Step 1e-5 and an error of order one: truncation and rounding both about 1e-10.
TEST(Flow, IsMinusTheGradientOfThePopulationError) {
  for (const auto& [rule, name] : kRules) {
    SCOPED_TRACE(name);
    const Eigen::Index K = 3, n = 5;
    const auto rho_hat = decaying_spectrum(n);
    auto weights = random_weights(K, n, 0.7, 11);
    const auto judge = population_judge(rule.activation, K, rho_hat, rho_hat.sum(), rule.noise);
    FlowState state = pack(weights), derivative(state.size());
    Flow(rule, K, rho_hat)(state, derivative, 0.0);
    for (std::size_t i = 0; i < state.size(); ++i) {
      const double h = 1e-5, x = state[i];
      const auto error_at = [&](double value) {
        state[i] = value;
        unpack(state, weights);
        return judge->measure(weights, {});
      };
      const double gradient = (error_at(x + h) - error_at(x - h)) / (2.0 * h);
      state[i] = x;
      const bool decays = i + K < state.size();
      EXPECT_NEAR(derivative[i], -rule.learning_rate * gradient - (decays ? rule.weight_decay * x : 0.0), 1e-8) << "component " << i;
    }
  }
}

TEST(Flow, LeavesAnUntrainedBiasAlone) {
  const auto weights = random_weights(2, 4, 0.5, 3);
  FlowState state = pack(weights), derivative(state.size(), 1.0);
  Flow({Activation::erf, false, 1.0, 0.1, 0.0}, 2, decaying_spectrum(4))(state, derivative, 0.0);
  EXPECT_EQ(derivative[state.size() - 2], 0.0);
  EXPECT_EQ(derivative[state.size() - 1], 0.0);
}

TEST(Flow, PacksAndUnpacks) {
  const auto weights = random_weights(3, 4, 1.0, 5);
  auto copy = random_weights(3, 4, 1.0, 6);
  unpack(pack(weights), copy);
  EXPECT_EQ(copy.encoder, weights.encoder);
  EXPECT_EQ(copy.decoder, weights.decoder);
  EXPECT_EQ(copy.bias, weights.bias);
}

TEST(Flow, ANonFiniteStateGivesNaN) {
  auto weights = random_weights(2, 3, 1.0, 5);
  weights.encoder(0, 0) = std::numeric_limits<double>::infinity();
  FlowState state = pack(weights), derivative(state.size());
  Flow({}, 2, decaying_spectrum(3))(state, derivative, 0.0);
  EXPECT_TRUE(std::isnan(derivative[0]));
}

std::vector<double> error_along(const LearningRule& rule, const Modes& modes, double total, const std::vector<double>& times, const Tolerance& tolerance) {
  const auto judge = population_judge(rule.activation, modes.weights.hidden(), modes.rho_hat, total, rule.noise);
  std::vector<double> errors;
  integrate_flow(rule, modes, times, tolerance, [&](std::size_t, const Weights& weights) {
    errors.push_back(judge->measure(weights, {}));
    return true;
  }, [] {});
  return errors;
}

TEST(Flow, TheErrorNeverIncreasesWithoutDecay) {
  const std::vector<double> times{0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0};
  for (const auto activation : all_activations()) {
    const auto rho_hat = decaying_spectrum(6);
    const auto errors = error_along({activation, true, 1.0, 0.0, 0.0}, {rho_hat, random_weights(3, 6, 0.4, 21)}, rho_hat.sum(), times, {});
    for (std::size_t i = 1; i < errors.size(); ++i) EXPECT_LE(errors[i], errors[i - 1] + 1e-9) << name(activation) << " at t = " << times[i];
  }
}

// η only rescales time: (η, κ, t) and (1, κ/η, ηt) are one flow   [equations.md §2]. Both runs are good to about 1e-8.
TEST(Flow, TheLearningRateRescalesTime) {
  const auto rho_hat = decaying_spectrum(4);
  const Modes modes{rho_hat, random_weights(2, 4, 0.5, 8)};
  const auto fast = error_along({Activation::erf, true, 4.0, 0.2, 0.1}, modes, rho_hat.sum(), {0.0, 0.5, 2.0}, {});
  const auto slow = error_along({Activation::erf, true, 1.0, 0.05, 0.1}, modes, rho_hat.sum(), {0.0, 2.0, 8.0}, {});
  for (std::size_t i = 0; i < fast.size(); ++i) EXPECT_NEAR(fast[i], slow[i], 1e-7);
}

// Tightening the tolerance by 10^4 must move the result by no more than the looser tolerance promises.
TEST(Flow, ErrorFollowsTheTolerance) {
  const auto rho_hat = decaying_spectrum(4);
  const Modes modes{rho_hat, random_weights(2, 4, 0.3, 9)};
  const std::vector<double> times{0.0, 1.0, 20.0};
  const LearningRule rule{Activation::erf, false, 1.0, 0.01, 0.0};
  const auto reference = error_along(rule, modes, rho_hat.sum(), times, {1e-12, 1e-14});
  const auto usual = error_along(rule, modes, rho_hat.sum(), times, {1e-8, 1e-10});
  const auto loose = error_along(rule, modes, rho_hat.sum(), times, {1e-4, 1e-6});
  EXPECT_NEAR(usual[2], reference[2], 1e-7);
  EXPECT_NEAR(loose[2], reference[2], 1e-3);
  EXPECT_GT(std::abs(loose[1] - reference[1]), std::abs(usual[1] - reference[1]));
}

// The bulk of a spiked model in one block: all modes and the compressed ones give the same error and leading explained variance.
// Tolerance: both integrations to 1e-10 per step.
TEST(Compress, IsExact) {
  const Eigen::Index D = 40, K = 2;
  const auto spectrum = spiked_spectrum(std::vector<double>{1.5, 0.7}, 2.0, D);
  const auto start = random_weights(K, D, 0.6, 31);
  const auto modes = compress(spectrum, start, 3);
  EXPECT_EQ(modes.rho_hat.size(), 2 + 1 + 2 * K);
  EXPECT_EQ(modes.weights.bias, start.bias);
  const std::vector<double> times{0.0, 0.5, 2.0, 8.0, 30.0};
  const Tolerance tight{1e-10, 1e-12};
  for (const auto& [rule, name] : kRules) {
    SCOPED_TRACE(name);
    const auto all = error_along(rule, {spectrum.rho_hat(), start}, spectrum.total(), times, tight);
    const auto few = error_along(rule, modes, spectrum.total(), times, tight);
    for (std::size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(few[i], all[i], 1e-8);
  }
}

TEST(Compress, KeepsSmallBlocks) {
  const Spectrum spectrum({{1.0, 3}, {0.5, 4}});
  const auto start = random_weights(2, 7, 1.0, 4);
  const auto modes = compress(spectrum, start, 0);
  EXPECT_EQ(modes.rho_hat.size(), 7);
  EXPECT_EQ(modes.weights.encoder, start.encoder);
}

TEST(Integrate, ReportsAStepSizeUnderflow) {
  const auto rho_hat = decaying_spectrum(3);
  const Modes modes{rho_hat, random_weights(2, 3, 0.5, 2)};
  try {
    error_along({}, modes, rho_hat.sum(), {0.0, 1.0}, {1e-30, 1e-300});
    FAIL() << "no error";
  } catch (const NumericalError& error) {
    EXPECT_NE(std::string(error.what()).find("t = "), std::string::npos) << error.what();
  }
}

TEST(Integrate, StopsWhenTold) {
  const auto rho_hat = decaying_spectrum(3);
  int seen = 0;
  integrate_flow({}, {rho_hat, random_weights(1, 3, 0.5, 2)}, {0.0, 1.0, 2.0, 3.0}, {}, [&](std::size_t i, const Weights&) {
    ++seen;
    return i < 1;
  }, [] {});
  EXPECT_EQ(seen, 2);
}

TEST(Integrate, PollsAndLetsItsExceptionThrough) {
  const auto rho_hat = decaying_spectrum(3);
  struct Enough {};
  EXPECT_THROW(integrate_flow({}, {rho_hat, random_weights(1, 3, 0.5, 2)}, {0.0, 1e6}, {}, [](std::size_t, const Weights&) { return true; },
                              [] { throw Enough{}; }), Enough);
}

}  // namespace
}  // namespace aesweep
