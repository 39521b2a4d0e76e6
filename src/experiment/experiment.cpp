#include "aesweep/experiment/experiment.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "aesweep/dynamics/expand.hpp"
#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/experiment/columns.hpp"
#include "aesweep/experiment/network_record.hpp"
#include "aesweep/outcome/judge.hpp"
#include "aesweep/sgd/simulate.hpp"

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

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

LearningRule rule_of(const PointConfig& point) {
  const auto& training = point.training;
  const auto dimension = static_cast<double>(point.data.dimension);
  LearningRule rule;
  rule.activation = point.model.activation;
  rule.trained_bias = point.model.bias == BiasKind::trained;
  rule.learning_rate = training.learning_rate;
  rule.weight_decay = training.weight_decay.front();
  if (training.weight_decay.size() > 1) rule.neuron_decay = training.weight_decay;
  rule.noise = training.input_noise * training.input_noise / dimension;
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

Start start_of(const PointConfig& point, const Spectrum& spectrum, double noise, const RandomStream& stream) {
  const auto& initial = point.initial;
  const auto K = point.model.hidden, D = point.data.dimension;
  switch (initial.kind) {
    case StartKind::random: {
      // Without the factors √D both matrices have entries of size std/√D: w/√D, which W is the rescaled form of, and v itself.
      const double scale = point.training.preset == Preset::standard ? 1.0 / std::sqrt(static_cast<double>(D)) : 1.0;
      return random_start(K, D, initial.encoder_std, scale * initial.decoder_std, initial.bias, stream);
    }
    case StartKind::aligned: return aligned_start(K, D, initial.encoder_scale, initial.decoder_scale, initial.bias);
    case StartKind::perfect: return perfect_start(point.model.activation, spectrum, K, initial.encoder_scale, initial.bias, noise);
    case StartKind::file: return read_start(initial.file, initial.bias);
  }
  throw std::logic_error("unknown start");
}

/// Weights of the eigenbasis in the coordinates of x = Ψ·(eigenbasis coordinates).
Weights rotate(const Weights& weights, const Eigen::MatrixXd& eigenvectors) {
  return {weights.encoder * eigenvectors.transpose(), weights.decoder * eigenvectors.transpose(), weights.bias};
}

/// What an engine measured along one replica; the clean trajectory stays empty without input noise in the grid.
struct Recording {
  Trajectory seen;
  Trajectory clean;
  double error_reached = kNaN;   // on which excess rests
  std::uint64_t steps = 0;
  std::unique_ptr<NetworkRecord> network{};   // null where nothing of the network itself is kept
};

}  // namespace

std::string name(Engine engine) { return engine == Engine::ode ? "ode" : "sgd"; }

bool has_input_noise(const Sweep& sweep) {
  for (const auto& axis : sweep.axes)
    for (const auto& column : axis.columns)
      if (column.key == "training.input_noise") return std::ranges::any_of(column.numbers, [](double s) { return s > 0.0; });
  return sweep.point(0).training.input_noise > 0.0;
}

/// Everything that the engines of one task share.
struct Experiment::Setting {
  PointConfig point;
  LearningRule rule;
  Dataset dataset;
  RandomStream stream;
  Weights start;                 // in the eigenbasis
  std::vector<double> times;     // t = steps / D
  Yardstick yardstick;
};

Experiment::Experiment(Sweep sweep, PoolLoader loader, Clock clock)
    : sweep_(std::move(sweep)), datasets_(std::move(loader)), clock_(std::move(clock)), noisy_(has_input_noise(sweep_)),
      extents_(extents_of(sweep_)) {
  for (const auto engine : {Engine::ode, Engine::sgd}) observables_.push_back(engine_columns(sweep_, engine, noisy_));
}

const std::vector<Observable>& Experiment::observables(Engine engine) const { return observables_[static_cast<std::size_t>(engine)]; }

const Extents& Experiment::extents() const { return extents_; }

std::size_t Experiment::column(Engine engine, const std::string& wanted) const {
  const auto& columns = observables(engine);
  const auto found = std::ranges::find(columns, wanted, &Observable::name);
  if (found == columns.end()) throw std::logic_error("no column " + wanted);
  return static_cast<std::size_t>(found - columns.begin());
}

Reference Experiment::reference(const PointConfig& point) {
  const auto spectrum = datasets_.spectrum(point.data);
  return {chance_error(spectrum), pca_error(spectrum, point.model.hidden), denoising_error(spectrum, point.model.hidden, rule_of(point).noise)};
}

