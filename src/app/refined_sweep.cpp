#include "refined_sweep.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "aesweep/experiment/columns.hpp"
#include "aesweep/experiment/phase.hpp"
#include "aesweep/outcome/verdict.hpp"
#include "aesweep/refine/boundary.hpp"
#include "refined_layout.hpp"

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool is(std::uint8_t status, Status wanted) { return status == static_cast<std::uint8_t>(wanted); }

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
};

RefinedSweep::RefinedSweep(Experiment& experiment, const FileLayout& layout, std::string path)
    : experiment_(experiment), sweep_(experiment.sweep()), layout_(layout), path_(std::move(path)), budget_(static_cast<std::uint64_t>(sweep_.refine.points)),
      reference_(reference_columns(sweep_).size(), std::vector<double>(sweep_.points(), kNaN)) {
  for (std::uint64_t slice = 0; slice < sweep_.points() / budget_; ++slice)
    slices_.push_back({Refinement(lattice_of(sweep_), rule_of_refinement(sweep_)), {}, {}, {}, false});
  begun_with_ = ResultReader(path_).read("/refined/point/site");
}

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
  if (wanted != "learnt" && wanted != "success" && wanted != "excess") rows.value = reader.read(group + wanted);
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
  const auto rows = read_rows();
  for (std::size_t slice = 0; slice < slices_.size(); ++slice) advance(slice, rows);

  ResultFile file(path_, layout_, MPI_COMM_SELF);
  write_points(file);
  file.flush();
  std::uint64_t waiting = 0;
  for (std::size_t slice = 0; slice < slices_.size(); ++slice)
    for (std::size_t p = slices_[slice].value.size(); p < slices_[slice].points.size(); ++p) {
      const auto point = slice * budget_ + p;
      ++waiting;
      if (rows.begun[point]) continue;
      // The first engine's first row last: by it a later run sees that all of them are pending.
      for (std::uint64_t row = (point + 1) * rows.replicas; row-- > point * rows.replicas;)
        for (std::size_t e = sweep_.engines.size(); e-- > 0;) file.set_pending(e, row);
    }
  file.close();
  return waiting;
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
