#include "recorder.hpp"

#include <limits>
#include <stdexcept>

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kNoBound = std::numeric_limits<double>::infinity();

}  // namespace

void save_trajectory(const Trajectory& trajectory, ByteWriter& to) {
  to.put(std::span(trajectory.pmse()));
  to.put(std::span(trajectory.explained()));
}

void restore_trajectory(Trajectory& trajectory, std::size_t count, ByteReader& from) {
  std::vector<double> pmse(trajectory.pmse().size()), explained(trajectory.explained().size()), now(trajectory.components());
  from.fill(pmse);
  from.fill(explained);
  // They had not diverged: no bound is needed to record them again.
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t m = 0; m < now.size(); ++m) now[m] = explained[m * pmse.size() + i];
    if (!trajectory.record(i, pmse[i], now, kNoBound)) throw std::runtime_error("it holds a trajectory that has diverged");
  }
}

Recorder::Recorder(const Setting& setting, const Wanted& wanted, Watch watch)
    : watch_(std::move(watch)),
      // The PCA rules' rows have no scale to begin with: there only a non-finite error is a divergence.
      scale_(watch_.reached ? kNoBound : setting.yardstick.chance), explained_(wanted.components()),
      recording_{Trajectory(setting.times, wanted.components()), Trajectory(setting.times, watch_.clean ? wanted.components() : 0),
                 std::vector<double>(setting.times.size(), kNaN), kNaN} {}

bool Recorder::see(std::size_t index, const Weights& weights) {
  const double pmse = watch_.seen->measure(weights, explained_);
  if (!recording_.seen.record(index, pmse, explained_, scale_)) return false;
  if (watch_.clean) {
    const double clean_pmse = watch_.clean->measure(weights, explained_);
    recording_.clean.record(index, clean_pmse, explained_, scale_);
  }
  if (watch_.training) recording_.training[index] = watch_.training->measure(weights, {});
  if (watch_.network) watch_.network->see(index, weights);
  if (index + 1 == recording_.training.size()) recording_.error_reached = watch_.reached ? watch_.reached(weights) : pmse;
  next_ = index + 1;
  return true;
}

Recording Recorder::finish(std::uint64_t steps) {
  recording_.steps = steps;
  recording_.network = std::move(watch_.network);
  return std::move(recording_);
}

void Recorder::save(ByteWriter& to) const {
  to.put(static_cast<std::uint64_t>(next_));
  save_trajectory(recording_.seen, to);
  if (watch_.clean) save_trajectory(recording_.clean, to);
  to.put(std::span(recording_.training));
  if (!watch_.network) return;
  for (const auto& [name, values] : watch_.network->values()) to.put(std::span(values));
}

void Recorder::restore(ByteReader& from) {
  const auto count = from.integer();
  // The last time is seen in the moment in which the replica ends.
  if (count >= recording_.training.size()) throw std::runtime_error("it holds more times than there are");
  restore_trajectory(recording_.seen, count, from);
  if (watch_.clean) restore_trajectory(recording_.clean, count, from);
  from.fill(recording_.training);
  if (watch_.network)
    for (auto& [name, values] : watch_.network->values()) from.fill(values);
  next_ = count;
}

}  // namespace aesweep
