// Aligned starts are RG24's reduced equations: equations.md §5, "Aligned start".
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "aesweep/data/start.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

struct Pair {
  double encoder, decoder;
};

/// RG24 (C.8) with decay and noise: one erf unit on its component, the moments at Q = q written out.
Pair reduced_slope(const LearningRule& rule, double rho, Pair at) {
  constexpr double pi = std::numbers::pi;
  const double seen = rho + rule.noise, q = seen * at.encoder * at.encoder;
  const double a = std::sqrt(2.0 / pi) / std::sqrt(1.0 + q), S = 2.0 / pi * std::asin(q / (1.0 + q));
  const double both = 2.0 / pi / ((1.0 + q) * std::sqrt(1.0 + 2.0 * q));   // G + H
  const double pull = a * rho * at.decoder * (1.0 - seen * at.encoder * at.encoder / (1.0 + q)) - seen * at.encoder * at.decoder * at.decoder * both;
  return {rule.learning_rate * pull - rule.weight_decay * at.encoder,
          rule.learning_rate * (a * rho * at.encoder - S * at.decoder) - rule.weight_decay * at.decoder};
}

Pair reduced(const LearningRule& rule, double rho, Pair at, double time) {
  const int steps = 4000;
  const double h = time / steps;
  const auto moved = [](Pair from, double by, Pair slope) { return Pair{from.encoder + by * slope.encoder, from.decoder + by * slope.decoder}; };
  for (int n = 0; n < steps; ++n) {
    const Pair k1 = reduced_slope(rule, rho, at), k2 = reduced_slope(rule, rho, moved(at, 0.5 * h, k1));
    const Pair k3 = reduced_slope(rule, rho, moved(at, 0.5 * h, k2)), k4 = reduced_slope(rule, rho, moved(at, h, k3));
    at = moved(moved(moved(moved(at, h / 6.0, k1), h / 3.0, k2), h / 3.0, k3), h / 6.0, k4);
  }
  return at;
}

// Runge–Kutta with steps of 0.005 at rates of order two: 1e-10. The library's flow: 1e-11 a step.
TEST(Aligned, ErfFollowsTheReducedEquations) {
  const Eigen::VectorXd rho_hat = (Eigen::VectorXd(5) << 2.0, 1.0, 0.5, 0.1, 0.1).finished();
  for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
    for (const auto& [kappa, noise] : {std::pair(0.0, 0.0), std::pair(0.1, 0.0), std::pair(0.0, 0.3), std::pair(0.1, 0.3)}) {
      LearningRule rule{Activation::erf, false, 0.8, kappa, noise};
      rule.kind = kind;
      for (const double t : {1.0, 5.0, 20.0}) {
        const auto end = follow(rule, {rho_hat, aligned_weights(3, 5, 0.4, 0.2)}, rho_hat.sum(), {0.0, t}, 3).back();
        for (Eigen::Index k = 0; k < 3; ++k) {
          const Pair expected = reduced(rule, rho_hat[k], {0.4, 0.2}, t);
          EXPECT_NEAR(end.weights.encoder(k, k), expected.encoder, 1e-8) << "neuron " << k << " at t = " << t;
          EXPECT_NEAR(end.weights.decoder(k, k), expected.decoder, 1e-8) << "neuron " << k << " at t = " << t;
        }
      }
    }
}

double off_the_axes(Activation activation, double t) {
  const Eigen::VectorXd rho_hat = (Eigen::VectorXd(5) << 2.0, 1.0, 0.5, 0.1, 0.1).finished();
  Weights end = follow({activation, false, 1.0, 0.05, 0.1}, {rho_hat, aligned_weights(3, 5, 0.4, 0.2)}, rho_hat.sum(), {0.0, t}, 3).back().weights;
  for (Eigen::Index k = 0; k < 3; ++k) end.encoder(k, k) = end.decoder(k, k) = 0.0;
  return std::max(end.encoder.cwiseAbs().maxCoeff(), end.decoder.cwiseAbs().maxCoeff());
}

// Neurons without overlap don't see one another where S_kl = E g_k E g_l = 0: odd activations without bias. Rounding of the quadrature for tanh,
// grown by a factor e^{few}. The others' means tie the neurons together at once.
TEST(Aligned, OddActivationsStayOnTheAxesAndOthersLeave) {
  for (const auto activation : all_activations()) {
    const bool is_odd = activation == Activation::linear || activation == Activation::erf || activation == Activation::tanh;
    const double off = off_the_axes(activation, 10.0);
    EXPECT_TRUE(is_odd ? off < 1e-12 : off > 1e-2) << name(activation) << ": " << off;
  }
}

// The decoder that a perfect start gives, a α_W ρ̂/S, is the least error's at that encoder: pmse is a parabola in α_V, equally high to both sides of
// its minimum. Rounding.
TEST(Aligned, ThePerfectDecoderHasTheLeastError) {
  const Spectrum spectrum({{2.0, 1}, {1.0, 1}, {0.1, 3}});
  for (const auto activation : {Activation::linear, Activation::erf, Activation::tanh})
    for (const double scale : {0.1, 1.0, 3.0})
      for (const double noise : {0.0, 0.4}) {
        const auto judge = population_judge(activation, 2, spectrum.rho_hat(), spectrum.total(), noise);
        const auto perfect = weights_from(perfect_start(activation, spectrum, 2, scale, 0.0, noise));
        const double least = judge->measure(perfect, {});
        for (Eigen::Index k = 0; k < 2; ++k)
          for (const double shift : {0.01, 0.3}) {
            std::array<double, 2> sides{};
            for (const int side : {0, 1}) {
              Weights moved = perfect;
              moved.decoder(k, k) += side == 0 ? -shift : shift;
              sides[static_cast<std::size_t>(side)] = judge->measure(moved, {});
            }
            EXPECT_GT(sides[0], least);
            EXPECT_NEAR(sides[0], sides[1], 1e-13) << name(activation) << ", scale " << scale;
          }
      }
}

}  // namespace
}  // namespace aesweep
