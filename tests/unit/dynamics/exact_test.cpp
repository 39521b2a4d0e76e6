#include "aesweep/dynamics/exact.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/dynamics/flow.hpp"
#include "aesweep/dynamics/integrate.hpp"

namespace aesweep {
namespace {

/// Neuron k on mode k with weights of its own.
Modes aligned_modes(const std::vector<double>& rho_hat, const std::vector<std::pair<double, double>>& starts) {
  const auto K = static_cast<Eigen::Index>(starts.size()), n = static_cast<Eigen::Index>(rho_hat.size());
  Modes modes{Eigen::Map<const Eigen::VectorXd>(rho_hat.data(), n), {RowMatrix::Zero(K, n), RowMatrix::Zero(K, n), Eigen::VectorXd::Zero(K)}};
  for (Eigen::Index k = 0; k < K; ++k) std::tie(modes.weights.encoder(k, k), modes.weights.decoder(k, k)) = starts[static_cast<std::size_t>(k)];
  return modes;
}

LearningRule linear_rule(double eta, double kappa, double noise) {
  LearningRule rule;
  rule.activation = Activation::linear;
  rule.learning_rate = eta;
  rule.weight_decay = kappa;
  rule.noise = noise;
  return rule;
}

struct ExactCase {
  const char* name;
  LearningRule rule;
  std::vector<std::pair<double, double>> starts;
};

/// Modes 2, 1, 0.3 and one without variance.
const std::vector<double> kSpectrum{2.0, 1.0, 0.3, 0.0};

std::vector<ExactCase> all_cases() {
  const std::vector<std::pair<double, double>> equal{{0.1, 0.1}, {-0.2, -0.2}, {0.3, -0.3}, {0.4, 0.4}};
  const std::vector<std::pair<double, double>> unequal{{0.3, 0.1}, {-0.2, 0.7}, {0.5, 0.0}, {1e-9, 0.4}};
  std::vector<ExactCase> cases{{"balanced", linear_rule(0.7, 0.0, 0.0), equal},
                               {"balanced, noise", linear_rule(0.7, 0.0, 0.4), equal},
                               {"balanced, noise and decay", linear_rule(1.3, 0.2, 0.4), equal},
                               {"balanced, decay beyond some modes", linear_rule(1.0, 1.0, 0.1), equal},
                               {"unbalanced", linear_rule(0.7, 0.0, 0.0), unequal},
                               {"unbalanced, noise", linear_rule(1.7, 0.0, 0.3), unequal}};
  auto rates = linear_rule(0.8, 0.0, 0.2);
  rates.encoder_rate = 0.5;
  rates.decoder_rate = 3.0;
  cases.push_back({"unequal rates", rates, unequal});
  rates.weight_decay = 0.15;
  const double x = std::sqrt(0.5), y = std::sqrt(3.0);
  cases.push_back({"unequal rates, decay", rates, {{0.2 * x, 0.2 * y}, {-0.1 * x, -0.1 * y}, {0.3 * x, -0.3 * y}, {x, y}}});
  auto each = linear_rule(1.0, 0.0, 0.1);
  each.neuron_decay = {0.1, 0.0, 0.5, 0.2};
  cases.push_back({"a decay for each neuron", each, {{0.1, 0.1}, {0.2, -0.6}, {0.3, 0.3}, {0.4, 0.4}}});
  auto truncated = linear_rule(0.7, 0.1, 0.4);
  truncated.kind = RuleKind::truncated;
  cases.push_back({"truncated", truncated, equal});
  for (const auto tying : {Tying::tied, Tying::tied_encoder}) {
    auto tied = linear_rule(0.9, 0.05, 0.2);
    tied.tying = tying;
    tied.tied_rate = 5.0;
    tied.decoder_scale = 0.2;
    cases.push_back({tying == Tying::tied ? "tied" : "tied, encoder's gradient", tied, {{0.1, 0.0}, {-0.4, 0.0}, {3.0, 0.0}, {0.2, 0.0}}});
  }
  for (const auto kind : {RuleKind::hebb, RuleKind::oja, RuleKind::sanger}) {
    auto pca = linear_rule(0.6, 0.1, 0.0);
    pca.kind = kind;
    cases.push_back({"PCA rule", pca, {{0.1, 0.0}, {-0.4, 0.0}, {2.0, 0.0}, {0.2, 0.0}}});
  }
  for (auto& one : cases)
    if (one.rule.tying != Tying::none || is_pca_rule(one.rule.kind)) {
      auto modes = aligned_modes(kSpectrum, one.starts);
      impose(one.rule, modes.weights);
      for (Eigen::Index k = 0; k < 4; ++k) one.starts[static_cast<std::size_t>(k)].second = modes.weights.decoder(k, k);
    }
  return cases;
}

double largest_difference(const Weights& a, const Weights& b) {
  return std::max((a.encoder - b.encoder).cwiseAbs().maxCoeff(), (a.decoder - b.decoder).cwiseAbs().maxCoeff());
}

// The flow at a tolerance of 1e-13 per step, of which some 10^3 are made.
TEST(Exact, AgreesWithTheFlow) {
  const std::vector<double> times{0.0, 0.1, 0.7, 2.0, 5.0, 12.0, 40.0};
  for (const auto& [name, rule, starts] : all_cases()) {
    SCOPED_TRACE(name);
    const auto modes = aligned_modes(kSpectrum, starts);
    ExactModes exact(rule, modes);
    const auto shown = integrate_flow(rule, modes, times, {1e-13, 1e-15}, [&](std::size_t i, const Weights& weights) {
      const double size = std::max(1.0, weights.encoder.cwiseAbs().maxCoeff());   // Hebb's rows grow to 1e10
      EXPECT_LT(largest_difference(exact.at(times[i]), weights), 1e-10 * size) << "t = " << times[i];
      return true;
    }, [] {});
    EXPECT_GT(shown, 6U);
  }
}

// The slope of the closed form by a symmetric difference of fifth order, against the right-hand side. With h = 2e-3 truncation is below h^6 × rates
// of order 10 to the 7th over 140 ~ 5e-13 times the weights, rounding 1e-16/h ~ 1e-13: together 1e-11 of the largest slope.
TEST(Exact, ObeysTheDifferentialEquation) {
  for (const auto& [name, rule, starts] : all_cases()) {
    SCOPED_TRACE(name);
    const auto modes = aligned_modes(kSpectrum, starts);
    ExactModes exact(rule, modes);
    Flow flow(rule, 4, modes.rho_hat);
    for (const double t : {0.05, 0.4, 1.5, 6.0}) {
      const double h = 2e-3;
      const FlowState here = pack(exact.at(t));
      FlowState slope(here.size()), expected(here.size());
      for (const auto& [offset, weight] : {std::pair(1.0, 45.0), std::pair(2.0, -9.0), std::pair(3.0, 1.0)}) {
        const FlowState after = pack(exact.at(t + offset * h)), before = pack(exact.at(t - offset * h));
        for (std::size_t i = 0; i < slope.size(); ++i) slope[i] += weight * (after[i] - before[i]) / (60.0 * h);
      }
      flow(here, expected, t);
      double largest = 1.0;
      for (const double one : expected) largest = std::max(largest, std::abs(one));
      for (std::size_t i = 0; i < slope.size(); ++i) EXPECT_NEAR(slope[i], expected[i], 1e-11 * largest) << "t = " << t << ", entry " << i;
    }
  }
}

// PKK18's own formula for w_1 = w_2: u(t) = (λ−γ)E/((λ+ε)(E−1) + (λ−γ)/u_0), E = e^{2(λ−γ)t/τ}. Rounding only: 1e-14.
TEST(Exact, IsTheFormulaOfThePaper) {
  const double lambda = 1.3, epsilon = 0.4, gamma = 0.25, eta = 0.6, w = 0.1;
  ExactModes exact(linear_rule(eta, eta * gamma, epsilon), aligned_modes({lambda}, {{w, w}}));
  for (const double t : {0.0, 0.3, 2.0, 5.0, 20.0}) {
    const double E = std::exp(2.0 * (lambda - gamma) * eta * t);
    const double u = (lambda - gamma) * E / ((lambda + epsilon) * (E - 1.0) + (lambda - gamma) / (w * w));
    const auto& weights = exact.at(t);
    EXPECT_NEAR(weights.encoder(0, 0) * weights.decoder(0, 0), u, 1e-14) << "t = " << t;
  }
}

// And the hyperbolic one for w_1 ≠ w_2: with u = ½c_0 sinh θ, θ̇ = 2(λ − ½(λ+ε)c_0 sinh θ)/τ, whose Möbius form in e^θ is
// (e^θ − e^{θ*})/(e^θ + e^{−θ*}) ∝ e^{−kt}, sinh θ* = 2λ/((λ+ε)c_0), k = (λ+ε)c_0 cosh θ*/τ.
TEST(Exact, IsTheHyperbolicFormula) {
  const double lambda = 1.3, epsilon = 0.4, eta = 0.6, w1 = 0.9, w2 = 0.2;
  ExactModes exact(linear_rule(eta, 0.0, epsilon), aligned_modes({lambda}, {{w1, w2}}));
  const double c0 = w1 * w1 - w2 * w2, target = std::asinh(2.0 * lambda / ((lambda + epsilon) * c0));
  const double first = std::exp(std::asinh(2.0 * w1 * w2 / c0)), up = std::exp(target), down = -std::exp(-target);
  for (const double t : {0.0, 0.3, 1.0, 3.0, 10.0}) {
    const double share = (first - up) / (first - down) * std::exp(-eta * (lambda + epsilon) * c0 * std::cosh(target) * t);
    const double theta = std::log((up - share * down) / (1.0 - share));
    const auto& weights = exact.at(t);
    EXPECT_NEAR(weights.encoder(0, 0) * weights.decoder(0, 0), 0.5 * c0 * std::sinh(theta), 1e-14) << "t = " << t;
    EXPECT_NEAR(weights.encoder(0, 0) * weights.encoder(0, 0) - weights.decoder(0, 0) * weights.decoder(0, 0), c0, 1e-14);
  }
}

// At t = 10^9 every exponential has underflowed or overflowed: what is left is the fixed point, or zero.
TEST(Exact, EndsAtTheFixedPoint) {
  for (const double kappa : {0.0, 0.2, 0.9, 3.0}) {
    const auto modes = aligned_modes(kSpectrum, {{0.1, 0.1}, {1e-8, 1e-8}, {0.1, 0.1}, {0.1, 0.1}});
    ExactModes exact(linear_rule(2.0, kappa, 0.3), modes);
    const auto& weights = exact.at(1e9);
    for (Eigen::Index k = 0; k < 4; ++k) {
      const double u = weights.encoder(k, k) * weights.decoder(k, k);
      if (kappa == 0.0 && k == 3) continue;   // noise makes it fall like 1/t only
      EXPECT_NEAR(u, fixed_point(modes.rho_hat[k], 0.3, kappa / 2.0), 1e-15) << "kappa = " << kappa << ", mode " << k;
    }
    EXPECT_TRUE(weights.finite());
  }
}

// κ = ηρ̂: ṁ = −am², u = u_0/(1 + 2η(λ+ε)u_0 t), and nothing jumps as κ passes through. The slope of u in κ there is below t u.
TEST(Exact, DecaysLikeOneOverTimeAtTheBoundary) {
  const double eta = 0.5, rho = 0.8, noise = 0.2, w = 0.6;
  const auto u_at = [&](double kappa, double t) {
    ExactModes exact(linear_rule(eta, kappa, noise), aligned_modes({rho}, {{w, w}}));
    const auto& weights = exact.at(t);
    return weights.encoder(0, 0) * weights.decoder(0, 0);
  };
  for (const double t : {0.0, 1.0, 1e3, 1e9}) {
    const double expected = w * w / (1.0 + 2.0 * eta * (rho + noise) * w * w * t);
    EXPECT_NEAR(u_at(eta * rho, t) / expected, 1.0, 1e-14) << "t = " << t;
  }
  for (const double shift : {-1e-13, 1e-13}) EXPECT_NEAR(u_at(eta * rho + shift, 1e3) / u_at(eta * rho, 1e3), 1.0, 1e-9);
}

// The hyperbolic case goes over into the balanced one: the difference is of the order of c_0.
TEST(Exact, AlmostBalancedIsBalanced) {
  const auto rule = linear_rule(1.0, 0.0, 0.1);
  const auto balanced = aligned_modes({1.0}, {{0.01, 0.01}});
  for (const double off : {1e-4, 1e-8, 1e-12}) {
    ExactModes one(rule, balanced), other(rule, aligned_modes({1.0}, {{0.01, 0.01 + off}}));
    for (const double t : {1.0, 5.0, 1e9}) EXPECT_LT(largest_difference(one.at(t), other.at(t)), 30.0 * off + 1e-15) << off << " at t = " << t;
  }
}

TEST(Exact, StaysAtZero) {
  ExactModes exact(linear_rule(1.0, 0.0, 0.0), aligned_modes({1.0, 0.5}, {{0.0, 0.0}, {0.3, 0.3}}));
  EXPECT_EQ(exact.at(1e9).encoder(0, 0), 0.0);
  EXPECT_EQ(exact.at(1e9).encoder(0, 1), 0.0);
  EXPECT_NEAR(exact.at(1e9).encoder(1, 1), 1.0, 1e-15);
}

TEST(Exact, SaysWhyThereIsNoClosedForm) {
  const auto reason = [](const LearningRule& rule, double encoder, double decoder, double bias) {
    return no_closed_form(rule, 2, encoder, decoder, bias).value_or("");
  };
  const auto says = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  EXPECT_EQ(reason(linear_rule(1.0, 0.1, 0.1), 0.3, 0.3, 0.0), "");
  EXPECT_EQ(reason(linear_rule(1.0, 0.0, 0.1), 0.3, 0.1, 0.0), "");
  EXPECT_TRUE(says(reason(linear_rule(1.0, 0.1, 0.1), 0.3, 0.1, 0.0), "balanced"));
  EXPECT_TRUE(says(reason(linear_rule(1.0, 0.1, 0.1), 0.3, 0.3, 0.2), "bias"));
  EXPECT_TRUE(says(reason({Activation::erf}, 0.3, 0.3, 0.0), "linear units, not for erf"));
  auto rule = linear_rule(1.0, 0.1, 0.0);
  rule.trained_bias = true;
  EXPECT_TRUE(says(reason(rule, 0.3, 0.3, 0.0), "bias"));
  rule = linear_rule(1.0, 0.0, 0.0);
  rule.decoder_rate = 0.0;
  EXPECT_TRUE(says(reason(rule, 0.3, 0.3, 0.0), "decoder_rate"));
  rule = linear_rule(1.0, 0.0, 0.0);
  rule.neuron_decay = {0.0, 0.1};
  EXPECT_TRUE(says(reason(rule, 0.3, 0.1, 0.0), "balanced"));
  rule = linear_rule(1.0, 0.1, 0.2);
  rule.kind = RuleKind::oja;
  EXPECT_TRUE(says(reason(rule, 0.3, 0.1, 0.0), "noise"));
  rule = linear_rule(1.0, 0.1, 0.2);
  rule.tying = Tying::tied;
  EXPECT_EQ(reason(rule, 0.3, 0.1, 0.0), "") << "tied weights have no decoder to balance";
}

TEST(Exact, RefusesAStartThatIsNotAligned) {
  auto modes = aligned_modes({1.0, 0.5}, {{0.1, 0.1}});
  modes.weights.decoder(0, 1) = 0.1;
  try {
    ExactModes exact(linear_rule(1.0, 0.0, 0.0), modes);
    FAIL() << "no error";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "closed forms need an aligned start: neuron 0 has a weight on mode 1");
  }
  EXPECT_THROW(ExactModes(linear_rule(1.0, 0.1, 0.0), aligned_modes({1.0}, {{0.1, 0.2}})), std::invalid_argument);
}

TEST(Exact, ShowsTheTimesAndStopsWhenTold) {
  int polls = 0;
  std::vector<double> seen;
  const auto shown = solve_exactly(linear_rule(1.0, 0.0, 0.0), aligned_modes({1.0}, {{0.1, 0.1}}), {0.0, 1.0, 2.0, 3.0},
                                   [&](std::size_t i, const Weights& weights) {
                                     seen.push_back(weights.encoder(0, 0));
                                     return i < 2;
                                   }, [&] { ++polls; });
  EXPECT_EQ(shown, 3U);
  EXPECT_EQ(polls, 3);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0], 0.1);
  EXPECT_GT(seen[2], seen[1]);
}

