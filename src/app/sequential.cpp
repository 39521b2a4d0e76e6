#include "sequential.hpp"

#include <algorithm>
#include <charconv>

#include "aesweep/experiment/phase.hpp"

namespace aesweep {
namespace {

/// A number of the file's sweep; 0 where the key is not there.
double number_of(const ResultReader& reader, const char* key) {
  const auto text = canonical_value(reader.attribute("sweep_values"), key);
  double value = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t replicas_of(const ResultReader& reader) { return reader.shape("/replica").front(); }

/// A checksum is 0 until a row is written, and stays when it is made pending again.
std::vector<bool> untouched_rows(const ResultReader& reader, const std::string& engine) {
  std::vector<bool> untouched;
  for (const auto checksum : reader.checksums(engine)) untouched.push_back(checksum == 0);
  return untouched;
}

}  // namespace

std::optional<SequentialTest> sequential_test(const ResultReader& reader) {
  const auto min = static_cast<std::size_t>(number_of(reader, "sweep.replicas.min"));
  if (min == 0) return std::nullopt;
  return SequentialTest(min, replicas_of(reader), number_of(reader, "sweep.replicas.until"));
}

Part dealt(Part part, const ResultReader& reader) {
  if (number_of(reader, "sweep.replicas.min") > 0.0) part.together = replicas_of(reader);
  return part;
}

Trials::Trials(const SequentialTest& test, const ResultReader& reader) : test_(test), replicas_(replicas_of(reader)) {
  const double success_excess = number_of(reader, "outcome.success_excess");
  for (const auto& engine : reader.engines()) {
    const auto status = reader.status(engine);
    const auto excess = reader.read("/" + engine + "/excess");
    auto& own = trials_.emplace_back();
    own.reserve(status.size());
    for (std::size_t row = 0; row < status.size(); ++row) own.push_back(trial_of(static_cast<Status>(status[row]), excess[row], success_excess));
    if (!excluded_.empty()) continue;
    for (std::size_t row = 0; row < status.size(); row += replicas_) excluded_.push_back(status[row] == static_cast<std::uint8_t>(Status::excluded));
    if (!reader.exists("/refined/point/site")) continue;
    const auto sites = reader.read("/refined/point/site");   // of a refined sweep, points that were not asked for need nothing
    for (std::size_t point = 0; point < sites.size(); ++point) excluded_[point] = excluded_[point] || sites[point] < 0.0;
  }
}

bool Trials::excluded(std::uint64_t point) const { return excluded_[point]; }

Need Trials::need(std::uint64_t point) const {
  if (excluded(point)) return {0, true};
  std::vector<std::span<const Trial>> engines;
  for (const auto& own : trials_) engines.push_back(std::span(own).subspan(point * replicas_, replicas_));
  return replicas_needed(test_, engines);
}

std::vector<TaskId> Trials::missing(std::uint64_t point) const {
  std::vector<TaskId> tasks;
  const auto needed = need(point);
  if (needed.decided) return tasks;
  for (TaskId task = point * replicas_; task < point * replicas_ + needed.replicas; ++task)
    if (std::ranges::any_of(trials_, [&](const auto& own) { return own[task] == Trial::missing; })) tasks.push_back(task);
  return tasks;
}

void settle_replicas(const std::string& path, const FileLayout& layout) {
  struct Change {
    std::size_t engine;
    TaskId task;
    bool needed, untouched;
  };
  std::vector<Change> changes;
  {
    const ResultReader reader(path);
    const auto test = sequential_test(reader);
    if (!test) return;
    const Trials trials(*test, reader);
    std::vector<Need> needs;
    for (std::uint64_t point = 0; point < trials.points(); ++point) needs.push_back(trials.need(point));
    for (std::size_t e = 0; e < layout.engines.size(); ++e) {
      const auto status = reader.status(layout.engines[e].name);
      const auto untouched = untouched_rows(reader, layout.engines[e].name);
      for (TaskId task = 0; task < status.size(); ++task) {
        const auto& need = needs[task / layout.replicas];
        const bool left = status[task] == static_cast<std::uint8_t>(Status::not_needed);
        const bool rest = need.decided && task % layout.replicas >= need.replicas;
        if (!trials.excluded(task / layout.replicas) && left != rest) changes.push_back({e, task, left, untouched[task]});
      }
    }
  }
  if (changes.empty()) return;
  ResultFile file(path, layout, MPI_COMM_SELF);
  for (const auto& change : changes) {
    if (change.needed) file.set_pending(change.engine, change.task);
    else file.set_not_needed(change.engine, change.task, 1, change.untouched);
  }
  file.close();
}

SequentialRun::SequentialRun(const SequentialTest& test, const ResultReader& reader, std::span<const TaskId> tasks, ResultFile& file)
    : trials_(test, reader), open_(trials_.points()), cut_(trials_.points()), file_(file) {
  for (const auto& engine : reader.engines()) untouched_.push_back(untouched_rows(reader, engine));
  for (const auto task : tasks) ++open_[task / trials_.replicas()];
}

std::vector<TaskId> SequentialRun::decide(std::span<const TaskReport> reports) {
  std::vector<TaskId> next;
  for (const auto& report : reports) {
    const auto point = report.task / trials_.replicas();
    if (report.content.empty()) cut_[point] = true;
    for (std::size_t e = 0; e < std::min(trials_.engines(), report.content.size()); ++e) trials_.enter(e, report.task, static_cast<Trial>(report.content[e]));
    if (--open_[point] > 0 || cut_[point]) continue;
    const auto more = trials_.missing(point);
    open_[point] = static_cast<std::uint32_t>(more.size());
    next.insert(next.end(), more.begin(), more.end());
    if (more.empty()) leave_rest(point, trials_.need(point).replicas);
  }
  std::ranges::sort(next);
  return next;
}

void SequentialRun::leave_rest(std::uint64_t point, std::uint64_t needed) {
  const auto first = point * trials_.replicas() + needed, end = (point + 1) * trials_.replicas();
  for (std::size_t e = 0; e < trials_.engines(); ++e) {
    for (auto from = first, to = first; from < end; from = to) {
      while (to < end && untouched_[e][to] == untouched_[e][from]) ++to;
      file_.set_not_needed(e, from, to - from, untouched_[e][from]);
    }
  }
}

std::string content_of(const Experiment& experiment, const TaskResult& result) {
  const auto& sweep = experiment.sweep();
  std::string content;
  for (std::size_t e = 0; e < sweep.engines.size(); ++e) {
    const auto& row = result.rows[e];
    const double excess = row.values[experiment.column(sweep.engines[e], "excess")][0];
    content += static_cast<char>(trial_of(row.status, excess, sweep.outcome.success_excess));
  }
  return content;
}

ReplicaForecast forecast_replicas(const Sweep& sweep) {
  const auto most = static_cast<std::uint64_t>(sweep.replicas);
  const auto test = sequential_test(sweep);
  if (!test) return {most, most, static_cast<double>(most)};
  std::size_t longest = 1;
  const double least = static_cast<double>(test->fewest()), largest = static_cast<double>(test->looks().back());
  for (const auto& axis : sweep.axes) longest = std::max(longest, axis.size());
  const double uncertain = sweep.refined ? 0.5 : std::min(1.0, 2.0 / static_cast<double>(longest));
  return {test->fewest(), test->looks().back(), least + uncertain * (largest - least)};
}

}  // namespace aesweep
