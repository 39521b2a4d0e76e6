#include "aesweep/experiment/experiment.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "aesweep/experiment/columns.hpp"
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

Experiment::Experiment(Sweep sweep, PoolLoader loader, Clock clock)
    : sweep_(std::move(sweep)), datasets_(std::move(loader)), clock_(std::move(clock)), noisy_(has_input_noise(sweep_)),
      extents_(extents_of(sweep_)) {
  for (const auto engine : sweep_.engines) observables_[engine] = engine_columns(sweep_, engine);
}

const std::vector<Observable>& Experiment::observables(Engine engine) const { return observables_.at(engine); }

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

namespace {

Setting setting_of(const PointConfig& point, Dataset dataset, const RandomStream& stream, std::vector<double> times, Yardstick yardstick) {
  const auto rule = rule_of(point);
  auto start = start_of(point, rule, dataset.spectrum, stream);
  return {point, rule, std::move(dataset), stream, std::move(start), std::move(times), std::move(yardstick)};
}

/// A recording as values of the columns. @param theory  the flow's pmse, empty where no flow was run or it failed.
Row row_of(Recording recording, const std::vector<Observable>& columns, const Yardstick& yardstick, const Criteria& criteria,
           const std::vector<double>& theory) {
  const auto verdict = judge(recording.seen, recording.error_reached, yardstick, criteria);
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

}  // namespace

Row Experiment::run_engine(Engine engine, const Setting& setting, std::vector<double>& theory, const Poll& poll) {
  const Tolerance tolerance{sweep_.solver.relative_tolerance, sweep_.solver.absolute_tolerance};
  auto recording = aesweep::run_engine(engine, setting, {observables(engine), extents_, noisy_}, tolerance, poll);
  if (engine == Engine::ode) theory = recording.seen.pmse();
  return row_of(std::move(recording), observables(engine), setting.yardstick, {sweep_.outcome.learnt_threshold, sweep_.outcome.success_excess}, theory);
}

TaskResult Experiment::run(std::uint64_t point, std::uint32_t replica, const Poll& poll) {
  TaskResult result;
  const auto config = sweep_.point(point);
  const RandomStream stream(sweep_.stream_key(config), replica);
  const auto shared = setting_of(config, datasets_.get(config.data), stream, times(config), yardstick(config));
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