TEST(Exact, EquivalentDecayHasTheFixedPointOfTheNoise) {
  for (const double lambda : {0.1, 1.0, 7.0})
    for (const double epsilon : {0.0, 0.3, 2.0}) {
      const double gamma = equivalent_decay(lambda, epsilon);
      EXPECT_NEAR(fixed_point(lambda, 0.0, gamma), fixed_point(lambda, epsilon, 0.0), 1e-15);
      EXPECT_NEAR(curvature_ratio(lambda, epsilon, gamma), lambda / (lambda + epsilon), 1e-15);
    }
  EXPECT_EQ(fixed_point(1.0, 0.5, 1.5), 0.0);
}

// R is a ratio of curvatures along w_1 = w_2 at w = 1, for any decay: second differences with h = 1e-3 are good to h² ~ 1e-6 relative (both losses
// are quartic).
TEST(Exact, RatioOfTheCurvatures) {
  for (const double lambda : {0.5, 2.0})
    for (const double epsilon : {0.1, 1.0})
      for (const double gamma : {0.0, 0.2, 0.4}) {
        const auto with_noise = [&](double w) { return 0.5 * (lambda * std::pow(1.0 - w * w, 2) + epsilon * std::pow(w, 4)); };
        const auto with_decay = [&](double w) { return 0.5 * lambda * std::pow(1.0 - w * w, 2) + gamma * w * w; };
        const auto curvature = [](const auto& loss) { return (loss(1.0 + 1e-3) - 2.0 * loss(1.0) + loss(1.0 - 1e-3)) / 1e-6; };
        EXPECT_NEAR(curvature(with_decay) / curvature(with_noise), curvature_ratio(lambda, epsilon, gamma), 3e-6);
      }
}

}  // namespace
}  // namespace aesweep
