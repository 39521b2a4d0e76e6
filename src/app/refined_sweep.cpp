#include "refined_sweep.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "aesweep/experiment/columns.hpp"
#include "aesweep/experiment/cost.hpp"
#include "aesweep/experiment/phase.hpp"
#include "aesweep/outcome/verdict.hpp"
#include "aesweep/refine/boundary.hpp"
#include "clock.hpp"
#include "refined_layout.hpp"

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Tasks that take less are never worked ahead on: what is waited for is over sooner than it takes to keep what they find.
constexpr double kLeastSecondsAhead = 0.05;
/// Of rank 0's time at most this goes into guesses.
constexpr double kShareOfGuesses = 0.02;

bool is(std::uint8_t status, Status wanted) { return status == static_cast<std::uint8_t>(wanted); }

/// What decides of one row.
struct Deciding {
  std::uint8_t status;
  double excess, learnt, value;
};

/// Whether an observable is a column of its own, beside the three that all decisions look at.
bool is_further(const std::string& observable) { return observable != "learnt" && observable != "success" && observable != "excess"; }

/// Replicas that a point has in any case.
std::size_t first_replicas(const Sweep& sweep) {
  const auto test = sequential_test(sweep);
  return test ? test->fewest() : static_cast<std::size_t>(sweep.replicas);
}

/// Of a row's values of the observable the one that decides. A component that is never learnt has learning time at least the horizon, and counts with it.
double deciding_value(const RefineConfig& refine, double horizon, std::span<const double> values) {
  if (refine.observable != "learning_time") return values.front();
  const double time = values[static_cast<std::size_t>(refine.component)];
  return std::isnan(time) ? horizon : time;
}

}  // namespace

Lattice lattice_of(const Sweep& sweep) {
  Lattice lattice{{}, static_cast<int>(sweep.refine.depth)};
  for (const auto& axis : sweep.refined->axes) lattice.floor_cells.push_back(static_cast<std::int64_t>(axis.size() - 1) >> sweep.refine.depth);
  return lattice;
}

RefinementRule rule_of_refinement(const Sweep& sweep) {
  return {sweep.refine.levels, static_cast<int>(sweep.refine.rim), static_cast<std::uint64_t>(sweep.refine.points)};
}

void read_sites(const ResultReader& reader, Sweep& sweep) {
  auto& sites = sweep.refined->site;
  std::ranges::transform(reader.read("/refined/point/site"), sites.begin(), [](double site) { return static_cast<std::int64_t>(site); });
}

/// What decisions rest on: rows of the deciding engine, whether any engine's are pending.
struct RefinedSweep::Rows {
  std::size_t replicas;
  std::vector<std::uint8_t> status;
  std::vector<char> pending, begun;   // of each point
  std::vector<double> excess, learnt, value;

  /// Whether the first replicas of a point have ended.
  bool known(std::uint64_t point, std::size_t first) const {
    const auto own = std::span(status).subspan(point * replicas, first);
    return std::ranges::none_of(own, [](std::uint8_t one) { return is(one, Status::pending) || is(one, Status::not_needed); });
  }
};

std::string RefinedSweep::content_of(const Experiment& experiment, std::uint64_t point, const TaskResult& result) {
  const auto& sweep = experiment.sweep();
  const auto& refine = sweep.refine;
  const auto& row = result.rows[static_cast<std::size_t>(std::ranges::find(sweep.engines, refine.engine) - sweep.engines.begin())];
  const auto values = [&](const std::string& column) { return std::span<const double>(row.values[experiment.column(refine.engine, column)]); };
  const double further = is_further(refine.observable) ? deciding_value(refine, sweep.point(point).training.horizon, values(refine.observable)) : kNaN;
  const Deciding deciding{static_cast<std::uint8_t>(row.status), values("excess").front(), values("learnt").front(), further};
  std::string bytes(sizeof deciding, '\0');
  std::memcpy(bytes.data(), &deciding, sizeof deciding);
  return bytes;
}

void RefinedSweep::enter(TaskId task, std::string_view content) {
  Deciding deciding{};
  if (content.size() != sizeof deciding) return;   // there is no row
  std::memcpy(&deciding, content.data(), sizeof deciding);
  rows_->status[task] = deciding.status;
  rows_->excess[task] = deciding.excess;
  rows_->learnt[task] = deciding.learnt;
  if (!rows_->value.empty()) rows_->value[task] = deciding.value;
  slices_[task / rows_->replicas / budget_].heard = true;
}