Yardstick Experiment::yardstick(const PointConfig& point) {
  const auto spectrum = datasets_.spectrum(point.data);
  const double noise = rule_of(point).noise;
  Yardstick yardstick{chance_error(spectrum), denoising_error(spectrum, point.model.hidden, noise), {}};
  for (std::int64_t m = 0; m < sweep_.record.components; ++m) {
    const double rho_hat = spectrum[m];
    yardstick.reachable.push_back(rho_hat > 0.0 ? rho_hat / (rho_hat + noise) : 0.0);
  }
  return yardstick;
}

std::vector<double> Experiment::times(const PointConfig& point) const {
  auto times = sweep_.times();
  if (sweep_.relative_time())
    for (double& t : times) t *= point.training.horizon;
  return times;
}

Experiment::Setting Experiment::setting(std::uint64_t index, std::uint32_t replica) {
  const auto point = sweep_.point(index);
  const RandomStream stream(sweep_.stream_key(point), replica);
  Setting setting{point, rule_of(point), datasets_.get(point.data), stream, {}, times(point), yardstick(point)};
  setting.start = weights_from(start_of(point, setting.dataset.spectrum, setting.rule.noise, stream));
  impose(setting.rule, setting.start);
  return setting;
}

namespace {

using Seen = std::function<bool(std::size_t, const Weights&)>;

/// What watches a replica: the judges of the map with and, where the grid has input noise, without the noise.
struct Watch {
  std::unique_ptr<Judge> seen, clean;
  /// Weights → the error that excess rests on; pmse where it is empty.
  std::function<double(const Weights&)> reached;
  /// What is kept of the network itself; null where nothing is.
  std::unique_ptr<NetworkRecord> network;
};

/// What is asked of the network itself: an engine's columns, and how many leading modes are not bulk.
struct Wanted {
  const std::vector<Observable>& columns;
  const Extents& extents;
  Eigen::Index leading;

  std::unique_ptr<NetworkRecord> record(WeightSpace space) const {
    if (!NetworkRecord::is_wanted(columns)) return nullptr;
    space.leading = leading;
    return std::make_unique<NetworkRecord>(columns, extents, std::move(space));
  }
};

/// Records a replica; `engine` runs it and shows the weights.
Recording record(const std::vector<double>& times, std::size_t components, double chance, Watch watch,
                 const std::function<std::uint64_t(const Seen&)>& engine) {
  Recording recording{Trajectory(times, components), Trajectory(times, watch.clean ? components : 0)};
  // The PCA rules' rows have no scale to begin with: there only a non-finite error is a divergence.
  const double scale = watch.reached ? std::numeric_limits<double>::infinity() : chance;
  std::vector<double> explained(components);
  recording.steps = engine([&](std::size_t i, const Weights& weights) {
    const double pmse = watch.seen->measure(weights, explained);
    if (!recording.seen.record(i, pmse, explained, scale)) return false;
    if (watch.clean) {
      const double clean_pmse = watch.clean->measure(weights, explained);
      recording.clean.record(i, clean_pmse, explained, scale);
    }
    if (watch.network) watch.network->see(i, weights);
    if (i + 1 == times.size()) recording.error_reached = watch.reached ? watch.reached(weights) : pmse;
    return true;
  });
  recording.network = std::move(watch.network);
  return recording;
}

double pca_error_reached(const LearningRule& rule, const RowMatrix& encoder, const Eigen::VectorXd& rho_hat, double total) {
  return is_hebbian(rule.kind) ? alignment_error(encoder, rho_hat, total) : projector_error(encoder, rho_hat, total);
}

Recording run_flow(const LearningRule& rule, const Dataset& dataset, const Weights& start, const std::vector<double>& times, std::size_t components,
                   const Tolerance& tolerance, bool noisy, const Wanted& wanted, const Poll& poll) {
  const auto& spectrum = dataset.spectrum;
  const Eigen::Index followed = std::max(static_cast<Eigen::Index>(components), wanted.leading);
  const auto modes = compress(spectrum, start, followed);
  const double total = spectrum.total();
  const auto judge_for = [&](double noise) { return population_judge(rule.activation, start.hidden(), modes.rho_hat, total, noise); };
  Watch watch{judge_for(rule.noise), noisy ? judge_for(0.0) : nullptr, {}, {}};
  const auto coordinates = [&](const Weights& weights) {
    auto full = expand(spectrum, start, followed, weights);
    return dataset.images ? rotate(full, dataset.images->statistics.eigenvectors) : full;
  };
  watch.network = wanted.record({modes.rho_hat, rule.noise, 0, std::sqrt(static_cast<double>(spectrum.dimension())), nullptr, coordinates});
  if (is_pca_rule(rule.kind)) watch.reached = [&](const Weights& weights) { return pca_error_reached(rule, weights.encoder, modes.rho_hat, total); };
  const auto engine = [&](const Seen& seen) { return integrate_flow(rule, modes, times, tolerance, seen, poll); };
  return record(times, components, 0.5 * total, std::move(watch), engine);
}

Recording run_sgd(const LearningRule& rule, const Dataset& dataset, const Weights& start, const RandomStream& stream, const std::vector<double>& times,
                  std::size_t components, bool noisy, const Wanted& wanted, const Poll& poll) {
  const double total = dataset.spectrum.total();
  const auto* images = dataset.images.get();
  const Eigen::VectorXd rho_hat = dataset.spectrum.rho_hat();
  const auto judge_for = [&](double noise) {
    if (images) return pool_judge(rule.activation, start.hidden(), static_cast<Eigen::Index>(components), images->pool, images->statistics);
    return population_judge(rule.activation, start.hidden(), rho_hat, total, noise);
  };
  Watch watch{judge_for(rule.noise), noisy ? judge_for(0.0) : nullptr, {}, {}};
  watch.network = wanted.record({rho_hat, rule.noise, 0, std::sqrt(static_cast<double>(rho_hat.size())),
                                 images ? &images->statistics.eigenvectors : nullptr, {}});
  if (is_pca_rule(rule.kind))
    watch.reached = [&](const Weights& weights) {
      return pca_error_reached(rule, images ? RowMatrix(weights.encoder * images->statistics.eigenvectors) : weights.encoder, rho_hat, total);
    };
  VectorSgd replica(rule, images ? rotate(start, images->statistics.eigenvectors) : start, *dataset.inputs, stream);
  return record(times, components, 0.5 * total, std::move(watch), [&](const Seen& seen) { return simulate(replica, times, seen, poll); });
}

}  // namespace

