#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/outcome/sequential.hpp"
#include "aesweep/schedule/coordinator.hpp"
#include "aesweep/store/result_file.hpp"
#include "part.hpp"

namespace aesweep {

/// As its sweep has it; nothing where every point has the same number of replicas.
std::optional<SequentialTest> sequential_test(const ResultReader& reader);

/// A part of this file's tasks: points stay whole where the replicas are sequential.
Part dealt(Part part, const ResultReader& reader);

/// What the rows of a file with sequential replicas say: all decisions follow from these alone.
class Trials {
 public:
  Trials(const SequentialTest& test, const ResultReader& reader);

  Need need(std::uint64_t point) const;
  /// Tasks among the needed ones of which an engine's row is not there, ascending.
  std::vector<TaskId> missing(std::uint64_t point) const;
  bool excluded(std::uint64_t point) const;
  std::uint64_t points() const { return trials_.front().size() / replicas_; }
  std::size_t engines() const { return trials_.size(); }
  std::uint64_t replicas() const { return replicas_; }
  void enter(std::size_t engine, TaskId task, Trial trial) { trials_[engine][task] = trial; }

 private:
  SequentialTest test_;
  std::uint64_t replicas_;
  std::vector<std::vector<Trial>> trials_;   // of each engine
  std::vector<bool> excluded_;
};

/// Makes the rows that no point needs those of status `not_needed`, whatever they held, and pending again those that are needed after all: the file is then
/// what a run would leave that had found its complete rows in any order. In a file that nobody else has open for writing; MPI must be up.
void settle_replicas(const std::string& path, const FileLayout& layout);

/// Decides on rank 0 of a run as tasks end.
class SequentialRun {
 public:
  /// @param tasks  with which the run begins.
  SequentialRun(const SequentialTest& test, const ResultReader& reader, std::span<const TaskId> tasks, ResultFile& file);
  /// Writes `not_needed` rows of points that have enough. @returns the next batches of the others, ascending.
  std::vector<TaskId> decide(std::span<const TaskReport> reports);

 private:
  void leave_rest(std::uint64_t point, std::uint64_t needed);

  Trials trials_;
  std::vector<std::uint32_t> open_;   // tasks of each point that have been asked for and have not ended
  std::vector<bool> cut_;             // points of which a task was left to the next run
  std::vector<std::vector<bool>> untouched_;   // of each engine: rows that held nothing when the run began
  ResultFile& file_;
};

/// What a task's report tells decisions: a byte an engine, at its beginning.
std::string content_of(const Experiment& experiment, const TaskResult& result);

/// How many replicas a sweep's points will have, before anything is known: on average, if success changes along a line of the grid, on which two points of
/// each row of the longest axis are uncertain and need `max`, while all others agree; of a refined sweep, whose points lie at the boundary, half of them.
struct ReplicaForecast {
  std::uint64_t least, most;   ///< a point
  double mean;
};
ReplicaForecast forecast_replicas(const Sweep& sweep);

}  // namespace aesweep
