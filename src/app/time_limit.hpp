#pragma once
#include <optional>

namespace aesweep {

/// Seconds until SLURM ends the job that this process runs in; nothing outside of a job, where it has no limit, or where SLURM does not answer within
/// ten seconds. From SLURM_JOB_END_TIME where it is set, else from squeue.
std::optional<double> slurm_seconds_left();

/// When a run must be over. It stops a margin before: a tenth of the limit, at most a minute, for the last rows, /phase, and the end of MPI.
class TimeLimit {
 public:
  TimeLimit() = default;
  /// Begins now. An infinite limit is none.
  explicit TimeLimit(double seconds);

  bool is_set() const { return set_; }
  /// Seconds until the run stops by itself; infinity without a limit.
  double left() const;
  bool reached() const { return set_ && left() <= 0.0; }
  /// Whether less than half of the time is left: then a task that can't be finished any more is better left to the next run. Before, it is begun
  /// whatever it is expected to take: else one that is longer than the limit, or only thought to be, would never be.
  bool near_end() const { return set_ && left() < 0.5 * length_; }

  static double margin(double seconds);

 private:
  bool set_ = false;
  double length_ = 0.0, stop_ = 0.0;
};

}  // namespace aesweep
