#pragma once
#include <chrono>

namespace aesweep {

/// Seconds on a clock that only moves forward; its origin means nothing.
inline double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace aesweep
