#pragma once

namespace aesweep {

/// From now on TERM, INT and USR1 only ask the run to stop.
void catch_stop_signals();
bool stop_requested();

}  // namespace aesweep
