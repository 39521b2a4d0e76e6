#include "aesweep/experiment/experiment.hpp"

#include <fmt/core.h>

#include <Eigen/Core>
#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

#include "aesweep/experiment/columns.hpp"
#include "bytes.hpp"
#include "engines.hpp"

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::string name(Engine engine) {
  switch (engine) {
    case Engine::ode: return "ode";
    case Engine::sgd: return "sgd";
    case Engine::exact: return "exact";
    case Engine::descent: return "descent";
  }
  throw std::logic_error("unknown engine");
}

std::size_t Experiment::column(Engine engine, const std::string& wanted) const {
  const auto& columns = observables(engine);
  const auto found = std::ranges::find(columns, wanted, &Observable::name);
  if (found == columns.end()) throw std::logic_error("no column " + wanted);
  return static_cast<std::size_t>(found - columns.begin());
}

namespace {

class LinkedExperiment final : public Experiment {
 public:
  LinkedExperiment(Sweep sweep, PoolLoader loader, Clock clock);

  const Sweep& sweep() const override { return sweep_; }
  const std::vector<Observable>& observables(Engine engine) const override { return observables_.at(engine); }
  const Extents& extents() const override { return extents_; }
  Reference reference(const PointConfig& point) override;
  Yardstick yardstick(const PointConfig& point) override;
  Verdict judge(const Trajectory& trajectory, double error_reached, const Yardstick& yardstick) const override;
  std::vector<double> times(const PointConfig& point) const override;
  TaskResult run(std::uint64_t point, std::uint32_t replica, const Poll& poll, Checkpoint* checkpoint) override;
  std::string task_identity(std::uint64_t point, std::uint32_t replica) const override;

 private:
  struct Progress;
  Row run_engine(Engine engine, const Setting& setting, Progress& progress, const Poll& poll, Checkpoint* checkpoint);
  Row row_of(Recording recording, const std::vector<Observable>& columns, const Yardstick& yardstick, const std::vector<double>& theory) const;

