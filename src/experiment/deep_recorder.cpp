#include "deep_recorder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "deep_columns.hpp"

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t kMostJudged = 10000;

std::uint64_t judged_samples(const DataConfig& data) {
  return data.training_samples == kInfinity ? 0 : std::min(static_cast<std::uint64_t>(data.training_samples), kMostJudged);
}

bool is_over_samples(const Observable& column) { return std::ranges::find(column.dims, "sample") != column.dims.end(); }

}  // namespace

DeepRecorder::DeepRecorder(const Setting& setting, const Wanted& wanted, const Eigen::MatrixXd& isometry, const ManifoldSamples& samples)
    : samples_(samples), judged_(judged_samples(setting.point.data)), dimension_(static_cast<std::size_t>(isometry.rows())),
      latents_(static_cast<std::size_t>(setting.point.model.hidden)), kept_(0),
      decisive_(static_cast<std::size_t>(std::ranges::find(wanted.outcome.epsilons, wanted.outcome.epsilon) - wanted.outcome.epsilons.begin())),
      chance_(setting.yardstick.chance),
      judge_(setting.dataset.manifold, isometry, static_cast<int>(latents_), {kErrorQuantiles.begin(), kErrorQuantiles.end()}, wanted.outcome.epsilons),
      explained_(wanted.components(), kNaN), inputs_(ReconstructionJudge::kBatch * dimension_), outputs_(inputs_.size()),
      codes_(ReconstructionJudge::kBatch * latents_),
      recording_{Trajectory(setting.times, wanted.components()), Trajectory(setting.times, 0), std::vector<double>(setting.times.size(), kNaN), kNaN} {
  for (const auto& column : wanted.columns) {
    const bool in_time = !column.dims.empty() && column.dims.front() == "time";
    if (is_over_samples(column)) kept_ = extent_of(wanted.extents, "sample");
    if (column.name == "pmse" || column.name == "pmse_training" || (!in_time && !is_over_samples(column))) continue;
    recording_.further[column.name].assign(row_size(column, wanted.extents), column.fill);
    row_width_[column.name] = column.dims.size() > 1 ? extent_of(wanted.extents, column.dims.back()) : 1;
    size_[column.name] = row_size(column, wanted.extents) / (in_time ? setting.times.size() : 1);
  }
  for (const auto* scalar : {"excess", "final_supremum"}) recording_.further[scalar] = {kNaN};
}

bool DeepRecorder::see(std::size_t index, std::uint64_t steps, const Reconstruct& map) {
  if (measured_ != steps) {   // early times may fall on one step
    outcome_ = &judge_.measure(map);
    if (judged_ > 0) last_training_error_ = training_error(map);
    measured_ = steps;
  }
  std::ranges::copy_n(outcome_->explained.begin(), static_cast<std::ptrdiff_t>(std::min(explained_.size(), outcome_->explained.size())), explained_.begin());
  if (!recording_.seen.record(index, outcome_->pmse, explained_, chance_)) return false;
  if (judged_ > 0) recording_.training[index] = last_training_error_;
  put_outcome(index);
  put_reconstructions(index);
  next_ = index + 1;
  if (next_ == recording_.training.size()) {
    recording_.error_reached = outcome_->pmse;
    recording_.further["excess"] = {outcome_->exceptional[decisive_]};
    recording_.further["final_supremum"] = {outcome_->supremum};
  }
  return true;
}

void DeepRecorder::diverge(std::size_t index) { recording_.seen.record(index, kNaN, explained_, chance_); }

void DeepRecorder::put(std::string_view column, std::size_t index, std::span<const double> table, std::size_t width) {
  const auto found = recording_.further.find(column);
  if (found == recording_.further.end()) return;
  const std::size_t room = row_width_.find(column)->second;
  auto to = found->second.begin() + static_cast<std::ptrdiff_t>(index * size_.find(column)->second);
  for (std::size_t at = 0; at < table.size(); at += width, to += static_cast<std::ptrdiff_t>(room)) std::ranges::copy(table.subspan(at, width), to);
}

void DeepRecorder::put_outcome(std::size_t index) {
  const auto& outcome = *outcome_;
  const std::vector<double> pieces(outcome.pieces.begin(), outcome.pieces.end()), cuts(outcome.cuts.begin(), outcome.cuts.end());
  put("error_quantile", index, outcome.quantile, outcome.quantile.size());
  put("supremum", index, {&outcome.supremum, 1}, 1);
  put("exceptional", index, outcome.exceptional, outcome.exceptional.size());
  put("pieces", index, pieces, pieces.size());
  put("cuts", index, cuts, cuts.size());
  put("latent_low", index, outcome.latent_low, latents_);
  put("latent_high", index, outcome.latent_high, latents_);
}

void DeepRecorder::put_reconstructions(std::size_t index) {
  if (kept_ == 0) return;
  const std::size_t points = judge_.places().size();
  const auto chosen = [&](std::span<const double> all, std::size_t width) {
    std::vector<double> rows;
    for (std::size_t i = 0; i < kept_; ++i) {
      const auto row = all.subspan(i * points / kept_ * width, width);
      rows.insert(rows.end(), row.begin(), row.end());
    }
    return rows;
  };
  if (index == 0) put("original", 0, chosen(judge_.points(), dimension_), dimension_);
  put("reconstruction", index, chosen(judge_.reconstructions(), dimension_), dimension_);
  put("latent", index, chosen(judge_.latents(), latents_), latents_);
}

double DeepRecorder::training_error(const Reconstruct& map) {
  double sum = 0.0;
  for (std::uint64_t first = 0; first < judged_; first += ReconstructionJudge::kBatch) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(ReconstructionJudge::kBatch, judged_ - first));
    for (std::size_t i = 0; i < count; ++i) samples_.sample(first + i, std::span(inputs_).subspan(i * dimension_, dimension_));
    map(std::span(inputs_).first(count * dimension_), std::span(outputs_).first(count * dimension_), std::span(codes_).first(count * latents_));
    for (std::size_t i = 0; i < count * dimension_; ++i) sum += (outputs_[i] - inputs_[i]) * (outputs_[i] - inputs_[i]);
  }
  return 0.5 * sum / static_cast<double>(judged_);
}

Recording DeepRecorder::finish(std::uint64_t steps) {
  recording_.steps = steps;
  return std::move(recording_);
}

void DeepRecorder::save(ByteWriter& to) const {
  to.put(static_cast<std::uint64_t>(next_));
  save_trajectory(recording_.seen, to);
  to.put(std::span(recording_.training));
  for (const auto& [name, values] : recording_.further) to.put(std::span(values));
}

void DeepRecorder::restore(ByteReader& from) {
  next_ = from.integer();
  // The last time is seen in the moment in which the network ends.
  if (next_ >= recording_.training.size()) throw std::runtime_error("it holds more times than there are");
  restore_trajectory(recording_.seen, next_, from);
  from.fill(recording_.training);
  for (auto& [name, values] : recording_.further) from.fill(values);
}

}  // namespace aesweep
