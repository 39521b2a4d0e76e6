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

std::string bottleneck_fits(const PointConfig& point, const RuleContext&) {
  return point.data.kind != DataKind::manifold || point.model.hidden <= kWidestLayer
             ? ""
             : fmt::format("model.hidden = {}: the bottleneck of a deep network has at most {} units", point.model.hidden, kWidestLayer);
}

std::string layers_fit(const std::string& key, const std::vector<std::int64_t>& layers) {
  const auto count = static_cast<std::int64_t>(layers.size());
  return count <= kMostLayers ? "" : fmt::format("{}: {} hidden layers; must be at most {}", key, count, kMostLayers);
}
std::string encoder_fits(const PointConfig& point, const RuleContext&) { return layers_fit("model.encoder_widths", point.model.encoder_widths); }
std::string decoder_fits(const PointConfig& point, const RuleContext&) { return layers_fit("model.decoder_widths", point.model.decoder_widths); }

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
      {{"model.hidden", "data.kind"}, bottleneck_fits},
      {{"model.encoder_widths"}, encoder_fits},
      {{"model.decoder_widths"}, decoder_fits},
      {{"training.weight_decay", "data.kind"}, one_decay},
      {{"record.order_parameters", "record.weights", "record.reconstruction", "data.kind"}, is_recorded_of_its_kind},
      {{"outcome.epsilon", "outcome.epsilons", "data.kind"}, epsilons_fit},
  };
  return rules;
}

void read_deep(Reading& reading) {
  if (data_kinds(reading) != std::vector{DataKind::manifold}) {
    return;
  }
  const auto is_open = [&](const char* key) { return !reading.given.contains(key) && !reading.on_axes.contains(key); };
  for (const char* key : {"model.width", "model.depth"}) {
    if (!is_open(key) && !is_open("model.encoder_widths") && !is_open("model.decoder_widths")) {
      const auto given = reading.given.find(key);
      reading.report.add(given != reading.given.end() ? given->second : reading.on_axes.at(key),
                         fmt::format("{}: both sides have lists of their own, encoder_widths and decoder_widths; leave it out, or one of the lists", key));
    }
  }
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
