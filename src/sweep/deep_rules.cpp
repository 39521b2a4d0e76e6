#include "deep_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "names.hpp"
#include "reading.hpp"

namespace aesweep {
namespace {

constexpr double kLearningRate = 1e-3, kHorizon = 10000.0, kFirst = 1.0;

std::string engine_fits_kind(const PointConfig& point, const RuleContext& context) {
  const bool manifold = point.data.kind == DataKind::manifold;
  if (manifold && context.engines != std::vector{Engine::deep}) {
    return "sweep.engines: a manifold is learnt by deep networks alone; must be [\"deep\"]";
  }
  return manifold || !context.runs(Engine::deep)
             ? ""
             : fmt::format("sweep.engines: \"deep\" learns a manifold; data.kind must be \"manifold\", not \"{}\"", text_of(point.data.kind));
}

std::string manifold_fits_dimension(const PointConfig& point, const RuleContext& context) {
  if (point.data.kind != DataKind::manifold) {
    return "";
  }
  const std::int64_t dimension = context.files.dimension(point.data), own = facts(point.data.manifold).ambient;
  return dimension >= own ? "" : fmt::format("data.dimension = {}: data.manifold = \"{}\" needs {} or more", dimension, text_of(point.data.manifold), own);
}

std::string layers_fit(const PointConfig& point, const RuleContext&) {
  const auto& model = point.model;
  if (point.data.kind != DataKind::manifold) {
    return "";
  }
  if (model.hidden > kWidestLayer) {
    return fmt::format("model.hidden = {}: the bottleneck of a deep network has at most {} units", model.hidden, kWidestLayer);
  }
  for (const auto& [key, layers] : {std::pair("encoder", model.encoder_layers()), std::pair("decoder", model.decoder_layers())}) {
    if (static_cast<std::int64_t>(layers.size()) > kMostLayers) {
      return fmt::format("model.{}_widths: {} hidden layers; must be at most {}", key, layers.size(), kMostLayers);
    }
  }
  const bool given = model.width != ModelConfig{}.width || model.depth != ModelConfig{}.depth;
  return model.encoder_widths.empty() || model.decoder_widths.empty() || !given
             ? ""
             : "model.width: both sides have lists of their own; leave model.width and model.depth out, or one of the lists";
}

std::string one_decay(const PointConfig& point, const RuleContext&) {
  return point.data.kind != DataKind::manifold || point.training.weight_decay.size() == 1
             ? ""
             : fmt::format("training.weight_decay: {} values; deep networks have one for all weights", point.training.weight_decay.size());
}

std::string is_recorded_of_its_kind(const PointConfig& point, const RuleContext& context) {
  const auto& record = context.record;
  if (point.data.kind == DataKind::manifold) {
    return !record.order_parameters && record.weights == WeightsRecord::none
               ? ""
               : "record.order_parameters, record.weights: are of shallow networks; of deep ones record.reconstruction keeps what they do";
  }
  return record.reconstruction == 0 ? "" : fmt::format("record.reconstruction = {}: applies to data.kind = \"manifold\" only", record.reconstruction);
}

std::string epsilons_fit(const PointConfig& point, const RuleContext& context) {
  const auto& [learnt_threshold, success_excess, epsilon, epsilons] = context.outcome;
  const OutcomeConfig usual;
  if (point.data.kind != DataKind::manifold) {
    return epsilon == usual.epsilon && epsilons == usual.epsilons ? "" : "outcome.epsilon, outcome.epsilons: apply to data.kind = \"manifold\" only";
  }
  if (std::set(epsilons.begin(), epsilons.end()).size() < epsilons.size()) {
    return "outcome.epsilons: a length is there twice";
  }
  return std::find(epsilons.begin(), epsilons.end(), epsilon) != epsilons.end()
             ? ""
             : fmt::format("outcome.epsilon = {}: must be one of outcome.epsilons, {}", epsilon, canonical(epsilons));
}

}  // namespace

std::span<const PointRule> deep_rules() {
  static const std::vector<PointRule> rules{
      {{"sweep.engines", "data.kind"}, engine_fits_kind},
      {{"data.dimension", "data.manifold", "data.kind"}, manifold_fits_dimension},
      {{"model.hidden", "model.width", "model.depth", "model.encoder_widths", "model.decoder_widths", "data.kind"}, layers_fit},
      {{"training.weight_decay", "data.kind"}, one_decay},
      {{"record.order_parameters", "record.weights", "record.reconstruction", "data.kind"}, is_recorded_of_its_kind},
      {{"outcome.epsilon", "outcome.epsilons", "data.kind"}, epsilons_fit},
  };
  return rules;
}

void fill_deep_defaults(Reading& reading) {
  if (data_kinds(reading) != std::vector{DataKind::manifold}) {
    return;
  }
  const auto is_open = [&](const char* key) { return !reading.given.contains(key) && !reading.on_axes.contains(key); };
  PointConfig& point = reading.grid->base.point;
  if (is_open("data.dimension")) {
    point.data.dimension = 0;  // the manifold's own, which an axis may move
  }
  if (is_open("training.learning_rate")) {
    point.training.learning_rate = kLearningRate;
  }
  if (is_open("training.horizon")) {
    point.training.horizon = kHorizon;
  }
  if (is_open("record.first") && !reading.sweep.relative_time()) {
    reading.sweep.record.first = kFirst;
  }
}

}  // namespace aesweep
