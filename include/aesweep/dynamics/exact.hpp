#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aesweep/dynamics/modes.hpp"
#include "aesweep/outcome/trajectory.hpp"

namespace aesweep {

/// Why the flow of `rule` from an aligned start (W_kτ = α_W δ_kτ, V̂_kτ = α_V δ_kτ, biases b) has no closed form here; nothing if it has one.
/// It has one for linear units without bias, at positive rates, whatever the input noise; with decay only from a balanced start,
/// |α_W|/√encoder_rate = |α_V|/√decoder_rate, because decay makes the difference of the squares fall while the product grows. Truncation changes
/// nothing where neurons do not overlap. Tied weights and the PCA rules ignore α_V.
/// @param encoder_scale, decoder_scale, bias  α_W, α_V, b.
std::optional<std::string> no_closed_form(const LearningRule& rule, Eigen::Index hidden, double encoder_scale, double decoder_scale, double bias);

/// Weights of a linear autoencoder at any time, in closed form   [PKK18; equations.md §5, last item; Saxe, McClelland & Ganguli 2014 for ŝ = κ = 0].
/// From an aligned start neuron k stays on mode k, and each neuron is a Riccati equation. With c = √(encoder_rate·decoder_rate), W_kk =
/// √encoder_rate x, V̂_kk = √decoder_rate y, s = x + y, d = x − y and f = ρ̂ − c xy (ρ̂ + ŝ²), the flow is ṡ = (ηcf − κ)s, ḋ = −(ηcf + κ)d, so that
/// m = s² obeys   ṁ = 2(ηcρ̂ − κ) m − ½ηc²(ρ̂+ŝ²)(m² − s_0²d_0²)
/// where either d = 0 (balanced) or κ = 0 (sd is conserved: PKK18's hyperbolic case); d = 0, c = 1 is their τu̇ = 2u(λ − γ − (λ+ε)u), u = m/4.
/// From opposite weights (s = 0) the same equation with −ρ̂ for d² leads to zero: a saddle, which a numerical flow leaves by its rounding.
/// Tied, V̂ = αW: y = αW² obeys ẏ = 2(gρ̂ − κ)y − 2g(ρ̂+ŝ²)y² with g = 2ηrα, or ηrα where the encoder's gradient acts alone. PCA rules: W² obeys it
/// with g = η (Hebb: without the quadratic term).
/// Accuracy: 1e-14 of the neuron's larger weight; no overflow at any time, none of the limits ρ̂ = 0, κ = ηcρ̂ (m ~ 1/t), d → 0 is a special case.
class ExactModes {
 public:
  /// @param modes  an aligned start, shape (K, n): entry (k, k) alone may differ from zero, so compressed with at least K modes followed.
  /// @throws std::invalid_argument with the reason of no_closed_form, or naming a weight off the diagonal.
  ExactModes(const LearningRule& rule, const Modes& modes);

  /// Weights at time t ≥ 0, valid until the next call. Does not allocate.
  const Weights& at(double t);

 private:
  /// ṁ = growth m − damping m² + source
  struct Riccati {
    double growth, damping, source, start;
    /// m(t)/m(0)
    double ratio(double t) const;
  };
  /// s and d at t = 0 and the equation of s², or of d² where s = 0; for a decoder that hangs on the encoder W_kk, 0 and the equation of y.
  struct Neuron {
    double sum, difference;
    Riccati equation;
  };
  void add_free(double rho_hat, double kappa, double x, double y);
  void add_hanging(double rho_hat, double kappa, double w);

  LearningRule rule_;
  Weights weights_;
  std::vector<Neuron> neurons_;
};

/// Shows the closed form at `times` (ascending, the first 0), as integrate_flow shows the flow.
/// @returns the number of times shown.  @throws std::invalid_argument as ExactModes.
std::uint64_t solve_exactly(const LearningRule& rule, const Modes& modes, const std::vector<double>& times,
                            const std::function<bool(std::size_t, const Weights&)>& seen, const Poll& poll);

/// Strength u = W_kk V̂_kk that a balanced linear mode ends with: (λ − γ)/(λ + ε), 0 where γ ≥ λ   [PKK18; equations.md §5; λ = ρ̂, ε = ŝ², γ = κ/η].
/// @param rho_hat  positive.
double fixed_point(double rho_hat, double noise, double decay_over_rate);

/// The decay γ = κ/η with the fixed point of input noise ε = ŝ²: γ = λε/(λ + ε)   [PKK18; equations.md §5].
double equivalent_decay(double rho_hat, double noise);

/// R = (2λ + γ)/(2λ + 3ε): curvature along w_1 = w_2 at w = 1 of the loss with decay, ½λ(1−w²)² + γw², over that with noise, ½[λ(1−w²)² + εw⁴], and
/// hence the optimal learning rate with noise over that with decay   [PKK18; equations.md §5]. With the equivalent decay it is λ/(λ + ε), which is
/// also the ratio of the curvatures at the common fixed point.
double curvature_ratio(double rho_hat, double noise, double decay_over_rate);

}  // namespace aesweep
