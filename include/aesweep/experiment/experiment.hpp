#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "aesweep/experiment/checkpoint.hpp"
#include "aesweep/experiment/dataset.hpp"
#include "aesweep/experiment/observable.hpp"
#include "aesweep/outcome/trajectory.hpp"
#include "aesweep/outcome/verdict.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

std::string name(Engine engine);

/// What is known of a point before anything is run, in the units of pmse (datasets of /reference).
struct Reference {
  double chance;            ///< ½ Σ ρ̂
  double pca_error;         ///< rank-K PCA
  double denoising_error;   ///< E_K
};

/// A finished task: one row an engine, in the order of the sweep's engines, and what failed.
struct TaskResult {
  std::vector<Row> rows;
  std::vector<std::string> failures;   ///< "ode: message", empty if nothing failed
};

struct Setting;
struct Recording;

/// Runs single replicas of single points with all their engines. Depends on point and replica alone: no state carries over from task to task.
class Experiment {
 public:
  /// Seconds on some clock; only differences are used, for the column `seconds`.
  using Clock = std::function<double()>;
  Experiment(Sweep sweep, PoolLoader loader, Clock clock);

  const Sweep& sweep() const { return sweep_; }
  /// Columns of an engine's rows, in their order.
  const std::vector<Observable>& observables(Engine engine) const;
  const Extents& extents() const;
  Reference reference(const PointConfig& point);
  /// What a point's replicas are judged against.
  Yardstick yardstick(const PointConfig& point);
  /// Recorded times of a point, t = steps / D.
  std::vector<double> times(const PointConfig& point) const;

  /// The engines in their order, the flow first, from the same weights. A NumericalError makes the engine's row `failed`; whatever `poll` throws passes through.
  /// @param checkpoint  null, or where the task keeps what it has so far, from which it goes on: when SGD finds it due, and when `poll` throws Stopped.
  ///                    The rows have the bits of a task that was never interrupted; `seconds` counts what was kept.
  TaskResult run(std::uint64_t point, std::uint32_t replica, const Poll& poll, Checkpoint* checkpoint = nullptr);

  /// How many replicas of a point take little longer together than one alone: more than one where SGD is simulated by the Gram process.
  std::size_t group_size(const PointConfig& point) const;
  /// The same as run() of each replica, of which a group is simulated side by side; `seconds` of SGD are each one's share.
  /// @param checkpoints  empty, or one a replica as in run().
  /// @param ended  called once for each replica that ends, with its position and its rows: also before what `poll` throws leaves with the others undone.
  using Ended = std::function<void(std::size_t, TaskResult)>;
  void run_group(std::uint64_t point, std::span<const std::uint32_t> replicas, const Poll& poll, std::span<Checkpoint* const> checkpoints,
                 const Ended& ended);

  /// Everything in this sweep that a task's rows and checkpoint hang on, one fact a line; what the program is comes on top.
  std::string task_identity(std::uint64_t point, std::uint32_t replica) const;

  /// Index of a column; the caller fills "rank" and "attempts".
  std::size_t column(Engine engine, const std::string& name) const;

 private:
  struct Progress;
  struct Task;
  Task task_of(const PointConfig& point, std::uint32_t replica, Checkpoint* checkpoint);
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

}  // namespace aesweep