RefinedSweep::RefinedSweep(Experiment& experiment, const FileLayout& layout, std::string path)
    : experiment_(experiment), sweep_(experiment.sweep()), layout_(layout), path_(std::move(path)), budget_(static_cast<std::uint64_t>(sweep_.refine.points)),
      reference_(reference_columns(sweep_).size(), std::vector<double>(sweep_.points(), kNaN)) {
  for (std::uint64_t slice = 0; slice < sweep_.points() / budget_; ++slice)
    slices_.push_back({Refinement(lattice_of(sweep_), rule_of_refinement(sweep_)), {}, {}, {}, false});
  begun_with_ = ResultReader(path_).read("/refined/point/site");
}

RefinedSweep::~RefinedSweep() = default;

Measured RefinedSweep::measure(const Rows& rows, std::uint64_t point) const {
  const auto& wanted = sweep_.refine.observable;
  std::vector<ReplicaOutcome> outcomes;
  double sum = 0.0;
  std::size_t count = 0;
  for (std::uint64_t row = point * rows.replicas; row < (point + 1) * rows.replicas; ++row) {
    const bool diverged = is(rows.status[row], Status::diverged);
    if (!diverged && !is(rows.status[row], Status::done)) continue;
    outcomes.push_back({diverged, rows.excess[row], static_cast<int>(rows.learnt[row])});
    if (rows.value.empty() || std::isnan(rows.value[row])) continue;
    sum += rows.value[row];
    ++count;
  }
  const auto summary = summarise(outcomes, sweep_.outcome.success_excess);
  if (wanted == "learnt") return Measured::exactly(summary.learnt_mean);
  if (wanted == "excess") return Measured::exactly(summary.excess_mean);
  if (wanted != "success") return Measured::exactly(count == 0 ? kNaN : sum / static_cast<double>(count));
  const auto successes = std::llround(summary.success * static_cast<double>(outcomes.size()));
  if (outcomes.empty() || successes == 0 || successes == std::ssize(outcomes)) return Measured::exactly(summary.success);
  const auto test = sequential_test(sweep_);
  const auto interval = test ? test->interval(static_cast<std::size_t>(successes), outcomes.size()) : Interval{summary.success_low, summary.success_high};
  return {summary.success, interval.low, interval.high};
}

RefinedSweep::Rows RefinedSweep::read_rows() const {
  const ResultReader reader(path_);
  const auto& wanted = sweep_.refine.observable;
  const auto group = fmt::format("/{}/", name(sweep_.refine.engine));
  Rows rows{.replicas = layout_.replicas, .status = reader.status(name(sweep_.refine.engine)), .pending = std::vector<char>(sweep_.points()), .begun = {},
            .excess = reader.read(group + "excess"), .learnt = reader.read(group + "learnt"), .value = {}};
  if (is_further(wanted)) {
    const auto values = reader.read(group + wanted);
    const auto each = values.size() / layout_.rows();
    rows.value.assign(layout_.rows(), kNaN);
    for (std::uint64_t row = 0; row < layout_.rows(); ++row)
      if (is(rows.status[row], Status::done) || is(rows.status[row], Status::diverged))
        rows.value[row] = deciding_value(sweep_.refine, sweep_.point(row / rows.replicas).training.horizon, std::span(values).subspan(row * each, each));
  }
  const auto first = reader.status(name(sweep_.engines.front()));
  for (std::uint64_t point = 0; point < sweep_.points(); ++point) rows.begun.push_back(!is(first[point * rows.replicas], Status::not_needed));
  for (const auto engine : sweep_.engines) {
    const auto status = reader.status(name(engine));
    for (std::uint64_t row = 0; row < layout_.rows(); ++row)
      if (is(status[row], Status::pending) || !rows.begun[row / rows.replicas]) rows.pending[row / rows.replicas] = 1;
  }
  return rows;
}

void RefinedSweep::take_in(std::size_t index, const Rows& rows) {
  auto& slice = slices_[index];
  for (std::size_t p = slice.value.size(); p < slice.points.size(); ++p) {
    const auto point = index * budget_ + p;
    const auto measured = rows.pending[point] ? Measured::exactly(kNaN) : measure(rows, point);
    slice.value.push_back(measured.value);
    slice.refinement.give(slice.points[p].site, measured);
  }
}

