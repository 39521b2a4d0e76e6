#include "aesweep/dynamics/exact.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace aesweep {
namespace {

bool is_free(const LearningRule& rule) { return rule.tying == Tying::none && !is_pca_rule(rule.kind); }

/// (1 − e^{−z})/z, 1 at z = 0
double saturation(double z) { return z > 0.0 ? -std::expm1(-z) / z : 1.0; }

}  // namespace

std::optional<std::string> no_closed_form(const LearningRule& rule, Eigen::Index hidden, double encoder_scale, double decoder_scale, double bias) {
  if (rule.activation != Activation::linear) return fmt::format("closed forms are known for linear units, not for {}", name(rule.activation));
  if (rule.trained_bias || bias != 0.0) return "closed forms are known without biases, which couple the modes";
  if (is_pca_rule(rule.kind) && rule.noise > 0.0) return "the PCA rules take no input noise";
  if (!is_free(rule)) return std::nullopt;
  if (rule.encoder_rate <= 0.0 || rule.decoder_rate <= 0.0) return "closed forms need positive encoder_rate and decoder_rate";
  if (are_balanced(encoder_scale / std::sqrt(rule.encoder_rate), decoder_scale / std::sqrt(rule.decoder_rate))) return std::nullopt;
  for (Eigen::Index k = 0; k < hidden; ++k)
    if (decay_of(rule, k) != 0.0)
      return "weight decay has a closed form from balanced starts only: |encoder_scale|/sqrt(encoder_rate) = |decoder_scale|/sqrt(decoder_rate)";
  return std::nullopt;
}

/// m = [m_0(2E + (K+A)L) + 2cL] / [2E + (K−A+2am_0)L] for ṁ = Am − am² + c, with K = √(A²+4ac), E = e^{−Kt}, L = (1−E)/K: a sum of terms that are
/// not negative, K ∓ |A| as 4ac/(K+|A|), so that nothing cancels or overflows, and K = 0 is no exception.
double ExactModes::Riccati::ratio(double t) const {
  const double product = 4.0 * damping * source;
  const double K = std::sqrt(growth * growth + product);
  const double E = std::exp(-K * t), L = t * saturation(K * t);
  const double large = K + std::abs(growth), small = large > 0.0 ? product / large : 0.0;
  const double plus = growth >= 0.0 ? large : small, minus = growth >= 0.0 ? small : large;
  return (2.0 * E + plus * L + 2.0 * (source / start) * L) / (2.0 * E + (minus + 2.0 * damping * start) * L);
}

ExactModes::ExactModes(const LearningRule& rule, const Modes& modes) : rule_(rule), weights_(modes.weights) {
  const auto& [W, V, b] = modes.weights;
  assert(W.rows() <= W.cols());
  for (Eigen::Index k = 0; k < W.rows(); ++k) {
    for (Eigen::Index i = 0; i < W.cols(); ++i)
      if (i != k && (W(k, i) != 0.0 || V(k, i) != 0.0))
        throw std::invalid_argument(fmt::format("closed forms need an aligned start: neuron {} has a weight on mode {}", k, i));
    LearningRule alone = rule;
    alone.neuron_decay.clear();
    alone.weight_decay = decay_of(rule, k);
    if (const auto reason = no_closed_form(alone, 1, W(k, k), V(k, k), b[k])) throw std::invalid_argument(*reason);
    if (is_free(rule))
      add_free(modes.rho_hat[k], alone.weight_decay, W(k, k) / std::sqrt(rule.encoder_rate), V(k, k) / std::sqrt(rule.decoder_rate));
    else
      add_hanging(modes.rho_hat[k], alone.weight_decay, W(k, k));
  }
}

void ExactModes::add_free(double rho_hat, double kappa, double x, double y) {
  const double c = std::sqrt(rule_.encoder_rate * rule_.decoder_rate), eta = rule_.learning_rate;
  const double damping = 0.5 * eta * c * c * (rho_hat + rule_.noise);
  double sum = x + y, difference = x - y;
  if (are_balanced(x, y)) (std::abs(sum) < std::abs(difference) ? sum : difference) = 0.0;
  const bool opposite = sum == 0.0;
  const double start = opposite ? difference * difference : sum * sum, product = sum * difference;
  const double growth = 2.0 * ((opposite ? -1.0 : 1.0) * eta * c * rho_hat - kappa);
  neurons_.push_back({sum, difference, {growth, damping, damping * product * product, start}});
}

void ExactModes::add_hanging(double rho_hat, double kappa, double w) {
  const bool pca = is_pca_rule(rule_.kind);
  const double alpha = pca ? 1.0 : rule_.decoder_scale;
  const double tied_roles = rule_.tying == Tying::tied ? 2.0 : 1.0;
  const double g = pca ? rule_.learning_rate : tied_roles * rule_.learning_rate * rule_.tied_rate * alpha;
  const double damping = rule_.kind == RuleKind::hebb ? 0.0 : 2.0 * g * (rho_hat + rule_.noise);
  neurons_.push_back({w, 0.0, {2.0 * (g * rho_hat - kappa), damping, 0.0, alpha * w * w}});
}

const Weights& ExactModes::at(double t) {
  assert(t >= 0.0);
  for (std::size_t i = 0; i < neurons_.size(); ++i) {
    const auto& [sum, difference, equation] = neurons_[i];
    const auto k = static_cast<Eigen::Index>(i);
    if (equation.start == 0.0) continue;   // no weight to grow from
    const double factor = std::sqrt(equation.ratio(t));
    if (is_free(rule_)) {
      const double s = sum * factor;
      const double d = sum == 0.0 ? difference * factor : difference == 0.0 ? 0.0 : difference / factor;
      weights_.encoder(k, k) = 0.5 * std::sqrt(rule_.encoder_rate) * (s + d);
      weights_.decoder(k, k) = 0.5 * std::sqrt(rule_.decoder_rate) * (s - d);
    } else {
      weights_.encoder(k, k) = sum * factor;
      weights_.decoder(k, k) = (is_pca_rule(rule_.kind) ? 1.0 : rule_.decoder_scale) * weights_.encoder(k, k);
    }
  }
  return weights_;
}

std::uint64_t solve_exactly(const LearningRule& rule, const Modes& modes, const std::vector<double>& times,
                            const std::function<bool(std::size_t, const Weights&)>& seen, const Poll& poll) {
  ExactModes exact(rule, modes);
  std::uint64_t shown = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    poll();
    ++shown;
    if (!seen(i, exact.at(times[i]))) break;
  }
  return shown;
}

double fixed_point(double rho_hat, double noise, double decay_over_rate) {
  return std::max(0.0, rho_hat - decay_over_rate) / (rho_hat + noise);
}

double equivalent_decay(double rho_hat, double noise) { return rho_hat * noise / (rho_hat + noise); }

double curvature_ratio(double rho_hat, double noise, double decay_over_rate) {
  return (2.0 * rho_hat + decay_over_rate) / (2.0 * rho_hat + 3.0 * noise);
}

}  // namespace aesweep
