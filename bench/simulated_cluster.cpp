// Efficiency of the task queue on simulated clusters, beside first-come-first-served and random order: the table of docs/scheduling.md.
#include "simulated_cluster.hpp"

#include <fmt/core.h>

#include <tuple>

namespace aesweep {
namespace {

constexpr std::uint64_t kSeed = 1;

void print_row(int ranks, int tasks_per_rank, double mean_seconds, double error) {
  const auto sweep = imagined_sweep(static_cast<std::size_t>(ranks * tasks_per_rank), mean_seconds, error, kSeed);
  std::vector<std::size_t> order(sweep.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const double first_come = run_in_order(sweep, order, ranks).wall;
  std::mt19937_64 random(kSeed);
  std::ranges::shuffle(order, random);
  const double shuffled = run_in_order(sweep, order, ranks).wall;
  const auto queue = SimulatedCluster(sweep, ranks, {}).run();
  const double ideal = sweep.ideal(ranks);
  const double longest = *std::ranges::max_element(sweep.seconds);
  fmt::print("| {} | {} | {:g} | {:g} | {:.3g} | {:.2f} | **{:.1f}** | {:.1f} | {:.1f} | {:.2f} |\n", ranks, tasks_per_rank, mean_seconds, error, ideal,
             longest / ideal, 100.0 * ideal / queue.wall, 100.0 * ideal / first_come, 100.0 * ideal / shuffled,
             static_cast<double>(queue.batches) / static_cast<double>(sweep.size()));
}

}  // namespace
}  // namespace aesweep

int main() {
  fmt::print("| ranks | tasks a rank | mean task, s | cost error | ideal, s | longest / ideal | queue, % | first come, % | random, % | messages a task |\n"
             "|---|---|---|---|---|---|---|---|---|---|\n");
  for (const int ranks : {2, 64, 512, 4096})
    for (const auto& [tasks_per_rank, mean, error] :
         {std::tuple{200, 60.0, 1.0}, std::tuple{200, 60.0, 2.0}, std::tuple{200, 1.0, 2.0}, std::tuple{60, 60.0, 2.0}})
      aesweep::print_row(ranks, tasks_per_rank, mean, error);
  aesweep::print_row(64, 10'000, 1e-3, 2.0);
}
