// The queue's rules on clusters that nobody has at hand: up to 4096 ranks, event by event.
#include "simulated_cluster.hpp"

#include <gtest/gtest.h>

namespace aesweep {
namespace {

constexpr double kTarget = 0.95;
constexpr std::uint64_t kSeed = 20240607;

struct Case {
  int ranks, tasks_per_rank;
  double mean_seconds, error;
};

class SimulatedEfficiency : public testing::TestWithParam<Case> {};

// K from 1 to 64, horizons over two decades: the longest task takes some 40 times the mean, a fifth of an even share of 200 tasks a rank; more where the
// costs scatter. Runs of at least ten seconds: in a shorter one the milliseconds until the first answer count.
TEST_P(SimulatedEfficiency, IsNearTheIdeal) {
  const auto [ranks, tasks_per_rank, mean, error] = GetParam();
  const auto sweep = imagined_sweep(static_cast<std::size_t>(tasks_per_rank * ranks), mean, error, kSeed);
  const auto run = SimulatedCluster(sweep, ranks, {}).run();
  EXPECT_EQ(run.done, sweep.size());
  EXPECT_GE(sweep.ideal(ranks) / run.wall, kTarget) << "seed " << kSeed << ", ideal " << sweep.ideal(ranks) << " s, " << run.wall << " s taken";
}

INSTANTIATE_TEST_SUITE_P(Ranks, SimulatedEfficiency,
                         testing::Values(Case{2, 200, 1.0, 2.0}, Case{16, 10'000, 1e-3, 2.0}, Case{16, 200, 60.0, 1.0}, Case{64, 200, 60.0, 2.0},
                                         Case{512, 200, 0.1, 2.0}, Case{512, 200, 60.0, 2.0}, Case{4096, 200, 60.0, 2.0},
                                         Case{4096, 200, 1.0, 2.0}));

// Short tasks: what messages cost, on one rank's share of the answers. 1 ms tasks, 2 ms until rank 0 looks.
TEST(SimulatedCluster, TinyTasksCostLessThanAHundredthToDispatch) {
  SimulatedSweep sweep;
  sweep.seconds.assign(2'000'000, 1e-3);
  sweep.expected = sweep.seconds;
  sweep.classes.assign(sweep.size(), 0);
  const auto run = SimulatedCluster(sweep, 64, {}).run();
  EXPECT_GE(sweep.ideal(64) / run.wall, 0.99);
  EXPECT_LT(run.batches, 20'000u) << "batches of a hundred and more";
}

// A prior that is wrong by a factor of 100 throughout is put right by the first measurements.
TEST(SimulatedCluster, APriorThatIsFarOffCostsLittle) {
  for (const double factor : {0.01, 100.0}) {
    auto sweep = imagined_sweep(20'000, 0.1, 1.5, kSeed);
    for (double& expected : sweep.expected) expected *= factor;
    const auto run = SimulatedCluster(sweep, 64, {}).run();
    EXPECT_GE(sweep.ideal(64) / run.wall, kTarget) << "prior times " << factor << ", seed " << kSeed;
  }
}

}  // namespace
}  // namespace aesweep