Row Experiment::run_engine(Engine engine, const Setting& setting, std::vector<double>& theory, const Poll& poll) {
  const auto components = static_cast<std::size_t>(sweep_.record.components);
  const Tolerance tolerance{sweep_.solver.relative_tolerance, sweep_.solver.absolute_tolerance};
  const auto& data = setting.point.data;
  const auto leading = data.kind == DataKind::spiked ? data.spikes.size() : components;
  const Wanted kept{observables(engine), extents_, static_cast<Eigen::Index>(leading)};
  const auto recording = engine == Engine::ode
      ? run_flow(setting.rule, setting.dataset, setting.start, setting.times, components, tolerance, noisy_, kept, poll)
      : run_sgd(setting.rule, setting.dataset, setting.start, setting.stream, setting.times, components, noisy_, kept, poll);
  const auto verdict = judge(recording.seen, recording.error_reached, setting.yardstick, {sweep_.outcome.learnt_threshold, sweep_.outcome.success_excess});
  if (engine == Engine::ode) theory = recording.seen.pmse();

  Row row;
  row.status = recording.seen.diverged() ? Status::diverged : Status::done;
  for (const auto& column : observables(engine)) {
    const auto& wanted = column.name;
    auto& values = row.values.emplace_back();
    if (wanted == "pmse") values = recording.seen.pmse();
    else if (wanted == "explained") values = recording.seen.explained();
    else if (wanted == "pmse_clean") values = recording.clean.pmse();
    else if (wanted == "explained_clean") values = recording.clean.explained();
    else if (wanted == "final_pmse") values = {verdict.final_pmse};
    else if (wanted == "excess") values = {verdict.excess};
    else if (wanted == "learnt") values = {static_cast<double>(verdict.learnt)};
    else if (wanted == "learning_time") values = verdict.learning_time;
    else if (wanted == "converged") values = {verdict.converged ? 1.0 : 0.0};
    else if (wanted == "theory_gap") values = {theory.empty() ? kNaN : theory_gap(recording.seen.pmse(), theory, setting.yardstick.chance)};
    else if (recording.network && recording.network->has(wanted)) values = recording.network->take(wanted);
    else if (wanted == "steps") values = {static_cast<double>(recording.steps)};
    else values = {column.fill};
  }
  return row;
}

TaskResult Experiment::run(std::uint64_t point, std::uint32_t replica, const Poll& poll) {
  TaskResult result;
  const auto shared = setting(point, replica);
  std::vector<double> theory;
  for (const auto engine : sweep_.engines) {
    const double start = clock_();
    Row row;
    try {
      row = run_engine(engine, shared, theory, poll);
    } catch (const NumericalError& error) {
      row.status = Status::failed;
      for (const auto& column : observables(engine)) row.values.emplace_back(row_size(column, extents()), column.fill);
      result.failures.push_back(fmt::format("{}: {}", name(engine), error.what()));
    }
    row.values[column(engine, "seconds")] = {clock_() - start};
    result.rows.push_back(std::move(row));
  }
  return result;
}

}  // namespace aesweep
