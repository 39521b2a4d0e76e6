#include "progress.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "task_costs.hpp"
#include "text.hpp"

namespace aesweep {
namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(200);
constexpr auto kPlainInterval = std::chrono::seconds(10);

std::string bar(double share, int width) {
  const int filled = static_cast<int>(std::lround(share * width));
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled ? "█" : "░";
  return text;
}

}  // namespace

Progress::Progress(std::uint64_t tasks, int ranks, bool quiet) : tasks_(tasks), ranks_(ranks), quiet_(quiet), terminal_(output_is_terminal()) {}

void Progress::ended(const TaskReport& report, double unfinished) {
  ++done_;
  if (report.state == TaskReport::State::failed) ++failed_;
  if (!report.whole) ++begun_earlier_;
  spent_ += report.seconds;
  unfinished_ = unfinished;
}

double Progress::elapsed() const { return std::chrono::duration<double>(Time::now() - start_).count(); }

std::string Progress::remaining() const {
  if (done_ == 0 || elapsed() < 0.5) return "unknown";
  return duration(unfinished_ / ranks_);
}

void Progress::tick() {
  if (quiet_) return;
  const auto now = Time::now();
  if (now - drawn_ < (terminal_ ? Time::duration(kTerminalInterval) : Time::duration(kPlainInterval))) return;
  drawn_ = now;
  draw();
}

void Progress::draw() {
  const double whole = spent_ + unfinished_;
  const double share = tasks_ == done_ ? 1.0 : whole > 0.0 ? spent_ / whole : 0.0;
  const std::string failures = failed_ == 0 ? "" : fmt::format(", {} failed", grouped(failed_));
  const std::string text = fmt::format("{:3.0f} %  {} of {} tasks{}, {:.3g}/s, ETA {}", 100.0 * share, grouped(done_), grouped(tasks_), failures,
                                       static_cast<double>(done_) / std::max(1e-9, elapsed()), remaining());
  if (terminal_) {
    const int room = std::clamp(terminal_width() - static_cast<int>(text.size()) - 3, 0, 40);
    fmt::print("\r\x1b[K{} {}", bar(share, room), text);
  } else {
    fmt::print("{}\n", text);
  }
  std::fflush(stdout);
}

void Progress::finish(bool stopped, const Efficiency& efficiency) {
  if (quiet_) return;
  if (terminal_) fmt::print("\r\x1b[K");
  const std::string failures = failed_ == 0 ? "" : fmt::format(", {} with failures", grouped(failed_));
  const std::string earlier = begun_earlier_ == 0 ? "" : fmt::format(", {} begun earlier", grouped(begun_earlier_));
  fmt::print("{}: {} of {} in {}{}{}\n", stopped ? "stopped" : "finished", grouped(done_), counted(tasks_, "task"), duration(elapsed()), earlier, failures);
  if (done_ > 0) fmt::print("{}\n", efficiency_line(efficiency));
  std::fflush(stdout);
}

}  // namespace aesweep
