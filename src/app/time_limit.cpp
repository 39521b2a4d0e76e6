#include "time_limit.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <memory>

#include "aesweep/sweep/duration.hpp"
#include "clock.hpp"

namespace aesweep {
namespace {

constexpr double kMinute = 60.0;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// First line of what a command prints; nothing if it fails.
std::optional<std::string> first_line(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 256> line{};
  if (!pipe || std::fgets(line.data(), line.size(), pipe.get()) == nullptr) return std::nullopt;
  std::string text(line.data());
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text;
}

}  // namespace

std::optional<double> slurm_seconds_left() {
  const char* job = std::getenv("SLURM_JOB_ID");
  if (job == nullptr) return std::nullopt;
  if (const char* end = std::getenv("SLURM_JOB_END_TIME"))
    if (const auto when = parse_duration(std::string(end) + "s")) return std::max(0.0, *when - static_cast<double>(std::time(nullptr)));
  const std::string id(job);
  if (id.empty() || !std::ranges::all_of(id, [](unsigned char c) { return std::isdigit(c) != 0; })) return std::nullopt;
  const auto answer = first_line("timeout -k 1 10 squeue -h -j " + id + " -o %L 2>/dev/null </dev/null");
  if (answer == "INVALID") return 0.0;   // squeue's word for a job beyond its limit
  const auto left = answer ? parse_duration(*answer) : std::nullopt;
  return left && std::isfinite(*left) ? left : std::nullopt;
}

double TimeLimit::margin(double seconds) { return std::min(0.1 * seconds, kMinute); }

TimeLimit::TimeLimit(double seconds)
    : set_(std::isfinite(seconds)), length_(seconds - margin(seconds)), stop_(seconds_now() + seconds - margin(seconds)) {}

double TimeLimit::left() const { return set_ ? stop_ - seconds_now() : kInfinite; }

}  // namespace aesweep