  Sweep sweep_;
  Datasets datasets_;
  Clock clock_;
  bool noisy_;   // some point has input noise: the clean map is recorded as well
  Extents extents_;
  std::map<Engine, std::vector<Observable>> observables_;
};

LinkedExperiment::LinkedExperiment(Sweep sweep, PoolLoader loader, Clock clock)
    : sweep_(std::move(sweep)), datasets_(std::move(loader)), clock_(std::move(clock)), noisy_(has_input_noise(sweep_)),
      extents_(extents_of(sweep_)) {
  for (const auto engine : sweep_.engines) observables_[engine] = engine_columns(sweep_, engine);
}

Reference LinkedExperiment::reference(const PointConfig& point) {
  const auto spectrum = datasets_.spectrum(point.data);
  return {chance_error(spectrum), pca_error(spectrum, point.model.hidden), denoising_error(spectrum, point.model.hidden, rule_of(point).noise)};
}

Yardstick LinkedExperiment::yardstick(const PointConfig& point) {
  const auto spectrum = datasets_.spectrum(point.data);
  const double noise = rule_of(point).noise;
  Yardstick yardstick{chance_error(spectrum), denoising_error(spectrum, point.model.hidden, noise), {}};
  for (std::int64_t m = 0; m < sweep_.record.components; ++m) {
    const double rho_hat = spectrum[m];
    yardstick.reachable.push_back(rho_hat > 0.0 ? rho_hat / (rho_hat + noise) : 0.0);
  }
  return yardstick;
}

std::vector<double> LinkedExperiment::times(const PointConfig& point) const {
  auto times = sweep_.times();
  if (sweep_.relative_time())
    for (double& t : times) t *= point.training.horizon;
  return times;
}

Verdict LinkedExperiment::judge(const Trajectory& trajectory, double error_reached, const Yardstick& yardstick) const {
  return aesweep::judge(trajectory, error_reached, yardstick, {sweep_.outcome.learnt_threshold, sweep_.outcome.success_excess});
}

Setting setting_of(const PointConfig& point, Dataset dataset, const RandomStream& stream, std::vector<double> times, Yardstick yardstick) {
  const auto rule = rule_of(point);
  auto start = start_of(point, rule, dataset.spectrum, stream);
  return {point, rule, std::move(dataset), stream, std::move(start), std::move(times), std::move(yardstick)};
}

/// A recording as values of the columns. @param theory  the flow's pmse, empty where no flow was run or it failed.
Row LinkedExperiment::row_of(Recording recording, const std::vector<Observable>& columns, const Yardstick& yardstick,
                             const std::vector<double>& theory) const {
  const auto verdict = judge(recording.seen, recording.error_reached, yardstick);
  Row row;
  row.status = recording.seen.diverged() ? Status::diverged : Status::done;
  for (const auto& column : columns) {
    const auto& wanted = column.name;
    auto& values = row.values.emplace_back();
    if (wanted == "pmse") values = recording.seen.pmse();
    else if (wanted == "explained") values = recording.seen.explained();
    else if (wanted == "pmse_clean") values = recording.clean.pmse();
    else if (wanted == "explained_clean") values = recording.clean.explained();
    else if (wanted == "pmse_training") values = recording.training;
    else if (wanted == "final_pmse") values = {verdict.final_pmse};
    else if (wanted == "excess") values = {verdict.excess};
    else if (wanted == "learnt") values = {static_cast<double>(verdict.learnt)};
    else if (wanted == "learning_time") values = verdict.learning_time;
    else if (wanted == "converged") values = {verdict.converged ? 1.0 : 0.0};
    else if (wanted == "theory_gap") values = {theory.empty() ? kNaN : theory_gap(recording.seen.pmse(), theory, yardstick.chance)};
    else if (recording.network && recording.network->has(wanted)) values = recording.network->take(wanted);
    else if (wanted == "steps") values = {static_cast<double>(recording.steps)};
    else values = {column.fill};
  }
  return row;
}

/// A task on its way.
struct LinkedExperiment::Progress {
  TaskResult result;               // engines that have ended
  std::vector<double> theory;      // the flow's pmse
  std::string engine;              // what is kept of the engine that runs
  double start = 0.0;              // when it began or, had it not been interrupted, would have
  double spent = 0.0;              // seconds on it, as they are kept

