#include "job_script.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <string_view>

#include "job_template.hpp"

namespace aesweep {
namespace {

constexpr double kWarning = 120.0;   // seconds: the signal comes up to a minute early, and the ranks stop within seconds

std::string limit_text(double seconds) {
  const auto minutes = static_cast<std::int64_t>(std::ceil(seconds / 60.0));
  const auto days = minutes / (24 * 60);
  return fmt::format("{}{:02d}:{:02d}:00", days > 0 ? fmt::format("{}-", days) : "", minutes / 60 % 24, minutes % 60);
}

/// sbatch reads its lines word by word, and takes quotes away.
std::string sbatch_lines(const Job& job) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& option, const std::string& value) {
    if (!value.empty() && value != "0") lines.push_back(fmt::format("#SBATCH --{}={}", option, quoted(value)));
  };
  add("job-name", job.name);
  add("partition", job.partition);
  add("account", job.account);
  add("nodes", std::to_string(job.nodes));
  add("ntasks", std::to_string(job.ranks_per_node > 0 && job.nodes > 0 ? 0 : job.ranks));
  add("ntasks-per-node", std::to_string(job.ranks_per_node));
  add("time", limit_text(job.limit));
  if (job.parts > 0) add("array", fmt::format("1-{}", job.parts));
  add("output", job.log);
  lines.emplace_back("#SBATCH --open-mode=append --requeue");
  lines.push_back(fmt::format("#SBATCH --signal=B:USR1@{:.0f}", std::min(kWarning, job.limit / 4.0)));
  for (const auto& option : job.extra) lines.push_back("#SBATCH " + option);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string words(const std::vector<std::string>& list) {
  std::vector<std::string> each;
  std::ranges::transform(list, std::back_inserter(each), quoted);
  return fmt::format("{}", fmt::join(each, " "));
}

void fill(std::string& text, const std::string& place, const std::string& value) {
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size())) text.replace(at, place.size(), value);
}

}  // namespace

std::string quoted(const std::string& text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./,:@%^";
  const auto plain = [&](char c) { return kPlain.find(c) != std::string_view::npos; };
  if (!text.empty() && std::ranges::all_of(text, plain)) return text;
  std::string result = text;
  fill(result, "'", "'\\''");
  return "'" + result + "'";
}

std::string job_script(const Job& job) {
  std::string text = kJobTemplate;
  fill(text, "@SBATCH@", sbatch_lines(job));
  fill(text, "@AESWEEP@", quoted(job.program));
  fill(text, "@SWEEP@", quoted(job.sweep));
  fill(text, "@OPTIONS@", words(job.options));
  fill(text, "@FILE@", quoted(job.file));
  fill(text, "@LAUNCHER@", words(job.launcher));
  fill(text, "@PARTS@", std::to_string(job.parts));
  fill(text, "@SCRIPT@", quoted(job.script));
  return text;
}

std::optional<double> parse_limit(const std::string& text) {
  static const std::regex kDays(R"((\d{1,4})-(\d{1,2})(?::(\d{1,2}))?(?::(\d{1,2}))?)"), kPlain(R"((?:(\d{1,5}):)?(\d{1,7})(?::(\d{1,2}))?)");
  std::smatch match;
  const auto part = [&](std::size_t index) { return match[index].matched ? std::stod(match[index]) : 0.0; };
  double seconds = 0.0;
  if (std::regex_match(text, match, kDays)) {
    seconds = ((part(1) * 24.0 + part(2)) * 60.0 + part(3)) * 60.0 + part(4);
  } else if (std::regex_match(text, match, kPlain)) {
    // M, M:S and H:M:S: the unit of the first number depends on how many there are.
    seconds = match[3].matched ? (part(1) * 60.0 + part(2)) * 60.0 + part(3) : match[1].matched ? part(1) * 60.0 + part(2) : part(2) * 60.0;
  }
  return seconds > 0.0 ? std::optional(seconds) : std::nullopt;
}

double suggested_limit(double wall_seconds) {
  constexpr double kStep = 300.0, kDay = 86400.0;
  return std::min(kDay, std::ceil((2.0 * wall_seconds + kStep) / kStep) * kStep);
}

std::uint64_t suggested_ranks(double cpu_seconds, std::uint64_t tasks) {
  const auto hours = static_cast<std::uint64_t>(std::min(128.0, std::ceil(cpu_seconds / 3600.0)));
  return std::max<std::uint64_t>(1, std::min(hours, tasks));
}

}  // namespace aesweep
