#include "aesweep/experiment/experiment.hpp"

#include <fmt/core.h>

#include <Eigen/Core>
#include <algorithm>
#include <limits>
#include <map>
#include <span>
#include <stdexcept>

#include "aesweep/experiment/columns.hpp"
#include "aesweep/sgd/gram_sgd.hpp"
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
    case Engine::deep: return "deep";
  }
  throw std::logic_error("unknown engine");
}

std::size_t Experiment::column(Engine engine, const std::string& wanted) const {
  const auto& columns = observables(engine);
  const auto found = std::ranges::find(columns, wanted, &Observable::name);
  if (found == columns.end()) throw std::logic_error("no column " + wanted);
  return static_cast<std::size_t>(found - columns.begin());
}

TaskResult Experiment::run(std::uint64_t point, std::uint32_t replica, const Poll& poll, Checkpoint* checkpoint) {
  TaskResult result;
  run_group(point, {&replica, 1}, poll, checkpoint ? std::span(&checkpoint, 1) : std::span<Checkpoint* const>{},
            [&](std::size_t, TaskResult one) { result = std::move(one); });
  return result;
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
  std::size_t group_size(const PointConfig& point) const override;
  void run_group(std::uint64_t point, std::span<const std::uint32_t> replicas, const Poll& poll, std::span<Checkpoint* const> checkpoints,
                 const Ended& ended) override;
  void run_ahead(std::uint64_t point, std::span<const std::uint32_t> replicas, const Poll& poll, std::span<Checkpoint* const> checkpoints) override;
  std::string task_identity(std::uint64_t point, std::uint32_t replica) const override;

 private:
  struct Progress;
  struct Task;
  Task task_of(const PointConfig& point, std::uint32_t replica, Checkpoint* checkpoint);
  /// @param ended  called once for each task that ends.
  void run_tasks(const PointConfig& point, std::span<Task> tasks, const Poll& poll, const std::function<void(std::size_t)>& ended);
  /// Runs a task's engines, one after another, until `engines` of them have ended.
  void advance(Task& task, std::size_t engines, const Poll& poll);
  /// @param begun  when it began or, had it not been interrupted, would have.
  Recording run_engine(Engine engine, Task& task, double begun, const Poll& poll);
  /// Ends SGD of tasks that have come to it, side by side.
  void run_together(std::span<Task* const> tasks, const Poll& poll);
  void end_engine(Task& task, Row row, double seconds) const;
  Row row_of(Engine engine, const Task& task, Recording recording) const;

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
  const auto rank = std::min<Eigen::Index>(point.model.hidden, spectrum.dimension());
  Reference reference{chance_error(spectrum), pca_error(spectrum, rank), denoising_error(spectrum, rank, rule_of(point).noise)};
  if (point.data.kind == DataKind::manifold) {
    const auto& known = facts(point.data.manifold);
    reference.reach = known.reach;
    reference.bound = point.model.hidden <= known.dimension ? known.bound : 0.0;
  }
  return reference;
}

