#include "stored_result.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "commands.hpp"
#include "refined_sweep.hpp"
#include "result_layout.hpp"

namespace aesweep {
namespace {

constexpr std::uint64_t kBytesAtOnce = 64'000'000;

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Sweep checked_sweep(const ResultReader& reader) {
  auto sweep = stored_sweep(reader);
  check_reads_as_before(reader, sweep);
  return sweep;
}

}  // namespace

Sweep stored_sweep(const ResultReader& reader, const std::vector<std::string>& overrides) {
  auto sweep = parse_sweep(reader.attribute("sweep"), reader.attribute("sweep_directory"), reader.path() + " (its sweep)", overrides);
  if (sweep.refined) read_sites(reader, sweep);
  return sweep;
}

void check_reads_as_before(const ResultReader& reader, const Sweep& sweep) {
  if (hex(sweep.id()) == reader.attribute("sweep_id")) return;
  throw std::runtime_error(fmt::format("{}: its sweep does not read as it did when the file was made (files that it names have changed, or the "
                                       "program has); in the file -> now:\n  {}", reader.path(),
                                       fmt::join(differences(reader.attribute("sweep_values"), sweep.canonical), "\n  ")));
}

void refuse_refined(const Sweep& sweep, const std::string& path, const std::string& why) {
  if (sweep.refined) throw UsageError(fmt::format("{}: a refined sweep; {}", path, why));
}

void warn_of_another_build(const ResultReader& reader) {
  for (const auto& [name, now] : build_provenance())
    if (reader.attribute(name) != now)
      fmt::print(stderr, "aesweep: {}: begun with {} {}, continued with {}; same bits are promised for one build only\n", reader.path(), name,
                 reader.attribute(name), now);
}

StoredResult::StoredResult(const std::string& path, const Kernels& kernels)
    : reader(path), owned_experiment(kernels.make_experiment(checked_sweep(reader), load_pool, seconds_now)), experiment(*owned_experiment),
      layout(layout_of(experiment)) {}

std::uint64_t StoredResult::points_at_once() const { return std::max<std::uint64_t>(1, kBytesAtOnce / (layout.row_bytes() * layout.replicas)); }

TaskResult recompute(Experiment& experiment, std::uint64_t task) {
  const auto replicas = static_cast<std::uint64_t>(experiment.sweep().replicas);
  return experiment.run(task / replicas, static_cast<std::uint32_t>(task % replicas), [] {});
}

}  // namespace aesweep
