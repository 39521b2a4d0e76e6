#include "row_transfer.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "aesweep/experiment/row_conversion.hpp"
#include "point_name.hpp"
#include "text.hpp"

namespace aesweep {
namespace {

constexpr std::size_t kNamed = 10;   // damaged rows that are named, of an engine and a file

/// One engine's rows on their way.
class EngineTransfer {
 public:
  EngineTransfer(const StoredResult& from, std::size_t from_engine, const Experiment& to, std::size_t to_engine)
      : from_(from),
        from_engine_(from_engine),
        to_(to),
        to_engine_(to_engine),
        conversion_(from.layout.engines[from_engine].observables, from.experiment.extents(), to.observables(to.sweep().engines[to_engine]),
                    to.extents()) {}

  const RowConversion& conversion() const { return conversion_; }

  void run(const std::function<std::vector<std::uint64_t>(std::uint64_t)>& targets, const std::function<void(TransferredRow)>& deliver,
           TransferLosses& losses) const {
    const auto replicas = static_cast<std::uint64_t>(from_.layout.replicas);
    const auto at_once = from_.points_at_once();
    for (std::uint64_t first = 0; first < from_.layout.points(); first += at_once) {
      const auto points = std::min(at_once, from_.layout.points() - first);
      std::vector<std::vector<std::uint64_t>> wanted;
      for (std::uint64_t p = 0; p < points; ++p) wanted.push_back(targets(first + p));
      if (std::ranges::all_of(wanted, &std::vector<std::uint64_t>::empty)) continue;
      auto checked = from_.reader.checked_rows(from_.layout, from_engine_, first * replicas, points * replicas);
      for (const auto task : checked.damaged) {
        checked.rows[task - first * replicas].status = Status::pending;
        if (wanted[task / replicas - first].empty()) continue;
        losses.damaged.push_back(fmt::format("{}, {}, replica {}", from_.layout.engines[from_engine_].name,
                                             name_of_point(from_.sweep(), task / replicas), task % replicas));
      }
      for (std::uint64_t p = 0; p < points; ++p) transfer_point(first + p, &checked.rows[p * replicas], wanted[p], deliver, losses);
    }
  }

 private:
  void transfer_point(std::uint64_t point, const Row* rows, const std::vector<std::uint64_t>& targets,
                      const std::function<void(TransferredRow)>& deliver, TransferLosses& losses) const {
    if (targets.empty()) return;
    const auto from_replicas = static_cast<std::uint64_t>(from_.layout.replicas), to_replicas = static_cast<std::uint64_t>(to_.sweep().replicas);
    const bool possible = conversion_.is_possible(from_.sweep().point(point));
    for (std::uint64_t r = 0; r < std::min(from_replicas, to_replicas); ++r) {
      if (rows[r].status != Status::done && rows[r].status != Status::diverged) continue;
      if (!possible) {
        ++losses.inconvertible;
        continue;
      }
      for (const auto target : targets) deliver({to_engine_, target * to_replicas + r, point * from_replicas + r, conversion_(rows[r])});
    }
  }

  const StoredResult& from_;
  std::size_t from_engine_;
  const Experiment& to_;
  std::size_t to_engine_;
  RowConversion conversion_;
};

}  // namespace

TransferLosses transfer_rows(const StoredResult& from, const Experiment& to, const std::function<std::vector<std::uint64_t>(std::uint64_t)>& targets,
                             const std::function<void(TransferredRow)>& deliver) {
  TransferLosses losses;
  const auto& engines = to.sweep().engines;
  for (std::size_t e = 0; e < engines.size(); ++e) {
    const auto found = std::ranges::find(from.layout.engines, name(engines[e]), &EngineLayout::name);
    if (found == from.layout.engines.end()) continue;
    const EngineTransfer transfer(from, static_cast<std::size_t>(found - from.layout.engines.begin()), to, e);
    if (const auto& missing = transfer.conversion().missing(); !missing.empty())
      losses.reasons.push_back(fmt::format("{}: no {} in the file", found->name, fmt::join(missing, ", ")));
    transfer.run(targets, deliver, losses);
  }
  return losses;
}

void report_losses(const std::string& path, const TransferLosses& losses) {
  for (std::size_t i = 0; i < std::min(losses.damaged.size(), kNamed); ++i)
    fmt::print(stderr, "aesweep: {}: damaged row left out: {}\n", path, losses.damaged[i]);
  if (losses.damaged.size() > kNamed) fmt::print(stderr, "aesweep: {}: {} damaged rows left out in all\n", path, grouped(losses.damaged.size()));
  if (losses.inconvertible > 0)
    fmt::print(stderr, "aesweep: {}: {} left out, as not all that the new file holds of them is there{}{}\n", path,
               counted(losses.inconvertible, "row"), losses.reasons.empty() ? "" : ": ", fmt::join(losses.reasons, "; "));
}

}  // namespace aesweep
