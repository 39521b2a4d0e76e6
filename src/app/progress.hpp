#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "aesweep/schedule/coordinator.hpp"

namespace aesweep {

/// Shows how a run goes: a bar with rate and ETA on a terminal, a plain line every ten seconds elsewhere, nothing when quiet.
class Progress {
 public:
  Progress(std::uint64_t tasks, int ranks, bool quiet);

  /// So many tasks have come that nobody knew of.
  void more(std::uint64_t tasks) { tasks_ += tasks; }
  /// A task has ended. @param unfinished  expected seconds of those that have not.
  void ended(const TaskReport& report, double unfinished);
  /// Draws if it is time to.
  void tick();
  /// Last lines.
  void finish(bool stopped, const Efficiency& efficiency);

 private:
  void draw();
  double elapsed() const;
  std::string remaining() const;

  using Time = std::chrono::steady_clock;
  std::uint64_t tasks_, done_ = 0, failed_ = 0, begun_earlier_ = 0;
  int ranks_;
  double spent_ = 0.0, unfinished_ = 0.0;   // CPU seconds
  bool quiet_, terminal_;
  Time::time_point start_ = Time::now(), drawn_ = start_;
};

}  // namespace aesweep
