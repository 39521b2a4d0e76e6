#pragma once

namespace aesweep {

/// From now on TERM, INT and USR1 only ask the run to stop; a second TERM or INT ends the process at once, which costs the tasks in flight.
/// @param announce  say so on standard error at the first one.
void catch_stop_signals(bool announce);
bool stop_requested();

}  // namespace aesweep
