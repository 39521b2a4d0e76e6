#include "key_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "deep_rules.hpp"
#include "names.hpp"

namespace aesweep {
namespace {

constexpr int kMostReplicas = 65535;

// How a checked value gets into a field of a plain struct, and back. Where needed, std::get throws only on a mistake in the table.
template <class Field>
void assign(Field& field, const Value& value) {
  if constexpr (std::is_enum_v<Field>) {
    field = value_of<Field>(std::get<std::string>(value));
  } else if constexpr (std::is_same_v<Field, std::uint64_t>) {
    field = static_cast<std::uint64_t>(std::get<std::int64_t>(value));
  } else {
    field = std::get<Field>(value);
  }
}

template <class Field>
Value value_from(const Field& field) {
  if constexpr (std::is_enum_v<Field>) {
    return text_of(field);
  } else if constexpr (std::is_same_v<Field, std::uint64_t>) {
    return static_cast<std::int64_t>(field);
  } else {
    return field;
  }
}

template <class Section, class Field>
Access<PointDraft> field(Section PointConfig::*section, Field Section::*member) {
  return {[=](PointDraft& draft, const Value& value) { assign(draft.point.*section.*member, value); },
          [=](const PointDraft& draft) { return value_from(draft.point.*section.*member); }};
}

template <class Field>
Access<Sweep> shared(Field Sweep::*member) {
  return {[=](Sweep& sweep, const Value& value) { assign(sweep.*member, value); },
          [=](const Sweep& sweep) { return value_from(sweep.*member); }};
}

template <class Section, class Field>
Access<Sweep> shared(Section Sweep::*section, Field Section::*member) {
  return {[=](Sweep& sweep, const Value& value) { assign(sweep.*section.*member, value); },
          [=](const Sweep& sweep) { return value_from(sweep.*section.*member); }};
}

/// The most that a point may have is also how many rows it has.
Access<Sweep> most_replicas() {
  return {[](Sweep& sweep, const Value& value) { assign(sweep.replicas, value); }, {}};
}

Access<Sweep> engines() {
  const auto set = [](Sweep& sweep, const Value& value) {
    sweep.engines.clear();
    for (const std::string& name : std::get<std::vector<std::string>>(value)) {
      sweep.engines.push_back(value_of<Engine>(name));
    }
    std::sort(sweep.engines.begin(), sweep.engines.end());
  };
  const auto get = [](const Sweep& sweep) -> Value {
    std::vector<std::string> names;
    std::transform(sweep.engines.begin(), sweep.engines.end(), std::back_inserter(names), [](Engine engine) { return text_of(engine); });
    return names;
  };
  return {set, get};
}

Access<PointDraft> spikes() {
  const auto set = [](PointDraft& draft, const Value& value) {
    if (const auto* table = std::get_if<SpikeTable>(&value)) {
      draft.spikes = *table;
      draft.point.data.spikes = table->expanded();
    } else {
      draft.point.data.spikes = std::get<std::vector<double>>(value);
    }
  };
  return {set, [](const PointDraft& draft) -> Value { return draft.point.data.spikes; }};
}

template <class Field>
Access<PointDraft> spike_entry(Field SpikeTable::*member) {
  const auto set = [=](PointDraft& draft, const Value& value) {
    draft.spikes.*member = std::get<Field>(value);
    draft.point.data.spikes = draft.spikes.expanded();
  };
  return {set, [=](const PointDraft& draft) -> Value { return draft.spikes.*member; }};
}

Access<PointDraft> weight_decay() {
  const auto set = [](PointDraft& draft, const Value& value) {
    const auto* list = std::get_if<std::vector<double>>(&value);
    draft.point.training.weight_decay = list != nullptr ? *list : std::vector{std::get<double>(value)};
  };
  const auto get = [](const PointDraft& draft) -> Value {
    const auto& decay = draft.point.training.weight_decay;
    return decay.size() == 1 ? Value(decay.front()) : Value(decay);
  };
  return {set, get};
}

template <class Field>
Access<PointDraft> widths(Field ModelConfig::*member) {
  const auto set = [=](PointDraft& draft, const Value& value) {
    const auto& list = std::get<std::vector<double>>(value);
    (draft.point.model.*member).assign(list.begin(), list.end());
  };
  const auto get = [=](const PointDraft& draft) -> Value {
    const auto& widths = draft.point.model.*member;
    return std::vector<double>(widths.begin(), widths.end());
  };
  return {set, get};
}

/// The kinds that shallow networks learn, in whose words their keys are; a manifold is learnt by deep ones.
std::vector<DataKind> shallow() { return {DataKind::spiked, DataKind::power_law, DataKind::marchenko_pastur, DataKind::spectrum, DataKind::images}; }
std::vector<DataKind> deep() { return {DataKind::manifold}; }

Condition tied_only() { return {"model.tied", "model.tied = true", [](const PointConfig& point) { return point.model.tied; }}; }

template <LatentLaw law>
Condition latent_only() {
  return {"data.latent", fmt::format("data.latent = \"{}\"", text_of(law)), [](const PointConfig& point) { return point.data.latent == law; }};
}

Condition normalised_only() {
  return {"training.rule", "training.rule = \"normalised_hebb\"", [](const PointConfig& point) { return point.training.rule == Rule::normalised_hebb; }};
}

Condition decaying_rate_only() {
  return {"training.rate_decay_exponent", "training.rate_decay_exponent > 0",
          [](const PointConfig& point) { return point.training.rate_decay_exponent > 0; }};
}

Bounds from(double lower) { return {.lower = lower}; }
Bounds above(double lower) { return {.lower = lower, .above = true}; }
Bounds above_to(double lower, double upper) { return {.lower = lower, .upper = upper, .above = true}; }
Bounds between(double lower, double upper) { return {.lower = lower, .upper = upper}; }

std::vector<Key> sweep_keys() {
  return {
      {.path = "sweep.name", .type = Type::name, .fallback = "the file's name without .toml", .meaning = "name of the result file, NAME.h5", .aside = true,
       .shared = shared(&Sweep::name)},
      {.path = "sweep.seed", .type = Type::integer, .bounds = from(0), .meaning = "all randomness follows from (seed, point, replica)",
       .shared = shared(&Sweep::seed)},
      {.path = "sweep.engines", .type = Type::texts, .choices = names_of<Engine>(),
       .meaning = "what each replica of a point runs: the flow, one-pass SGD, closed forms of linear networks, full-batch gradient descent; deep networks on a manifold",
       .shared = engines()},
      {.path = "sweep.replicas", .type = Type::integer, .bounds = between(1, kMostReplicas),
       .allowed = fmt::format("an integer from 1 to {}, or {{ min, max, until }}", kMostReplicas),
       .meaning = "independent starts and data streams of every point", .shared = shared(&Sweep::replicas)},
      {.path = "sweep.replicas.min", .type = Type::integer, .bounds = between(1, kMostReplicas), .required = true,
       .meaning = "as many as the success probability asks for: the first batch, every further one as large as all before it", .quiet = true,
       .shared = shared(&Sweep::sequential, &SequentialConfig::min)},
      {.path = "sweep.replicas.max", .type = Type::integer, .bounds = between(1, kMostReplicas), .required = true,
       .meaning = "the most; the file has room for them", .shared = most_replicas()},
      {.path = "sweep.replicas.until", .type = Type::number, .bounds = {.lower = 0, .upper = 0.5, .above = true, .below = true}, .required = true,
       .meaning = "enough when the interval of 95 % has this half width, in each engine", .quiet = true,
       .shared = shared(&Sweep::sequential, &SequentialConfig::until)},
      {.path = "sweep.common_randomness", .type = Type::boolean, .meaning = "the same starts and streams at all points (smooth boundaries)",
       .shared = shared(&Sweep::common_randomness)},
  };
}

std::vector<Key> data_keys() {
  const std::vector spiked{DataKind::spiked}, power_law{DataKind::power_law}, spectrum{DataKind::spectrum}, images{DataKind::images};
  const std::vector marchenko_pastur{DataKind::marchenko_pastur}, with_spikes{DataKind::spiked, DataKind::marchenko_pastur};
  const auto data = [](auto member) { return field(&PointConfig::data, member); };
  return {
      {.path = "data.kind", .choices = names_of<DataKind>(), .meaning = "where the inputs come from", .point = data(&DataConfig::kind)},
      {.path = "data.dimension", .type = Type::integer, .bounds = between(2, 1e12), .infinity = true,
       .fallback = "1000; for spectrum and images: from the file; of a manifold: its own, 2 or 3",
       .meaning = "D, the number of coordinates of an input, above 65536 of the spiked model alone; infinity: flow of the untied spiked model without input noise",
       .point = data(&DataConfig::dimension)},
      {.path = "data.spikes", .type = Type::numbers, .bounds = from(0), .required = true,
       .allowed = "a list of numbers >= 0, or { count, first, ratio }",
       .meaning = "theta_m, the spikes of the covariance alone; the eigenvalue over D is theta_m + bulk/D", .data_kinds = with_spikes,
       .point = spikes()},
      {.path = "data.spikes.count", .type = Type::integer, .bounds = between(1, 65536), .required = true, .meaning = "number of geometric spikes",
       .data_kinds = with_spikes, .point = spike_entry(&SpikeTable::count)},
      {.path = "data.spikes.first", .type = Type::number, .bounds = from(0), .required = true, .meaning = "the largest of them", .data_kinds = with_spikes,
       .point = spike_entry(&SpikeTable::first)},
      {.path = "data.spikes.ratio", .type = Type::number, .bounds = above_to(0, 1), .required = true, .meaning = "each over the one before",
       .data_kinds = with_spikes, .point = spike_entry(&SpikeTable::ratio)},
      {.path = "data.bulk", .type = Type::number, .bounds = from(0), .meaning = "sigma^2, variance of a coordinate without the spikes",
       .data_kinds = with_spikes, .point = data(&DataConfig::bulk)},
      {.path = "data.bulk_samples", .type = Type::integer, .bounds = from(1),
       .meaning = "P: the spectrum is that of the empirical covariance of P inputs, D/P fixed", .data_kinds = marchenko_pastur,
       .point = data(&DataConfig::bulk_samples)},
      {.path = "data.latent", .choices = names_of<LatentLaw>(), .meaning = "law of the spikes' coefficients, of mean 0 and variance 1",
       .data_kinds = spiked, .point = data(&DataConfig::latent)},
      {.path = "data.latent_sparsity", .type = Type::number, .bounds = above_to(0, 1),
       .meaning = "p: a sparse coefficient is 0 with probability 1 - p, else normal with variance 1/p", .data_kinds = spiked,
       .only = latent_only<LatentLaw::sparse>(), .point = data(&DataConfig::latent_sparsity)},
      {.path = "data.latent_separation", .type = Type::number, .bounds = above_to(0, 1),
       .meaning = "m: a mixture's coefficient is +m or -m plus a normal of variance 1 - m^2", .data_kinds = spiked,
       .only = latent_only<LatentLaw::mixture>(), .point = data(&DataConfig::latent_separation)},
      {.path = "data.latent_flow", .choices = names_of<LatentFlow>(),
       .meaning = "what the flow averages over: the latent law, or a Gaussian with the same covariance", .data_kinds = spiked,
       .point = data(&DataConfig::latent_flow)},
      {.path = "data.eigenvectors", .choices = names_of<EigenvectorKind>(),
       .meaning = "of the spikes, for weights recorded in pixels: the axes, or sin((m + 1) i / 100) made orthonormal (RG24 fig. 5)",
       .quiet = true, .data_kinds = with_spikes, .point = data(&DataConfig::eigenvectors), .identity = Identity::row},
      {.path = "data.training_samples", .type = Type::integer, .bounds = between(1, 0x1p48), .infinity = true,
       .meaning = "P: SGD, descent and deep networks see these P inputs again and again; infinity: a fresh one each step", .quiet = true,
       .point = data(&DataConfig::training_samples)},
      {.path = "data.exponent", .type = Type::number, .bounds = from(0), .meaning = "beta of the eigenvalues rho_hat ~ tau^-beta",
       .data_kinds = power_law, .point = data(&DataConfig::exponent)},
      {.path = "data.trace", .type = Type::number, .bounds = above(0), .meaning = "sum of rho_hat", .data_kinds = power_law,
       .point = data(&DataConfig::trace)},
      {.path = "data.file", .type = Type::path, .required = true,
       .meaning = "HDF5 file with `eigenvalues` [D] (not divided by D) and optional `eigenvectors` [D, D] (columns)", .data_kinds = spectrum,
       .file = FileKind::spectrum, .point = data(&DataConfig::file)},
      {.path = "data.format", .choices = names_of<ImageFormat>(), .meaning = "format of the image files; cifar10: the binary version, made grey",
       .data_kinds = images, .point = data(&DataConfig::format)},
      {.path = "data.files", .type = Type::paths, .required = true, .meaning = "image files, plain or .gz, one after another", .data_kinds = images,
       .file = FileKind::images, .point = data(&DataConfig::files)},
      {.path = "data.samples", .type = Type::integer, .bounds = from(2), .fallback = "all images of the files",
       .meaning = "how many of the images are used, the first ones", .data_kinds = images, .point = data(&DataConfig::samples)},
      {.path = "data.gaussian_surrogate", .type = Type::boolean, .meaning = "Gaussian inputs with the images' covariance in place of the images",
       .data_kinds = images, .point = data(&DataConfig::gaussian_surrogate)},
      {.path = "data.manifold", .choices = names_of<ManifoldKind>(),
       .meaning = "on which the inputs lie, uniformly; in a data.dimension above its own by a random isometry", .data_kinds = deep(),
       .point = data(&DataConfig::manifold)},
      {.path = "data.embedding_noise", .type = Type::number, .bounds = from(0), .meaning = "standard deviation of a normal number on each coordinate of the inputs that are learnt",
       .data_kinds = deep(), .point = data(&DataConfig::embedding_noise)},
  };
}

std::vector<Key> model_keys() {
  return {
      {.path = "model.hidden", .type = Type::integer, .bounds = between(1, 65535), .meaning = "K, the number of hidden units, below D; of a deep network k, the width of its bottleneck",
       .point = field(&PointConfig::model, &ModelConfig::hidden)},
      {.path = "model.activation", .choices = names_of<Activation>(),
       .meaning = "g of the hidden units", .point = field(&PointConfig::model, &ModelConfig::activation)},
      {.path = "model.tied", .type = Type::boolean, .meaning = "one matrix for encoder and decoder, v = w",
       .data_kinds = shallow(), .point = field(&PointConfig::model, &ModelConfig::tied)},
      {.path = "model.bias", .choices = names_of<BiasKind>(), .meaning = "biases of the hidden units: none, kept at initial.bias, or trained",
       .data_kinds = shallow(), .point = field(&PointConfig::model, &ModelConfig::bias)},
      {.path = "model.width", .type = Type::integer, .bounds = between(1, static_cast<double>(kWidestLayer)), .meaning = "of every hidden layer", .data_kinds = deep(),
       .point = field(&PointConfig::model, &ModelConfig::width)},
      {.path = "model.depth", .type = Type::integer, .bounds = between(1, static_cast<double>(kMostLayers)), .meaning = "hidden layers on each side of the bottleneck",
       .data_kinds = deep(), .point = field(&PointConfig::model, &ModelConfig::depth)},
      {.path = "model.encoder_widths", .type = Type::integers, .bounds = between(1, static_cast<double>(kWidestLayer)), .fallback = "depth times width",
       .meaning = "of the hidden layers from the input to the bottleneck, one after another", .quiet = true, .data_kinds = deep(),
       .point = widths(&ModelConfig::encoder_widths)},
      {.path = "model.decoder_widths", .type = Type::integers, .bounds = between(1, static_cast<double>(kWidestLayer)), .fallback = "depth times width",
       .meaning = "of the hidden layers from the bottleneck to the output", .quiet = true, .data_kinds = deep(),
       .point = widths(&ModelConfig::decoder_widths)},
  };
}

std::vector<Key> training_keys() {
  const auto training = [](auto member) { return field(&PointConfig::training, member); };
  return {
      {.path = "training.rule", .choices = names_of<Rule>(), .meaning = "learning rule", .data_kinds = shallow(), .point = training(&TrainingConfig::rule)},
      {.path = "training.learning_rate", .type = Type::number, .bounds = above(0), .fallback = "1; of deep networks 0.001", .meaning = "eta",
       .point = training(&TrainingConfig::learning_rate)},
      {.path = "training.weight_decay", .type = Type::number, .bounds = from(0), .list = true, .meaning = "kappa; a list gives each neuron its own",
       .point = weight_decay()},
      {.path = "training.input_noise", .type = Type::number, .bounds = from(0), .meaning = "s, standard deviation of the inputs' corruption",
       .data_kinds = shallow(), .point = training(&TrainingConfig::input_noise)},
      {.path = "training.horizon", .type = Type::number, .bounds = above_to(0, 1e9), .fallback = "100; of deep networks 10000",
       .meaning = "time t = steps / D at which training ends; of descent and deep networks: steps",
       .point = training(&TrainingConfig::horizon), .identity = Identity::row},
      {.path = "training.encoder_rate", .type = Type::number, .bounds = from(0), .meaning = "factor of the encoder's learning rate",
       .data_kinds = shallow(), .point = training(&TrainingConfig::encoder_rate)},
      {.path = "training.decoder_rate", .type = Type::number, .bounds = from(0), .meaning = "factor of the decoder's learning rate",
       .data_kinds = shallow(), .point = training(&TrainingConfig::decoder_rate)},
      {.path = "training.bias_rate", .type = Type::number, .bounds = from(0), .meaning = "factor of the biases' learning rate",
       .data_kinds = shallow(), .point = training(&TrainingConfig::bias_rate)},
      {.path = "training.tied_rate", .type = Type::number, .bounds = above(0), .fallback = "D, as in the published code of RG24",
       .meaning = "factor of a tied model's learning rate", .data_kinds = shallow(), .only = tied_only(), .point = training(&TrainingConfig::tied_rate)},
      {.path = "training.rate_decay_exponent", .type = Type::number, .bounds = from(0),
       .meaning = "beta of the decaying learning rate eta/(1 + t/t_0)^beta", .quiet = true,
       .point = training(&TrainingConfig::rate_decay_exponent)},
      {.path = "training.rate_decay_time", .type = Type::number, .bounds = above(0), .meaning = "t_0 of the decaying learning rate",
       .only = decaying_rate_only(), .point = training(&TrainingConfig::rate_decay_time)},
      {.path = "training.norm_power", .type = Type::number, .bounds = from(2), .meaning = "p of the norm sum |w_i|^p = 1 that normalised_hebb keeps",
       .data_kinds = shallow(), .only = normalised_only(), .point = training(&TrainingConfig::norm_power)},
      {.path = "training.preset", .choices = names_of<Preset>(),
       .meaning = "standard: plain SGD without the factors sqrt(D), one rate eta/D on pmse for all weights, whose entries start at std/sqrt(D) (RG24 fig. 7)",
       .data_kinds = shallow(), .point = training(&TrainingConfig::preset)},
      {.path = "training.tied_gradient", .choices = names_of<TiedGradient>(),
       .meaning = "gradient of a tied model: through both roles, or the encoder's alone (as in the published code of RG24)", .data_kinds = shallow(), .only = tied_only(),
       .point = training(&TrainingConfig::tied_gradient)},
      {.path = "training.sgd_method", .choices = names_of<SgdMethod>(),
       .meaning = "how SGD is simulated: with D numbers a neuron, or (spiked model) by the Gram process, of the same law and at a cost that D does not enter; "
                  "auto: gram where possible and D >= 256 and 16 times its axes (spikes or followed components, and 2K), or D > 65536",
       .data_kinds = shallow(), .point = training(&TrainingConfig::sgd_method), .identity = Identity::row},
      {.path = "training.optimizer", .choices = names_of<Optimizer>(), .meaning = "of deep networks: Adam, or plain mini-batch SGD; both with decoupled weight decay",
       .data_kinds = deep(), .point = training(&TrainingConfig::optimizer)},
      {.path = "training.batch", .type = Type::integer, .bounds = between(1, 65536), .meaning = "B, inputs of a step", .data_kinds = deep(),
       .point = training(&TrainingConfig::batch)},
      {.path = "training.precision", .choices = names_of<Precision>(), .meaning = "of the networks' weights and sums", .data_kinds = deep(),
       .point = training(&TrainingConfig::precision)},
  };
}

std::vector<Key> initial_keys() {
  const std::vector random{StartKind::random}, file{StartKind::file};
  const auto initial = [](auto member) { return field(&PointConfig::initial, member); };
  return {
      {.path = "initial.kind", .choices = names_of<StartKind>(), .meaning = "where the first weights come from",
       .data_kinds = shallow(), .point = initial(&StartConfig::kind)},
      {.path = "initial.encoder_std", .type = Type::number, .bounds = from(0), .meaning = "standard deviation of the entries of w",
       .data_kinds = shallow(), .start_kinds = random, .point = initial(&StartConfig::encoder_std)},
      {.path = "initial.decoder_std", .type = Type::number, .bounds = from(0), .meaning = "standard deviation of the entries of v, unscaled",
       .data_kinds = shallow(), .start_kinds = random, .point = initial(&StartConfig::decoder_std)},
      {.path = "initial.bias", .type = Type::number, .meaning = "first value of every bias (of a start file without `bias`)",
       .data_kinds = shallow(), .point = initial(&StartConfig::bias)},
      {.path = "initial.file", .type = Type::path, .required = true,
       .meaning = "HDF5 file with `encoder` [K, D], `decoder` [K, D] (unscaled v), optional `bias` [K], in the eigenbasis, leading component first",
       .data_kinds = shallow(), .start_kinds = file, .file = FileKind::start, .point = initial(&StartConfig::file)},
      {.path = "initial.encoder_scale", .type = Type::number, .meaning = "alpha_W: neuron k starts at alpha_W times eigenvector k",
       .data_kinds = shallow(), .start_kinds = {StartKind::aligned, StartKind::perfect}, .point = initial(&StartConfig::encoder_scale)},
      {.path = "initial.decoder_scale", .type = Type::number, .meaning = "alpha_V of the decoder, scaled: v = alpha_V sqrt(D) times eigenvector k",
       .data_kinds = shallow(), .start_kinds = {StartKind::aligned}, .point = initial(&StartConfig::decoder_scale)},
      {.path = "initial.gain", .type = Type::number, .bounds = above(0), .meaning = "weights start normal with gain times Glorot's standard deviation, biases at 0",
       .data_kinds = deep(), .point = initial(&StartConfig::gain)},
  };
}

std::vector<Key> solver_keys() {
  return {
      {.path = "solver.relative_tolerance", .type = Type::number, .bounds = between(1e-14, 0.1), .meaning = "of the flow's integrator, per step",
       .shared = shared(&Sweep::solver, &SolverConfig::relative_tolerance)},
      {.path = "solver.absolute_tolerance", .type = Type::number, .bounds = above_to(0, 1), .meaning = "of the flow's integrator, per step",
       .shared = shared(&Sweep::solver, &SolverConfig::absolute_tolerance)},
  };
}

std::vector<Key> record_keys() {
  const auto record = [](auto member) { return shared(&Sweep::record, member); };
  return {
      {.path = "record.count", .type = Type::integer, .bounds = between(1, 1000000), .meaning = "recorded times besides 0",
       .shared = record(&RecordConfig::count)},
      {.path = "record.spacing", .choices = names_of<Spacing>(), .meaning = "spacing of the recorded times",
       .shared = record(&RecordConfig::spacing)},
      {.path = "record.first", .type = Type::number, .bounds = above(0), .fallback = "0.01; of deep networks 1 step",
       .meaning = "first non-zero time with log spacing, in the units of /time (a fraction where an axis moves the horizon)",
       .shared = record(&RecordConfig::first)},
      {.path = "record.components", .type = Type::integer, .bounds = between(1, static_cast<double>(kMostComponents)),
       .fallback = "M for spiked data, a manifold's own dimension, else K; the maximum over the grid, at most 64", .meaning = "how many leading components are followed",
       .shared = record(&RecordConfig::components)},
      {.path = "record.trajectories", .type = Type::boolean, .meaning = "false: only the scalars of each replica are stored",
       .shared = record(&RecordConfig::trajectories)},
      {.path = "record.order_parameters", .type = Type::boolean, .meaning = "keep Q, R, T1, T0 and the bulk's share of each at every time",
       .shared = record(&RecordConfig::order_parameters)},
      {.path = "record.weights", .choices = names_of<WeightsRecord>(),
       .meaning = "which weights are stored: along the followed components at every time, or all coordinates (pixels for images) at the horizon",
       .shared = record(&RecordConfig::weights)},
      {.path = "record.reconstruction", .type = Type::integer, .bounds = between(0, 4096),
       .meaning = "deep networks: keep what becomes of so many points of the manifold, in the latent space and at the output, at every time", .quiet = true,
       .shared = record(&RecordConfig::reconstruction)},
  };
}

std::vector<Key> outcome_keys() {
  return {
      {.path = "outcome.learnt_threshold", .type = Type::number, .bounds = {.lower = 0, .upper = 1, .above = true, .below = true},
       .meaning = "a component is learnt at this fraction of its reachable explained variance",
       .shared = shared(&Sweep::outcome, &OutcomeConfig::learnt_threshold)},
      {.path = "outcome.success_excess", .type = Type::number, .bounds = from(0), .meaning = "a replica succeeds with an excess up to this",
       .shared = shared(&Sweep::outcome, &OutcomeConfig::success_excess)},
      {.path = "outcome.epsilons", .type = Type::numbers, .bounds = above(0),
       .meaning = "deep networks: lengths epsilon at which the exceptional set, what is reconstructed worse than epsilon, is measured", .quiet = true,
       .shared = shared(&Sweep::outcome, &OutcomeConfig::epsilons), .identity = Identity::row},
      {.path = "outcome.epsilon", .type = Type::number, .bounds = above(0),
       .meaning = "which of them decides: excess is the share of the manifold in that exceptional set", .quiet = true,
       .shared = shared(&Sweep::outcome, &OutcomeConfig::epsilon), .identity = Identity::row},
  };
}

std::vector<Key> refine_keys() {
  const auto refine = [](auto member) { return shared(&Sweep::refine, member); };
  return {
      {.path = "refine.axes", .type = Type::texts, .allowed = "a list of one to three names of axes of increasing numbers", .fallback = "none: every point of the grid is run",
       .meaning = "only the points of these axes' grid that its boundary needs are run, from coarse cells to cells of one step", .quiet = true,
       .shared = refine(&RefineConfig::axes)},
      {.path = "refine.engine", .choices = names_of<Engine>(), .fallback = "\"sgd\" where it runs, else the first engine", .meaning = "whose rows decide", .quiet = true,
       .shared = refine(&RefineConfig::engine)},
      {.path = "refine.observable", .choices = {"learnt", "success", "excess", "final_pmse", "theory_gap", "converged", "learning_time", "steps", "final_supremum"},
       .meaning = "the mean over replicas that crosses a level at the boundary", .quiet = true, .shared = refine(&RefineConfig::observable)},
      {.path = "refine.component", .type = Type::integer, .bounds = between(0, 1e6), .meaning = "the followed component, counted from 0, of observable = \"learning_time\"",
       .quiet = true, .shared = refine(&RefineConfig::component)},
      {.path = "refine.levels", .type = Type::numbers, .allowed = "a list of at least one number",
       .fallback = "0.5 of success and converged, outcome.success_excess of excess, 0.5, 1.5, ... of learnt",
       .meaning = "levels that the boundary lies at; required for other observables", .quiet = true, .shared = refine(&RefineConfig::levels)},
      {.path = "refine.depth", .type = Type::integer, .bounds = between(1, 20), .meaning = "how often a coarsest cell is halved; it has 2^depth steps of each axis", .quiet = true,
       .shared = refine(&RefineConfig::depth)},
      {.path = "refine.rim", .type = Type::integer, .bounds = between(0, 20),
       .meaning = "while cells have been halved fewer times, the neighbours of one that the boundary crosses are split as well", .quiet = true,
       .shared = refine(&RefineConfig::rim)},
      {.path = "refine.points", .type = Type::integer, .bounds = between(2, 1e7), .fallback = "none: must be given",
       .meaning = "the most points that are run at each combination of the other axes, as far as the grid has so many; the file has room for them", .quiet = true,
       .shared = refine(&RefineConfig::points)},
      {.path = "refine.cpu_hours", .type = Type::number, .bounds = above(0), .fallback = "no limit",
       .meaning = "a run stops in time to take at most so many hours of all its ranks, and the same command goes on with as many again", .aside = true,
       .shared = refine(&RefineConfig::cpu_hours)},
      {.path = "refine.wall_time", .allowed = "a length of time such as \"90s\", \"30m\", \"1:30:00\" or \"1-12:00:00\" (D-HH:MM:SS), or \"none\"",
       .meaning = "the same for the time on the clock; --time-limit holds as well", .aside = true, .shared = refine(&RefineConfig::wall_time)},
  };
}

std::vector<Key> axis_keys() {
  return {
      {.path = "axis.name", .type = Type::name, .fallback = "the last part of the key", .meaning = "what the axis is called"},
      {.path = "axis.key", .allowed = "a key of [data], [model], [training] or [initial]", .meaning = "what the axis moves"},
      {.path = "axis.keys", .type = Type::texts, .allowed = "a list of keys of [data], [model], [training] or [initial]",
       .meaning = "keys that move together"},
      {.path = "axis.values", .type = Type::any, .allowed = "a list of values of the key; with `keys`, a list of lists",
       .meaning = "the axis' values"},
      {.path = "axis.range.from", .type = Type::number, .meaning = "first value of an evenly spaced axis"},
      {.path = "axis.range.to", .type = Type::number, .meaning = "its last value"},
      {.path = "axis.range.count", .type = Type::integer, .bounds = between(1, 1000000), .meaning = "how many values"},
      {.path = "axis.range.spacing", .choices = {"linear", "log"}, .fallback = "\"linear\"", .meaning = "equal steps or equal ratios"},
  };
}

std::vector<Key> exclude_keys() {
  return {{.path = "exclude.\"KEY\"", .type = Type::any, .allowed = "a value, or a list of values any of which counts",
           .meaning = "points at which all keys of one [[exclude]] have these values are left out; KEY is an axis' key"}};
}

}  // namespace

std::vector<Key> key_table() {
  std::vector<Key> table;
  const auto add = [&](std::vector<Key> rows, Scope scope, Identity identity) {
    for (Key& row : rows) {
      row.scope = scope;
      row.identity = std::max(row.identity, identity);
      table.push_back(std::move(row));
    }
  };
  add(sweep_keys(), Scope::shared, Identity::none);
  add(data_keys(), Scope::point, Identity::stream);
  add(model_keys(), Scope::point, Identity::stream);
  add(training_keys(), Scope::point, Identity::stream);
  add(initial_keys(), Scope::point, Identity::stream);
  add(solver_keys(), Scope::shared, Identity::row);
  add(record_keys(), Scope::shared, Identity::row);
  add(outcome_keys(), Scope::shared, Identity::none);
  add(refine_keys(), Scope::shared, Identity::none);
  add(axis_keys(), Scope::axis, Identity::none);
  add(exclude_keys(), Scope::exclude, Identity::none);
  return table;
}

}  // namespace aesweep