void RefinedSweep::advance(std::size_t index, const Rows& rows) {
  auto& slice = slices_[index];
  const std::uint64_t first = index * budget_;
  while (true) {
    for (std::size_t p = slice.value.size(); p < slice.points.size(); ++p)
      if (rows.pending[first + p]) return;
    take_in(index, rows);
    const auto asked = slice.refinement.next();
    slice.complete = asked.empty();
    if (slice.complete) return;
    for (const auto& one : asked) {
      const auto point = first + slice.points.size();
      slice.points.push_back(one);
      slice.generation.push_back(slice.refinement.generations() - 1);
      if (begun_with_[point] != static_cast<double>(kNoSite) && begun_with_[point] != static_cast<double>(one.site))
        throw std::runtime_error(path_ + ": other points are asked for than when the file was begun (by another build, or its rows have changed); give another file with -o");
      sweep_.refined->site[point] = static_cast<std::int64_t>(one.site);
      const auto known = experiment_.reference(sweep_.point(point)).values();
      for (std::size_t c = 0; c < reference_.size(); ++c) reference_[c][point] = known[c];
    }
  }
}

std::uint64_t RefinedSweep::advance() {
  rows_ = std::make_unique<Rows>(read_rows());
  const auto& rows = *rows_;
  for (std::size_t slice = 0; slice < slices_.size(); ++slice) {
    advance(slice, rows);
    slices_[slice].heard = true;
    slices_[slice].guesses.clear();
  }
  vain_.clear();
  for (const auto point : given_) {
    const auto index = (point - sweep_.points()) / sweep_.refined->sites, site = (point - sweep_.points()) % sweep_.refined->sites;
    if (std::ranges::find(slices_[index].points, site, &Refinement::Asked::site) == slices_[index].points.end())
      for (TaskId r = 0; r < first_replicas(sweep_); ++r) vain_.push_back(point * static_cast<TaskId>(sweep_.replicas) + r);
  }
  given_.clear();
  given_next_.clear();

  ResultFile file(path_, layout_, MPI_COMM_SELF);
  write_points(file);
  file.flush();
  std::uint64_t waiting = 0;
  longest_ = 0.0;
  for (std::size_t slice = 0; slice < slices_.size(); ++slice)
    for (std::size_t p = slices_[slice].value.size(); p < slices_[slice].points.size(); ++p) {
      const auto point = slice * budget_ + p;
      ++waiting;
      longest_ = std::max(longest_, seconds_ahead(point));
      if (rows.begun[point]) continue;
      // The first engine's first row last: by it a later run sees that all of them are pending.
      for (std::uint64_t row = (point + 1) * rows.replicas; row-- > point * rows.replicas;)
        for (std::size_t e = sweep_.engines.size(); e-- > 0;) file.set_pending(e, row);
    }
  file.close();
  return waiting;
}

double RefinedSweep::seconds_ahead(std::uint64_t point) const {
  const auto config = sweep_.point(point);
  const auto group = std::min(experiment_.group_size(config), static_cast<std::size_t>(sweep_.replicas));
  return static_cast<double>(group) * expected_seconds(config, sweep_);
}

void RefinedSweep::guess(std::size_t index) {
  const double start = seconds_now();
  auto& slice = slices_[index];
  slice.heard = false;
  slice.guesses.clear();
  std::unordered_map<std::uint64_t, Measured> known;
  for (std::size_t p = slice.value.size(); p < slice.points.size(); ++p)
    if (const auto point = index * budget_ + p; rows_->known(point, first_replicas(sweep_))) known.emplace(slice.points[p].site, measure(*rows_, point));
  for (const auto& [site, chance] : slice.refinement.guesses(known)) {
    const auto point = sweep_.point_at(index, site);
    const auto seconds = seconds_ahead(point);
    if (seconds >= kLeastSecondsAhead && !given_.contains(point)) slice.guesses.emplace_back(chance / seconds, site);
  }
  std::ranges::sort(slice.guesses);
  guess_again_ = seconds_now() + (seconds_now() - start) / kShareOfGuesses;
}

std::vector<TaskId> RefinedSweep::ahead() {
  if (longest_ < kLeastSecondsAhead) return {};   // soon over
  if (given_next_.empty()) {
    Slice* best = nullptr;
    for (auto& slice : slices_) {
      if (slice.complete) continue;
      if (slice.heard && seconds_now() >= guess_again_) guess(static_cast<std::size_t>(&slice - slices_.data()));
      if (!slice.guesses.empty() && (best == nullptr || slice.guesses.back().first > best->guesses.back().first)) best = &slice;
    }
    if (best == nullptr) return {};
    const auto point = sweep_.point_at(static_cast<std::uint64_t>(best - slices_.data()), best->guesses.back().second);
    best->guesses.pop_back();
    given_.insert(point);
    for (TaskId r = first_replicas(sweep_); r-- > 0;) given_next_.push_back(point * static_cast<TaskId>(sweep_.replicas) + r);
  }
  const auto size = experiment_.group_size(sweep_.point(given_next_.back() / static_cast<TaskId>(sweep_.replicas)));
  std::vector<TaskId> tasks;
  while (!given_next_.empty() && tasks.size() < size) {
    tasks.push_back(given_next_.back());
    given_next_.pop_back();
  }
  return tasks;
}

