#include "point_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "aesweep/data/eigenvectors.hpp"
#include "aesweep/data/spectrum.hpp"
#include "aesweep/data/start.hpp"
#include "aesweep/sweep/sgd_method.hpp"
#include "names.hpp"

namespace aesweep {
namespace {

std::string hidden_below_dimension(const PointConfig& point, const RuleContext& context) {
  const std::int64_t dimension = context.files.dimension(point.data);
  return dimension == 0 || point.model.hidden < dimension || point.data.kind == DataKind::manifold
             ? ""
             : fmt::format("model.hidden = {}: must be smaller than data.dimension = {} (K < D)", point.model.hidden, dimension);
}

bool has_spikes(const PointConfig& point) { return point.data.kind == DataKind::spiked || point.data.kind == DataKind::marchenko_pastur; }

std::string spikes_within_dimension(const PointConfig& point, const RuleContext&) {
  const auto count = static_cast<std::int64_t>(point.data.spikes.size());
  return !has_spikes(point) || count <= point.data.dimension
             ? ""
             : fmt::format("data.spikes: {} spikes are more than data.dimension = {}", count, point.data.dimension);
}

/// Above, flow and judge would average over a sample of the law that is smaller than the latents are many.
constexpr std::size_t kMostLatents = 1000;

std::string latents_can_be_averaged(const PointConfig& point, const RuleContext&) {
  return point.data.kind != DataKind::spiked || point.data.latent == LatentLaw::gaussian || point.data.spikes.size() <= kMostLatents
             ? ""
             : fmt::format("data.latent = \"{}\": averages over its law are known for up to {} spikes, not for {}; \"gaussian\" has no such limit",
                           text_of(point.data.latent), kMostLatents, point.data.spikes.size());
}

/// Where the spectrum of a finite sample can't be had.
std::string sample_shows_spikes(const PointConfig& point, const RuleContext&) {
  if (point.data.kind != DataKind::marchenko_pastur || point.data.dimension > kLargestDimension ||
      static_cast<std::int64_t>(point.data.spikes.size()) > point.data.dimension) {
    return "";
  }
  try {
    marchenko_pastur_spectrum(point.data.spikes, point.data.bulk, point.data.dimension, point.data.bulk_samples);
    return "";
  } catch (const std::invalid_argument& error) {
    return fmt::format("data.bulk_samples = {}: {}", point.data.bulk_samples, error.what());
  }
}

std::string some_variance(const PointConfig& point, const RuleContext&) {
  const auto& spikes = point.data.spikes;
  const bool flat = std::all_of(spikes.begin(), spikes.end(), [](double theta) { return theta == 0; });
  if (!has_spikes(point) || point.data.bulk > 0 || !flat) {
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
    const ImageShape* shape = context.files.images(point.data.format, path);
    if (shape == nullptr) {
      return fmt::format("data.files: {} is no file of data.format = \"{}\"", path, text_of(point.data.format));
    }
    if ( static_cast<std::int64_t>(shape->pixels) != context.files.dimension(point.data)) {
      return fmt::format("data.files: {} has images of {} pixels, {} of {}; all must have one size", point.data.files.front(),
                         context.files.dimension(point.data), path, shape->pixels);
    }
  }
  return "";
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
  const bool from_file = point.data.kind == DataKind::spectrum || point.data.kind == DataKind::images;
  const std::int64_t dimension = context.files.dimension(point.data);
  return !from_file || dimension <= kLargestDimension ? "" : fmt::format("data.dimension = {}: not yet supported; this version takes up to {}", dimension, kLargestDimension);
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
  return training.preset == Preset::thermodynamic ? "" : rule + "it has no rates to set; training.preset must be \"thermodynamic\"";
}

/// The rows' norm is kept: nothing may shrink them, none may start at zero, and a p-norm other than the second depends on the coordinates.
std::string normalised_hebb_fits(const PointConfig& point, const RuleContext& context) {
  if (point.training.rule != Rule::normalised_hebb) {
    return "";
  }
  const std::string rule = "training.rule = \"normalised_hebb\": ";
  const auto& decay = point.training.weight_decay;
  if (std::any_of(decay.begin(), decay.end(), [](double kappa) { return kappa != 0; })) {
    return rule + "it keeps the norm of its rows; training.weight_decay must be 0";
  }
  const auto& start = point.initial;
  if ((start.kind == StartKind::random && start.encoder_std == 0) ||
      ((start.kind == StartKind::aligned || start.kind == StartKind::perfect) && start.encoder_scale == 0)) {
    return rule + "rows of zeros have no direction; initial.encoder_std (encoder_scale) must not be 0";
  }
  if (context.runs(Engine::descent)) {
    return rule + "a full-batch step is no step of this rule; sweep.engines must not have \"descent\"";
  }
  const bool eigenbasis = point.data.kind != DataKind::images && point.data.eigenvectors == EigenvectorKind::identity;
  return point.training.norm_power == 2 || eigenbasis
             ? ""
             : rule + fmt::format("training.norm_power = {} depends on the coordinates, which are not the eigenbasis here; must be 2",
                                  point.training.norm_power);
}

std::string preset_sets_rates(const PointConfig& point, const RuleContext&) {
  const auto& training = point.training;
  const bool given = training.encoder_rate != 1 || training.decoder_rate != 1 || training.bias_rate != 1 || training.tied_rate != 0;
  return training.preset == Preset::thermodynamic || !given
             ? ""
             : "training.preset = \"standard\": sets encoder_rate, decoder_rate, bias_rate and tied_rate; leave them out";
}

/// D = ∞ is the limit of the untied spiked model's flow   [equations.md §2].
std::string infinite_dimension_fits(const PointConfig& point, const RuleContext& context) {
  if (point.data.dimension != kInfinity || point.data.kind == DataKind::images || point.data.kind == DataKind::spectrum) {
    return "";
  }
  const std::string where = "data.dimension = \"infinity\": ";
  if (point.data.kind != DataKind::spiked) {
    return where + fmt::format("the limit of the spiked model; data.kind = \"{}\" has none", text_of(point.data.kind));
  }
  if (context.runs(Engine::sgd)) {
    return where + "one-pass SGD takes D steps for each unit of time; sweep.engines must not have \"sgd\"";
  }
  if (point.model.tied) {
    return where + "a tied model's decoder v/sqrt(D) vanishes; model.tied must be false";
  }
  if (point.training.input_noise > 0) {
    return where + "noise of fixed s vanishes against the spikes, noise ~ sqrt(D) moves the bulk; training.input_noise must be 0";
  }
  if (is_pca(point)) {
    return where + fmt::format("rule \"{}\" moves the bulk of its rows; give a finite D", text_of(point.training.rule));
  }
  if (point.training.preset != Preset::thermodynamic) {
    return where + "the rates of training.preset = \"standard\" depend on D; give a finite D";
  }
  if (point.data.training_samples != kInfinity) {
    return where + "P inputs span nothing of an infinite space; data.training_samples must be \"infinity\"";
  }
  if (point.initial.kind == StartKind::file) {
    return where + "a start file has finitely many coordinates; initial.kind must not be \"file\"";
  }
  if (context.record.weights == WeightsRecord::final) {
    return where + "weights have infinitely many coordinates; record.weights must not be \"final\"";
  }
  if (point.data.eigenvectors != EigenvectorKind::identity) {
    return where + "there are no pixels; data.eigenvectors must be \"identity\"";
  }
  const bool by_component = point.initial.kind == StartKind::aligned || point.initial.kind == StartKind::perfect;
  return !by_component || point.model.hidden <= static_cast<std::int64_t>(point.data.spikes.size())
             ? ""
             : where + fmt::format("initial.kind = \"{}\" puts a neuron on each component, of which there are {}; model.hidden must not be larger",
                                   text_of(point.initial.kind), point.data.spikes.size());
}

/// Above kLargestDimension nothing keeps all coordinates.
std::string large_dimension_fits(const PointConfig& point, const RuleContext& context) {
  const DataConfig& data = point.data;
  if (data.dimension <= kLargestDimension || data.dimension == kInfinity || data.kind == DataKind::images || data.kind == DataKind::spectrum) {
    return "";
  }
  const std::string where = fmt::format("data.dimension = {}: above {} no coordinate of the bulk is kept; ", data.dimension, kLargestDimension);
  if (data.kind != DataKind::spiked) {
    return where + fmt::format("data.kind = \"{}\" needs all of them, \"spiked\" does not", text_of(data.kind));
  }
  if (data.training_samples != kInfinity) {
    return where + "data.training_samples must be \"infinity\"";
  }
  if (data.eigenvectors != EigenvectorKind::identity) {
    return where + "data.eigenvectors must be \"identity\"";
  }
  if (point.initial.kind == StartKind::file) {
    return where + "initial.kind must not be \"file\"";
  }
  if (context.record.weights == WeightsRecord::final) {
    return where + "record.weights must not be \"final\"";
  }
  if (point.training.rule == Rule::normalised_hebb && point.training.norm_power != 2) {
    return where + "training.norm_power must be 2";
  }
  const std::int64_t most = (data.dimension - std::max<std::int64_t>(static_cast<std::int64_t>(data.spikes.size()), kMostComponents)) / 2 - 32;
  return point.model.hidden <= most ? "" : where + fmt::format("model.hidden must be at most {}", most);
}

/// Steps are numbered in 48 bits of the random numbers' counters.
constexpr double kMostSteps = 0x1p48;

std::string sgd_method_fits(const PointConfig& point, const RuleContext& context) {
  const std::int64_t dimension = context.files.dimension(point.data);
  if (!context.runs(Engine::sgd) || dimension == 0 || dimension == kInfinity || !large_dimension_fits(point, context).empty()) {
    return "";
  }
  const auto method = resolved_method(point, context.record);
  const std::string where = fmt::format("training.sgd_method = \"{}\": ", text_of(point.training.sgd_method));
  if (method == SgdMethod::gram && !gram_obstacle(point, context.record).empty()) {
    return where + gram_obstacle(point, context.record);
  }
  if (method == SgdMethod::vector && dimension > kLargestDimension && point.data.kind == DataKind::spiked) {
    return where + fmt::format("vector SGD takes up to {} dimensions, data.dimension = {}; \"gram\" has no such limit", kLargestDimension, dimension);
  }
  const double steps = point.training.horizon * static_cast<double>(dimension);
  return steps <= kMostSteps ? "" : fmt::format("training.horizon = {}: makes {:.3g} steps at data.dimension = {}; SGD takes up to {:.3g}",
                                                point.training.horizon, steps, dimension, kMostSteps);
}

/// RG24 fig. 5's sinusoids, of which short inputs can't tell many apart.
std::string sinusoids_differ(const PointConfig& point, const RuleContext&) {
  if (point.data.eigenvectors != EigenvectorKind::sinusoidal || !has_spikes(point) || point.data.dimension > kLargestDimension) {
    return "";
  }
  try {
    Eigenbasis::sinusoidal(point.data.dimension, static_cast<Eigen::Index>(point.data.spikes.size()));
    return "";
  } catch (const std::invalid_argument& error) {
    return fmt::format("data.eigenvectors = \"sinusoidal\": {}", error.what());
  }
}

/// Where PKK18's closed forms hold   [equations.md §5].
std::string exact_engine_fits(const PointConfig& point, const RuleContext& context) {
  if (!context.runs(Engine::exact)) {
    return "";
  }
  const std::string engine = "sweep.engines: \"exact\" holds for linear networks that learn mode by mode; ";
  const auto& training = point.training;
  const auto& start = point.initial;
  if (point.model.activation != Activation::linear || point.model.bias != BiasKind::none) {
    return engine + "model.activation must be \"linear\" and model.bias \"none\"";
  }
  if (training.rule == Rule::normalised_hebb) {
    return engine + "normalised_hebb has no closed form here";
  }
  if (start.kind != StartKind::aligned && start.kind != StartKind::perfect) {
    return engine + fmt::format("initial.kind must be \"aligned\" or \"perfect\", not \"{}\"", text_of(start.kind));
  }
  if (training.rate_decay_exponent > 0) {
    return engine + "the learning rate must be constant: training.rate_decay_exponent must be 0";
  }
  if (point.model.tied || is_pca(point)) {
    return "";
  }
  if (training.encoder_rate == 0 || training.decoder_rate == 0) {
    return engine + "training.encoder_rate and decoder_rate must be > 0";
  }
  const bool decays = std::any_of(training.weight_decay.begin(), training.weight_decay.end(), [](double kappa) { return kappa > 0; });
  const bool balanced = start.kind == StartKind::aligned && are_balanced(start.encoder_scale / std::sqrt(training.encoder_rate),
                                                                         start.decoder_scale / std::sqrt(training.decoder_rate));
  return !decays || balanced ? ""
                             : engine + "with training.weight_decay > 0 there is a closed form from a balanced start alone: initial.kind = \"aligned\" "
                                        "with initial.encoder_scale = initial.decoder_scale (each over the square root of its rate)";
}

/// Numbers that the descent engine keeps in memory: 1 GB.
constexpr std::int64_t kLargestSample = std::int64_t{1} << 27;

/// Where the full gradient is the pool's: of networks that see more of the images than their covariance.
std::string pool_fits_into_memory(const PointConfig& point, const RuleContext& context) {
  const bool whole = point.data.kind == DataKind::images && !point.data.gaussian_surrogate && point.data.training_samples == kInfinity;
  const bool linear = point.model.activation == Activation::linear && point.model.bias == BiasKind::none;
  const std::int64_t dimension = context.files.dimension(point.data), available = context.files.available(point.data);
  const std::int64_t images = point.data.samples == 0 ? available : point.data.samples;
  return !context.runs(Engine::descent) || !whole || linear || dimension == 0 || images <= kLargestSample / dimension
             ? ""
             : fmt::format("data.samples = {}: descent keeps the images in memory; must be at most {} at D = {}", images, kLargestSample / dimension,
                           dimension);
}

std::string training_set_is_used(const PointConfig& point, const RuleContext& context) {
  if (point.data.training_samples == kInfinity) {
    return "";
  }
  const std::string key = fmt::format("data.training_samples = {}: ", point.data.training_samples);
  if (!context.runs(Engine::sgd) && !context.runs(Engine::descent) && !context.runs(Engine::deep)) {
    return key + "is seen by the engines \"sgd\", \"descent\" and \"deep\"; sweep.engines has none of them";
  }
  if (context.runs(Engine::descent) && is_pca(point)) {
    return key + fmt::format("descent by rule \"{}\" follows the covariance of fresh inputs; must be \"infinity\"", text_of(point.training.rule));
  }
  const std::int64_t dimension = context.files.dimension(point.data);
  return !context.runs(Engine::descent) || dimension == 0 || dimension == kInfinity || point.data.training_samples <= kLargestSample / dimension
             ? ""
             : key + fmt::format("descent keeps the inputs in memory; must be at most {} at D = {}", kLargestSample / dimension, dimension);
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
  return count == 1 || static_cast<std::int64_t>(count) == point.model.hidden || point.data.kind == DataKind::manifold
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
      {{"data.latent", "data.spikes", "data.kind"}, latents_can_be_averaged},
      {{"data.bulk_samples", "data.spikes", "data.bulk", "data.kind", "data.dimension"}, sample_shows_spikes},
      {{"data.dimension", "data.kind", "data.file", "data.files"}, dimension_of_file},
      {{"data.samples", "data.files", "data.kind"}, samples_available},
      {{"data.files", "data.kind", "data.format"}, one_image_size},
      {{"initial.file", "initial.kind", "model.hidden", "data.dimension", "data.kind", "data.file", "data.files"}, start_shape_fits},
      {{"training.rule", "model.activation", "model.tied", "model.bias", "training.input_noise", "training.encoder_rate", "training.decoder_rate",
        "training.bias_rate", "training.preset"},
       pca_rule_fits},
      {{"training.rule", "training.weight_decay", "training.norm_power", "initial.kind", "initial.encoder_std", "initial.encoder_scale", "sweep.engines",
        "data.kind", "data.eigenvectors"},
       normalised_hebb_fits},
      {{"training.preset", "training.encoder_rate", "training.decoder_rate", "training.bias_rate", "training.tied_rate"}, preset_sets_rates},
      {{"data.dimension", "data.kind", "sweep.engines", "model.tied", "training.input_noise", "training.rule", "training.preset",
        "data.training_samples", "initial.kind", "data.eigenvectors", "record.weights", "model.hidden", "data.spikes"},
       infinite_dimension_fits},
      {{"data.dimension", "data.kind", "data.training_samples", "data.eigenvectors", "initial.kind", "record.weights", "training.rule", "training.norm_power",
        "model.hidden"},
       large_dimension_fits},
      {{"training.sgd_method", "data.dimension", "data.kind", "data.file", "data.files", "sweep.engines", "data.training_samples", "record.weights", "record.components",
        "training.rule", "model.tied", "model.hidden", "data.spikes", "training.horizon"},
       sgd_method_fits},
      {{"data.eigenvectors", "data.kind", "data.dimension", "data.spikes"}, sinusoids_differ},
      {{"sweep.engines", "model.activation", "model.bias", "model.tied", "training.rule", "initial.kind", "training.rate_decay_exponent",
        "training.encoder_rate", "training.decoder_rate", "training.weight_decay", "initial.encoder_scale", "initial.decoder_scale"},
       exact_engine_fits},
      {{"data.samples", "data.files", "data.kind", "data.format", "data.gaussian_surrogate", "data.training_samples", "model.activation", "model.bias",
        "sweep.engines"},
       pool_fits_into_memory},
      {{"data.training_samples", "sweep.engines", "data.kind", "data.dimension", "data.file", "data.files", "training.rule"}, training_set_is_used},
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
