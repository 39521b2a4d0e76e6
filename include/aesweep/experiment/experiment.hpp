#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
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
  double reach = std::numeric_limits<double>::quiet_NaN(), bound = reach;   ///< of a manifold   [data/manifold.hpp]

  /// In the order of reference_columns(), which may be the first of them only.
  std::array<double, 5> values() const { return {chance, pca_error, denoising_error, reach, bound}; }
};

/// A finished task: one row an engine, in the order of the sweep's engines, and what failed.
struct TaskResult {
  std::vector<Row> rows;
  std::vector<std::string> failures;   ///< "ode: message", empty if nothing failed
};

/// Runs single replicas of single points with all their engines. Depends on point and replica alone: no state carries over from task to task.
/// An interface, because the program loads the kernels for its machine as a module   [architecture.md, "Instruction sets"]; what a call computes is
/// computed with the instruction set of the make_experiment that made it.
class Experiment {
 public:
  /// Seconds on some clock; only differences are used, for the column `seconds`.
  using Clock = std::function<double()>;
  virtual ~Experiment() = default;

  virtual const Sweep& sweep() const = 0;
  /// Columns of an engine's rows, in their order.
  virtual const std::vector<Observable>& observables(Engine engine) const = 0;
  virtual const Extents& extents() const = 0;
  virtual Reference reference(const PointConfig& point) = 0;
  /// What a point's replicas are judged against.
  virtual Yardstick yardstick(const PointConfig& point) = 0;
  /// A trajectory judged by the sweep's criteria, as run() does.
  virtual Verdict judge(const Trajectory& trajectory, double error_reached, const Yardstick& yardstick) const = 0;
  /// Recorded times of a point, t = steps / D.
  virtual std::vector<double> times(const PointConfig& point) const = 0;

  /// The engines in their order, the flow first, from the same weights. A NumericalError makes the engine's row `failed`; whatever `poll` throws passes through.
  /// @param checkpoint  null, or where the task keeps what it has so far, from which it goes on: when SGD finds it due, and when `poll` throws Stopped.
  ///                    The rows have the bits of a task that was never interrupted; `seconds` counts what was kept.
  TaskResult run(std::uint64_t point, std::uint32_t replica, const Poll& poll, Checkpoint* checkpoint = nullptr);

  /// How many replicas of a point take little longer together than one alone: more than one where SGD is simulated by the Gram process.
  virtual std::size_t group_size(const PointConfig& point) const = 0;
  /// The same as run() of each replica, of which a group is simulated side by side; `seconds` of SGD are each one's share.
  /// @param checkpoints  empty, or one a replica as in run().
  /// @param ended  called once for each replica that ends, with its position and its rows: also before what `poll` throws leaves with the others undone.
  using Ended = std::function<void(std::size_t, TaskResult)>;
  virtual void run_group(std::uint64_t point, std::span<const std::uint32_t> replicas, const Poll& poll, std::span<Checkpoint* const> checkpoints,
                         const Ended& ended) = 0;

  /// The same for replicas that nobody has asked for yet: their rows are kept in the checkpoints, from which run_group() takes them.
  virtual void run_ahead(std::uint64_t point, std::span<const std::uint32_t> replicas, const Poll& poll, std::span<Checkpoint* const> checkpoints) = 0;

  /// Everything in this sweep that a task's rows and checkpoint hang on, one fact a line; what the program is comes on top.
  virtual std::string task_identity(std::uint64_t point, std::uint32_t replica) const = 0;

  /// Index of a column; the caller fills "rank", "attempts" and "instruction_set".
  std::size_t column(Engine engine, const std::string& name) const;
};

/// With the kernels of the libraries that are linked here. Fixes for this process the sizes by which Eigen blocks its sums.
std::unique_ptr<Experiment> make_experiment(Sweep sweep, PoolLoader loader, Experiment::Clock clock);

}  // namespace aesweep
