#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/schedule/efficiency.hpp"
#include "aesweep/schedule/task_queue.hpp"
#include "aesweep/store/result_file.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// These tasks (ascending) for a queue, with the prior's costs and classes. Groups are as many replicas of a point as are run together.
TaskList listed(std::vector<TaskId> tasks, const Experiment& experiment);

/// CPU seconds of a sweep's file so far and still to come: the prior, corrected by the seconds of the rows that are there.
struct CostForecast {
  double spent = 0.0;      ///< measured, of tasks that have ended
  double left = 0.0;       ///< of pending tasks
  double longest = 0.0;    ///< of them, the longest task
  double ratio = 1.0;      ///< measured over expected so far; 1 where nothing was measured
};
/// @param pending  ascending.
CostForecast forecast(const ResultReader& reader, const Sweep& sweep, const std::vector<TaskId>& pending);

/// "efficiency: 97.1 % computing, 0.3 % writing, 0.6 % waiting for work, 2.0 % idle at the end (2 ranks for 35 s)".
std::string efficiency_line(const Efficiency& efficiency);

}  // namespace aesweep
