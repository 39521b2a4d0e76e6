#include "point_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "names.hpp"

namespace aesweep {
namespace {

// Starts are drawn as D numbers up to here.
constexpr std::int64_t kLargestDimension = 65536;

std::string hidden_below_dimension(const PointConfig& point, const RuleContext& context) {
  const std::int64_t dimension = context.files.dimension(point.data);
  return dimension == 0 || point.model.hidden < dimension
             ? ""
             : fmt::format("model.hidden = {}: must be smaller than data.dimension = {} (K < D)", point.model.hidden, dimension);
}

std::string spikes_within_dimension(const PointConfig& point, const RuleContext&) {
  const auto count = static_cast<std::int64_t>(point.data.spikes.size());
  return point.data.kind != DataKind::spiked || count <= point.data.dimension
             ? ""
             : fmt::format("data.spikes: {} spikes are more than data.dimension = {}", count, point.data.dimension);
}

std::string some_variance(const PointConfig& point, const RuleContext&) {
  const auto& spikes = point.data.spikes;
  const bool flat = std::all_of(spikes.begin(), spikes.end(), [](double theta) { return theta == 0; });
  if (point.data.kind != DataKind::spiked || point.data.bulk > 0 || !flat) {
    return "";
  }
  return "data.spikes: with data.bulk = 0 and no spike > 0 the inputs have no variance";
}

std::string dimension_of_file(const PointConfig& point, const RuleContext& context) {
  const std::int64_t dimension = context.files.dimension(point.data);
  return !context.dimension_given || dimension == 0 || point.data.dimension == dimension
             ? ""
             : fmt::format("data.dimension = {}: the data file has D = {}; leave the key out, or give that number", point.data.dimension, dimension);
}

std::string samples_available(const PointConfig& point, const RuleContext& context) {
  if (point.data.kind != DataKind::images) {
    return "";
  }
  const std::int64_t available = context.files.available(point.data);
  return point.data.samples <= available ? "" : fmt::format("data.samples = {}: the files have {} images", point.data.samples, available);
}

std::string one_image_size(const PointConfig& point, const RuleContext& context) {
  if (point.data.kind != DataKind::images) {
    return "";
  }
  for (const std::string& path : point.data.files) {
    const ImageShape* shape = context.files.images(path);
    if (shape != nullptr && static_cast<std::int64_t>(shape->pixels) != context.files.dimension(point.data)) {
      return fmt::format("data.files: {} has images of {} pixels, {} of {}; all must have one size", point.data.files.front(),
                         context.files.dimension(point.data), path, shape->pixels);
    }
  }
  return "";
}

std::string images_without_noise(const PointConfig& point, const RuleContext&) {
  return point.data.kind != DataKind::images || point.training.input_noise == 0
             ? ""
             : fmt::format("training.input_noise = {}: not yet supported for data.kind = \"images\"; this version takes 0",
                           point.training.input_noise);
}

std::string start_shape_fits(const PointConfig& point, const RuleContext& context) {
  const StartFacts* shape = point.initial.kind == StartKind::file ? context.files.start(point.initial.file) : nullptr;
  if (shape == nullptr) {
    return "";
  }
  const std::int64_t dimension = context.files.dimension(point.data);
  return (shape->hidden == point.model.hidden && shape->dimension == dimension) || dimension == 0
             ? ""
             : fmt::format("initial.file = \"{}\": has weights of shape ({}, {}); the model needs ({}, {})", point.initial.file, shape->hidden,
                           shape->dimension, point.model.hidden, dimension);
}

std::string bias_of_file_is_used(const PointConfig& point, const RuleContext& context) {
  const StartFacts* facts = point.initial.kind == StartKind::file ? context.files.start(point.initial.file) : nullptr;
  return facts == nullptr || !facts->biased || point.model.bias != BiasKind::none
             ? ""
             : fmt::format("initial.file = \"{}\": its biases must be 0 with model.bias = \"none\"; \"fixed\" and \"trained\" have biases",
                           point.initial.file);
}

std::string file_dimension_supported(const PointConfig& point, const RuleContext& context) {
  const std::int64_t dimension = context.files.dimension(point.data);
  return dimension <= kLargestDimension ? "" : fmt::format("data.dimension = {}: not yet supported; this version takes up to {}", dimension, kLargestDimension);
}

std::string bias_is_used(const PointConfig& point, const RuleContext&) {
  return point.initial.bias == 0 || point.model.bias != BiasKind::none
             ? ""
             : fmt::format("initial.bias = {}: must be 0 with model.bias = \"none\"; \"fixed\" and \"trained\" have biases", point.initial.bias);
}

bool is_pca(const PointConfig& point) { return point.training.rule >= Rule::hebb; }

std::string pca_rule_fits(const PointConfig& point, const RuleContext&) {
  if (!is_pca(point)) {
    return "";
  }
  const std::string rule = fmt::format("training.rule = \"{}\": ", text_of(point.training.rule));
  if (point.model.activation != Activation::linear) {
    return rule + fmt::format("its units are linear; model.activation = \"{}\" has no meaning for it", name(point.model.activation));
  }
  if (point.model.tied || point.model.bias != BiasKind::none) {
    return rule + "it has neither decoder nor bias; model.tied must be false and model.bias \"none\"";
  }
  if (point.training.input_noise > 0) {
    return rule + "it has no clean target; training.input_noise must be 0";
  }
  const TrainingConfig& training = point.training;
  if (training.encoder_rate != 1 || training.decoder_rate != 1 || training.bias_rate != 1) {
    return rule + "it has one group of weights; encoder_rate, decoder_rate and bias_rate must be 1";
  }
  return "";
}

std::string rates_fit_tying(const PointConfig& point, const RuleContext&) {
  return !point.model.tied || (point.training.encoder_rate == 1 && point.training.decoder_rate == 1)
             ? ""
             : "model.tied = true: encoder and decoder are one; training.encoder_rate and decoder_rate must be 1, tied_rate scales both roles";
}

std::string bias_rate_is_used(const PointConfig& point, const RuleContext&) {
  return point.training.bias_rate == 1 || point.model.bias == BiasKind::trained
             ? ""
             : fmt::format("training.bias_rate = {}: applies to model.bias = \"trained\" only", point.training.bias_rate);
}

std::string decay_for_each_neuron(const PointConfig& point, const RuleContext&) {
  const std::size_t count = point.training.weight_decay.size();
  return count == 1 || static_cast<std::int64_t>(count) == point.model.hidden
             ? ""
             : fmt::format("training.weight_decay: {} values for model.hidden = {} neurons; give one for all, or one for each", count,
                           point.model.hidden);
}

std::string first_before_horizon(const PointConfig& point, const RuleContext& context) {
  const double end = context.relative_time ? 1.0 : point.training.horizon;
  if (context.record.spacing != Spacing::log || context.record.count == 1 || context.record.first < end) {
    return "";
  }
  const std::string limit = fmt::format("training.horizon = {}", end);
  return fmt::format("record.first = {}: must be smaller than {}", context.record.first,
                     context.relative_time ? "1, times being fractions of the horizon, which an axis moves" : limit);
}

}  // namespace

std::span<const PointRule> point_rules() {
  static const std::vector<PointRule> rules{
      {{"model.hidden", "data.dimension", "data.kind", "data.file", "data.files"}, hidden_below_dimension},
      {{"data.spikes", "data.dimension", "data.kind"}, spikes_within_dimension},
      {{"data.spikes", "data.bulk", "data.kind"}, some_variance},
      {{"data.dimension", "data.kind", "data.file", "data.files"}, dimension_of_file},
      {{"data.samples", "data.files", "data.kind"}, samples_available},
      {{"data.files", "data.kind"}, one_image_size},
      {{"training.input_noise", "data.kind"}, images_without_noise},
      {{"initial.file", "initial.kind", "model.hidden", "data.dimension", "data.kind", "data.file", "data.files"}, start_shape_fits},
      {{"training.rule", "model.activation", "model.tied", "model.bias", "training.input_noise", "training.encoder_rate", "training.decoder_rate",
        "training.bias_rate"},
       pca_rule_fits},
      {{"model.tied", "training.encoder_rate", "training.decoder_rate"}, rates_fit_tying},
      {{"training.bias_rate", "model.bias"}, bias_rate_is_used},
      {{"training.weight_decay", "model.hidden"}, decay_for_each_neuron},
      {{"initial.bias", "model.bias"}, bias_is_used},
      {{"initial.file", "initial.kind", "model.bias"}, bias_of_file_is_used},
      {{"data.kind", "data.file", "data.files"}, file_dimension_supported},
      {{"record.first", "record.count", "record.spacing", "training.horizon"}, first_before_horizon},
  };
  return rules;
}

}  // namespace aesweep