Yardstick LinkedExperiment::yardstick(const PointConfig& point) {
  const auto spectrum = datasets_.spectrum(point.data);
  const double noise = rule_of(point).noise;
  Yardstick yardstick{chance_error(spectrum), denoising_error(spectrum, std::min<Eigen::Index>(point.model.hidden, spectrum.dimension()), noise), {}};
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

/// A task on its way.
struct LinkedExperiment::Progress {
  TaskResult result;               // engines that have ended
  std::vector<double> theory;      // the flow's pmse
  std::string engine;              // what is kept of the engine that runs
  double spent = 0.0;              // seconds on it in earlier runs

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
  if (ended > engines.size()) throw std::runtime_error("it holds more engines than there are");
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

/// A replica with all that its engines share, and what has come of it.
struct LinkedExperiment::Task {
  Setting setting;
  Checkpoint* checkpoint;
  Progress progress;
  bool delivered = false;

  void keep() const { checkpoint->keep(progress.bytes()); }
  /// How the engine that runs may keep its state. @param seconds  spent on it so far.
  EngineCheckpoint part(std::function<double()> seconds) {
    return {progress.engine, [this] { return checkpoint->due(); },
            [this, seconds = std::move(seconds)](const std::string& state) {
              progress.engine = state;
              progress.spent = seconds();
              keep();
            }};
  }
};

LinkedExperiment::Task LinkedExperiment::task_of(const PointConfig& point, std::uint32_t replica, Checkpoint* checkpoint) {
  const auto rule = rule_of(point);
  auto dataset = datasets_.get(point.data);
  auto spectrum = start_spectrum(point, dataset.spectrum);
  const RandomStream stream(sweep_.stream_key(point), replica);
  auto start = point.data.kind == DataKind::manifold ? Weights{} : start_of(point, rule, spectrum, stream);   // a deep network draws its own
  Task task{{point, rule, std::move(dataset), stream, std::move(spectrum), std::move(start), times(point), yardstick(point)}, checkpoint, {}};
  if (const auto kept = checkpoint ? checkpoint->load() : std::nullopt) {
    try {
      task.progress = Progress::from(*kept, sweep_.engines, observables_, extents_);
    } catch (const std::runtime_error& error) {
      checkpoint->reject(error.what());
    }
  }
  return task;
}

/// A recording as values of the columns; the flow's pmse is empty where no flow was run or it failed.
Row LinkedExperiment::row_of(Engine engine, const Task& task, Recording recording) const {
  const auto& yardstick = task.setting.yardstick;
  const auto& theory = task.progress.theory;
  const auto verdict = judge(recording.seen, recording.error_reached, yardstick);
  Row row;
  row.status = recording.seen.diverged() ? Status::diverged : Status::done;
  for (const auto& column : observables(engine)) {
    const auto& wanted = column.name;
    auto& values = row.values.emplace_back();
    if (const auto own = recording.further.find(wanted); own != recording.further.end()) values = std::move(own->second);
    else if (wanted == "pmse") values = recording.seen.pmse();
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

void LinkedExperiment::end_engine(Task& task, Row row, double seconds) const {
  auto& progress = task.progress;
  row.values[column(sweep_.engines[progress.result.rows.size()], "seconds")] = {seconds};
  progress.result.rows.push_back(std::move(row));
  progress.engine.clear();
  progress.spent = 0.0;
}

Recording LinkedExperiment::run_engine(Engine engine, Task& task, double begun, const Poll& poll) {
  const Tolerance tolerance{sweep_.solver.relative_tolerance, sweep_.solver.absolute_tolerance};
  const auto part = task.part([this, begun] { return clock_() - begun; });
  auto recording = aesweep::run_engine(engine, task.setting, {observables(engine), extents_, noisy_, sweep_.outcome}, tolerance, poll, task.checkpoint ? &part : nullptr);
  if (engine == Engine::ode) task.progress.theory = recording.seen.pmse();
  return recording;
}

void LinkedExperiment::advance(Task& task, std::size_t engines, const Poll& poll) {
  auto& result = task.progress.result;
  while (result.rows.size() < engines) {
    const auto engine = sweep_.engines[result.rows.size()];
    const double begun = clock_() - task.progress.spent;
    Row row;
    try {
      row = row_of(engine, task, run_engine(engine, task, begun, poll));
    } catch (const NumericalError& error) {
      row.status = Status::failed;
      for (const auto& column : observables(engine)) row.values.emplace_back(row_size(column, extents()), column.fill);
      result.failures.push_back(fmt::format("{}: {}", name(engine), error.what()));
    }
    end_engine(task, std::move(row), clock_() - begun);
  }
}

void LinkedExperiment::run_together(std::span<Task* const> tasks, const Poll& poll) {
  const double begun = clock_(), share = 1.0 / static_cast<double>(tasks.size());
  std::vector<EngineCheckpoint> parts;
  std::vector<Member> members;
  parts.reserve(tasks.size());
  const auto seconds = [this, begun, share](double before) { return before + share * (clock_() - begun); };
  std::vector<double> before;
  for (auto* task : tasks) {
    before.push_back(task->progress.spent);
    parts.push_back(task->part([seconds, spent = before.back()] { return seconds(spent); }));
    members.push_back({task->setting, task->checkpoint ? &parts.back() : nullptr});
  }
  run_gram(members, {observables(Engine::sgd), extents_, noisy_, sweep_.outcome}, poll, [&](std::size_t i, Recording recording) {
    end_engine(*tasks[i], row_of(Engine::sgd, *tasks[i], std::move(recording)), seconds(before[i]));
  });
}

std::size_t LinkedExperiment::group_size(const PointConfig& point) const {
  return sweep_.has(Engine::sgd) && runs_by_gram(point) ? static_cast<std::size_t>(GramSgd::group()) : 1;
}

void LinkedExperiment::run_group(std::uint64_t point, std::span<const std::uint32_t> replicas, const Poll& poll, std::span<Checkpoint* const> checkpoints,
                           const Ended& ended) {
  const auto config = sweep_.point(point);
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < replicas.size(); ++i) tasks.push_back(task_of(config, replicas[i], checkpoints.empty() ? nullptr : checkpoints[i]));
  run_tasks(config, tasks, poll, [&](std::size_t i) { ended(i, std::move(tasks[i].progress.result)); });
}

void LinkedExperiment::run_ahead(std::uint64_t point, std::span<const std::uint32_t> replicas, const Poll& poll, std::span<Checkpoint* const> checkpoints) {
  const auto config = sweep_.point(point);
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    auto task = task_of(config, replicas[i], checkpoints[i]);
    if (task.progress.result.rows.size() < sweep_.engines.size()) tasks.push_back(std::move(task));   // else an earlier run did it
  }
  run_tasks(config, tasks, poll, [&](std::size_t i) { tasks[i].keep(); });
}

void LinkedExperiment::run_tasks(const PointConfig& config, std::span<Task> tasks, const Poll& poll, const std::function<void(std::size_t)>& ended) {
  const auto& engines = sweep_.engines;
  const auto deliver = [&](std::size_t i) {
    if (tasks[i].delivered || tasks[i].progress.result.rows.size() < engines.size()) return;
    tasks[i].delivered = true;
    ended(i);
  };
  try {
    if (group_size(config) > 1) {
      const auto sgd = static_cast<std::size_t>(std::ranges::find(engines, Engine::sgd) - engines.begin());
      std::map<std::uint64_t, std::vector<Task*>> together;   // by the steps made
      for (auto& task : tasks) {
        advance(task, sgd, poll);
        if (task.progress.result.rows.size() == sgd) together[steps_of(task.progress.engine)].push_back(&task);
      }
      for (const auto& [steps, members] : together)
        for (std::size_t first = 0; first < members.size(); first += group_size(config))
          run_together(std::span(members).subspan(first, std::min(group_size(config), members.size() - first)), poll);
    }
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      advance(tasks[i], engines.size(), poll);
      deliver(i);
    }
  } catch (const Stopped&) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      deliver(i);
      // SGD has kept itself; an engine that can't is begun again, but those before it are not.
      const auto& [setting, checkpoint, progress, delivered] = tasks[i];
      if (!delivered && checkpoint && progress.engine.empty() && !progress.result.rows.empty()) tasks[i].keep();
    }
    throw;
  }
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
