#include "setting.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "aesweep/data/start.hpp"

namespace aesweep {
namespace {

RuleKind kind_of(Rule rule) {
  switch (rule) {
    case Rule::sgd: return RuleKind::sgd;
    case Rule::truncated: return RuleKind::truncated;
    case Rule::hebb: return RuleKind::hebb;
    case Rule::normalised_hebb: return RuleKind::normalised_hebb;
    case Rule::oja: return RuleKind::oja;
    case Rule::sanger: return RuleKind::sanger;
  }
  throw std::logic_error("unknown rule");
}

/// Whether a start has fewer coordinates than the data.
bool is_drawn_in_law(const PointConfig& point) { return point.data.dimension > kLargestDrawn && point.data.dimension != kInfinity; }

/// Entries of both matrices drawn at random; at D = ∞ the decoder's vanish along the spikes.
Start random_start_of(const PointConfig& point, Eigen::Index modes, const RandomStream& stream) {
  const auto& initial = point.initial;
  if (point.data.dimension == kInfinity) return random_start(point.model.hidden, modes, initial.encoder_std, 0.0, initial.bias, stream);
  // Without the factors √D both matrices have entries of size std/√D: w/√D, which W is the rescaled form of, and v itself.
  const double scale = point.training.preset == Preset::standard ? 1.0 / std::sqrt(static_cast<double>(point.data.dimension)) : 1.0;
  if (is_drawn_in_law(point))
    return random_start_in_law(point.model.hidden, modes - 2 * point.model.hidden, point.data.dimension, initial.encoder_std, scale * initial.decoder_std,
                               initial.bias, stream);
  return random_start(point.model.hidden, modes, initial.encoder_std, scale * initial.decoder_std, initial.bias, stream);
}

Start drawn_start(const PointConfig& point, const LearningRule& rule, const Spectrum& spectrum, const RandomStream& stream) {
  const auto& initial = point.initial;
  const auto K = point.model.hidden;
  switch (initial.kind) {
    case StartKind::random: return random_start_of(point, spectrum.dimension(), stream);
    case StartKind::aligned: return aligned_start(K, spectrum.dimension(), initial.encoder_scale, initial.decoder_scale, initial.bias);
    case StartKind::perfect: return perfect_start(point.model.activation, spectrum, K, initial.encoder_scale, initial.bias, rule.noise);
    case StartKind::file: return read_start(initial.file, initial.bias);
  }
  throw std::logic_error("unknown start");
}

}  // namespace

LearningRule rule_of(const PointConfig& point) {
  const auto& training = point.training;
  const bool infinite = point.data.dimension == kInfinity;
  const auto dimension = static_cast<double>(point.data.dimension);
  LearningRule rule;
  rule.activation = point.model.activation;
  rule.trained_bias = point.model.bias == BiasKind::trained;
  rule.learning_rate = training.learning_rate;
  rule.weight_decay = training.weight_decay.front();
  if (training.weight_decay.size() > 1) rule.neuron_decay = training.weight_decay;
  rule.noise = infinite ? 0.0 : training.input_noise * training.input_noise / dimension;
  rule.kind = kind_of(training.rule);
  if (point.model.tied) rule.tying = training.tied_gradient == TiedGradient::full ? Tying::tied : Tying::tied_encoder;
  rule.encoder_rate = training.encoder_rate;
  rule.decoder_rate = training.decoder_rate;
  rule.bias_rate = training.bias_rate;
  rule.tied_rate = training.tied_rate;
  // Without the factors √D a tied model has v = w/√D, and so V̂ = W/D.
  rule.decoder_scale = training.preset == Preset::standard ? 1.0 / dimension : 1.0 / std::sqrt(dimension);
  rule.rate_decay_exponent = training.rate_decay_exponent;
  rule.rate_decay_time = training.rate_decay_time;
  rule.norm_power = training.norm_power;
  return rule;
}

Spectrum start_spectrum(const PointConfig& point, const Spectrum& spectrum) {
  if (!is_drawn_in_law(point)) return spectrum;
  const bool by_component = point.initial.kind != StartKind::random;
  const auto single = std::max({static_cast<std::int64_t>(point.data.spikes.size()), kMostComponents, by_component ? point.model.hidden : 0});
  return spectrum.leading_part(single + 2 * point.model.hidden);
}

Weights start_of(const PointConfig& point, const LearningRule& rule, const Spectrum& spectrum, const RandomStream& stream) {
  Weights start = weights_from(drawn_start(point, rule, spectrum, stream));
  impose(rule, start);
  return start;
}

}  // namespace aesweep
