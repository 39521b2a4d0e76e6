#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace aesweep {

/// Shows how a run goes: a bar with rate and ETA on a terminal, a plain line every ten seconds elsewhere, nothing when quiet.
class Progress {
 public:
  /// @param cost  expected seconds of all tasks together, in the units in which `ended` is told them.
  Progress(std::uint64_t tasks, double cost, bool quiet);

  void ended(bool failed, double cost);
  /// Draws if it is time to.
  void tick();
  /// Last line.
  void finish(bool stopped);

 private:
  void draw();
  double elapsed() const;
  std::string remaining() const;

  using Time = std::chrono::steady_clock;
  std::uint64_t tasks_, done_ = 0, failed_ = 0;
  double cost_, cost_done_ = 0.0;
  bool quiet_, terminal_;
  Time::time_point start_ = Time::now(), drawn_ = start_;
};

}  // namespace aesweep
