#pragma once

namespace aesweep {

/// From now on TERM, INT and USR1 only ask the run to stop. A second TERM or INT ends the process at once, which costs what the tasks in flight have
/// not kept; within a second of the first one it counts as the same, because SLURM and shells send some signals twice.
/// @param announce  say so on standard error at the first one.
void catch_stop_signals(bool announce);
bool stop_requested();
/// As if a signal had come, without an announcement.
void request_stop();

}  // namespace aesweep