  std::string bytes() const;
  static Progress from(const std::string& bytes, const std::vector<Engine>& engines, const std::map<Engine, std::vector<Observable>>& columns,
                       const Extents& extents);
};

std::string LinkedExperiment::Progress::bytes() const {
  ByteWriter to;
  to.put(static_cast<std::uint64_t>(result.rows.size()));
  for (const auto& row : result.rows) {
    to.put(static_cast<std::uint64_t>(row.status));
    for (const auto& values : row.values) to.put(std::span(values));
  }
  to.put(static_cast<std::uint64_t>(result.failures.size()));
  for (const auto& failure : result.failures) to.put(failure);
  to.put(std::span(theory));
  to.put(engine);
  to.put(spent);
  return to.take();
}

LinkedExperiment::Progress LinkedExperiment::Progress::from(const std::string& bytes, const std::vector<Engine>& engines,
                                                const std::map<Engine, std::vector<Observable>>& columns, const Extents& extents) {
  ByteReader in(bytes);
  Progress progress;
  const auto ended = in.integer();
  if (ended >= engines.size()) throw std::runtime_error("it holds more engines than there are");
  for (std::size_t e = 0; e < ended; ++e) {
    auto& row = progress.result.rows.emplace_back();
    row.status = static_cast<Status>(in.integer());
    for (const auto& column : columns.at(engines[e])) in.fill(row.values.emplace_back(row_size(column, extents)));
  }
  for (auto failures = in.integer(); failures > 0; --failures) progress.result.failures.push_back(in.text());
  progress.theory = in.reals();
  progress.engine = in.text();
  progress.spent = in.real();
  if (!in.at_end()) throw std::runtime_error("it is longer than it should be");
  return progress;
}

Row LinkedExperiment::run_engine(Engine engine, const Setting& setting, Progress& progress, const Poll& poll, Checkpoint* checkpoint) {
  const Tolerance tolerance{sweep_.solver.relative_tolerance, sweep_.solver.absolute_tolerance};
  const Wanted wanted{observables(engine), extents_, noisy_};
  const EngineCheckpoint part{progress.engine, [&] { return checkpoint->due(); },
                              [&](const std::string& state) {
                                progress.engine = state;
                                progress.spent = clock_() - progress.start;
                                checkpoint->keep(progress.bytes());
                              }};
  auto recording = aesweep::run_engine(engine, setting, wanted, tolerance, poll, checkpoint ? &part : nullptr);
  if (engine == Engine::ode) progress.theory = recording.seen.pmse();
  return row_of(std::move(recording), wanted.columns, setting.yardstick, progress.theory);
}

TaskResult LinkedExperiment::run(std::uint64_t point, std::uint32_t replica, const Poll& poll, Checkpoint* checkpoint) {
  Progress progress;
  if (const auto kept = checkpoint ? checkpoint->load() : std::nullopt) {
    try {
      progress = Progress::from(*kept, sweep_.engines, observables_, extents_);
    } catch (const std::runtime_error& error) {
      checkpoint->reject(error.what());
    }
  }
  auto& result = progress.result;
  const auto config = sweep_.point(point);
  const RandomStream stream(sweep_.stream_key(config), replica);
  const auto shared = setting_of(config, datasets_.get(config.data), stream, times(config), yardstick(config));
  while (result.rows.size() < sweep_.engines.size()) {
    const auto engine = sweep_.engines[result.rows.size()];
    progress.start = clock_() - progress.spent;
    Row row;
    try {
      row = run_engine(engine, shared, progress, poll, checkpoint);
    } catch (const NumericalError& error) {
      row.status = Status::failed;
      for (const auto& column : observables(engine)) row.values.emplace_back(row_size(column, extents()), column.fill);
      result.failures.push_back(fmt::format("{}: {}", name(engine), error.what()));
    } catch (const Stopped&) {
      // SGD has kept itself; an engine that can't is begun again, but those before it are not.
      if (checkpoint && progress.engine.empty() && !result.rows.empty()) checkpoint->keep(progress.bytes());
      throw;
    }
    row.values[column(engine, "seconds")] = {clock_() - progress.start};
    result.rows.push_back(std::move(row));
    progress.engine.clear();
    progress.spent = 0.0;
  }
  return std::move(result);
}

std::string LinkedExperiment::task_identity(std::uint64_t point, std::uint32_t replica) const {
  std::string text = fmt::format("point = {}\nseed = {}\ncommon_randomness = {}\nreplica = {}\nlearnt_threshold = {}\nsuccess_excess = {}\n",
                                 hex(sweep_.point_id(sweep_.point(point))), sweep_.seed, sweep_.common_randomness, replica,
                                 sweep_.outcome.learnt_threshold, sweep_.outcome.success_excess);
  for (const auto engine : sweep_.engines) {
    text += name(engine);
    for (const auto& one : observables(engine)) text += fmt::format(" {}[{}]", one.name, row_size(one, extents_));
    text += '\n';
  }
  return text;
}

}  // namespace

std::unique_ptr<Experiment> make_experiment(Sweep sweep, PoolLoader loader, Experiment::Clock clock) {
  // Eigen splits long sums by the sizes of the caches: fixed ones give the same bits on every machine.
  Eigen::setCpuCacheSizes(32 * 1024, 1024 * 1024, 8 * 1024 * 1024);
  return std::make_unique<LinkedExperiment>(std::move(sweep), std::move(loader), std::move(clock));
}

}  // namespace aesweep