double RefinedSweep::coordinate(std::size_t axis, double steps) const {
  const auto& own = sweep_.refined->axes[axis];
  const auto& numbers = own.columns.front().numbers;
  const auto below = std::min(static_cast<std::size_t>(steps), numbers.size() - 1), above = std::min(below + 1, numbers.size() - 1);
  const double share = steps - static_cast<double>(below);
  if (share == 0.0) return numbers[below];
  if (own.logarithmic) return numbers[below] * std::pow(numbers[above] / numbers[below], share);
  return numbers[below] + share * (numbers[above] - numbers[below]);
}

void RefinedSweep::write_points(ResultFile& file) const {
  using namespace refined_table;
  for (std::size_t c = 0; c < reference_.size(); ++c) file.write_table(kReference, c, reference_[c]);
  const std::size_t d = sweep_.refined->axes.size();
  std::vector<std::vector<double>> columns(d + 6, std::vector<double>(sweep_.points(), -1.0));
  for (std::size_t a = 0; a < d; ++a) columns[a].assign(sweep_.points(), kNaN);
  columns[d + 5].assign(sweep_.points(), kNaN);
  for (std::size_t s = 0; s < slices_.size(); ++s) {
    const auto& slice = slices_[s];
    std::unordered_map<std::uint64_t, std::size_t> position;
    for (std::size_t p = 0; p < slice.points.size(); ++p) position[slice.points[p].site] = p;
    for (std::size_t p = 0; p < slice.points.size(); ++p) {
      const auto& one = slice.points[p];
      const auto at = s * budget_ + p;
      const auto site = slice.refinement.lattice().site(one.site);
      for (std::size_t a = 0; a < d; ++a) columns[a][at] = coordinate(a, static_cast<double>(site[a]));
      columns[d][at] = static_cast<double>(one.site);
      columns[d + 1][at] = one.level;
      columns[d + 2][at] = slice.generation[p];
      columns[d + 3][at] = static_cast<double>(position.at(one.low));
      columns[d + 4][at] = static_cast<double>(position.at(one.high));
      if (p < slice.value.size()) columns[d + 5][at] = slice.value[p];
    }
  }
  for (std::size_t c = 0; c < columns.size(); ++c) file.write_table(kPoint, c, columns[c]);
}

void RefinedSweep::write_results() {
  using namespace refined_table;
  const std::size_t d = sweep_.refined->axes.size(), room = layout_.counts.at("vertex");
  std::vector<std::vector<double>> whole(5), boundary(3 * d + 2, std::vector<double>(slices_.size() * room, kNaN));
  boundary.back().assign(slices_.size() * room, -1.0);
  std::vector<double> dense;
  const auto rows = read_rows();
  for (std::size_t s = 0; s < slices_.size(); ++s) {
    take_in(s, rows);
    const auto& slice = slices_[s];
    whole[0].push_back(static_cast<double>(slice.points.size()));
    whole[1].push_back(slice.refinement.generations());
    whole[2].push_back(slice.refinement.exhausted() ? 1.0 : 0.0);
    whole[3].push_back(slice.complete ? 1.0 : 0.0);
    const auto crossings = boundary_of(slice.refinement);
    whole[4].push_back(static_cast<double>(crossings.size()));
    for (std::size_t v = 0; v < std::min(crossings.size(), room); ++v) {
      const auto at = s * room + v;
      for (std::size_t a = 0; a < d; ++a) {
        boundary[3 * a][at] = coordinate(a, crossings[v].at[a]);
        boundary[3 * a + 1][at] = coordinate(a, crossings[v].low[a]);
        boundary[3 * a + 2][at] = coordinate(a, crossings[v].high[a]);
      }
      boundary[3 * d][at] = crossings[v].level;
      boundary[3 * d + 1][at] = crossings[v].line;
    }
    const auto field = slice.refinement.dense();
    dense.insert(dense.end(), field.begin(), field.end());
  }
  ResultFile file(path_, layout_, MPI_COMM_SELF);
  write_points(file);
  for (std::size_t c = 0; c < boundary.size(); ++c) file.write_table(kBoundary, c, boundary[c]);
  file.write_table(kDense, 0, dense);
  file.flush();
  for (std::size_t c = 0; c < whole.size(); ++c) file.write_table(kSweep, c, whole[c]);
  file.close();
}

}  // namespace aesweep
