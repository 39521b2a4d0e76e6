// SGD by the Gram process as an engine: the same law as in D coordinates, any D, replicas side by side.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "aesweep/experiment/cost.hpp"
#include "aesweep/sgd/gram_sgd.hpp"
#include "aesweep/sweep/sgd_method.hpp"
#include "memory_checkpoint.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

std::string sweep_text(const std::string& sweep, const std::string& data, const std::string& model, const std::string& training, const std::string& rest) {
  return "[sweep]\nseed = 5\n" + sweep + "[data]\nspikes = [2.0, 1.0]\n" + data + "[model]\nhidden = 2\n" + model + "[training]\n" + training + rest;
}

const std::string kRecord = "[record]\ncount = 8\n";

/// Everything that a replica may carry along.
std::vector<std::string> all_kinds() {
  const std::string sgd = "engines = [\"sgd\"]\n", kept = kRecord + "order_parameters = true\nweights = \"leading\"\n";
  return {sweep_text("", "dimension = 300\n", "", "", kRecord),
          sweep_text(sgd, "dimension = 300\nlatent = \"laplace\"\n", "bias = \"trained\"\n", "input_noise = 1.0\n", kept + "components = 5\n"),
          sweep_text(sgd, "dimension = 300\n", "tied = true\n", "", kept),
          sweep_text("engines = [\"sgd\", \"descent\"]\n", "dimension = 1000000\n", "activation = \"linear\"\n",
                     "learning_rate = 0.1\nrule = \"sanger\"\nhorizon = 0.02\n", "[record]\ncount = 8\nfirst = 1e-4\ntrajectories = false\n")};
}

std::vector<TaskResult> group_of(Experiment& experiment, const std::vector<std::uint32_t>& replicas, const Poll& poll,
                                 const std::vector<Checkpoint*>& checkpoints = {}) {
  std::vector<TaskResult> results(replicas.size());
  experiment.run_group(0, replicas, poll, checkpoints, [&](std::size_t i, TaskResult result) { results[i] = std::move(result); });
  return results;
}

TEST(Gram, AReplicaHasTheSameBitsInAnyGroup) {
  for (const auto& text : all_kinds()) {
    const auto owned = experiment_on(text);
    auto& experiment = *owned;
    ASSERT_EQ(experiment.group_size(experiment.sweep().point(0)), static_cast<std::size_t>(GramSgd::group())) << text;
    const std::vector<std::uint32_t> replicas{3, 0, 7, 1, 2, 4, 5, 6, 9, 8, 10};
    const auto together = group_of(experiment, replicas, [] {});
    for (const std::size_t i : {0U, 3U, 8U, 10U}) expect_same(experiment.run(0, replicas[i], [] {}), together[i]);
  }
}

// Stopped again and again, later each time because a flow is dropped, and begun anew in other groups.
TEST(Gram, AGroupInManyPiecesHasTheBitsOfAWholeOne) {
  for (const auto& text : all_kinds()) {
    const auto owned = experiment_on(text);
    auto& experiment = *owned;
    std::vector<std::uint32_t> replicas(5);
    std::iota(replicas.begin(), replicas.end(), 0U);
    const auto whole = group_of(experiment, replicas, [] {});
    std::vector<Memory> memory(replicas.size());
    std::vector<std::optional<TaskResult>> ended(replicas.size());
    int pieces = 0, calls = 0;
    for (std::uint32_t first = 0; std::ranges::any_of(ended, [](const auto& one) { return !one; }); first = (first + 2) % 5, ++pieces) {
      std::vector<std::uint32_t> some;
      std::vector<Checkpoint*> own;
      for (std::uint32_t i = 0; i < 3; ++i) {
        const auto replica = (first + i) % 5;
        if (ended[replica]) continue;
        some.push_back(replica);
        own.push_back(&memory[replica]);
      }
      if (some.empty()) continue;
      try {
        experiment.run_group(0, some, stop_at(5 + 6 * pieces, calls), own, [&](std::size_t i, TaskResult result) { ended[some[i]] = std::move(result); });
      } catch (const Stopped&) {
      }
      ASSERT_LT(pieces, 1000) << "no progress";
    }
    EXPECT_GE(pieces, 3) << text;
    for (const auto replica : replicas) expect_same(*ended[replica], whole[replica]);
    for (const auto& one : memory) EXPECT_TRUE(one.rejected.empty());
  }
}

TEST(Gram, AGroupKeepsEachReplicaWhenItIsDue) {
  const auto owned = experiment_on(all_kinds()[1]);
  auto& experiment = *owned;
  const auto whole = group_of(experiment, {0, 1}, [] {});
  std::vector<Memory> memory(2);
  memory[1].is_due = [] { return true; };
  group_of(experiment, {0, 1}, [] {}, {&memory[0], &memory[1]});
  EXPECT_EQ(memory[0].times_kept, 0);
  EXPECT_GE(memory[1].times_kept, 5);
  expect_same(experiment.run(0, 1, [] {}, &memory[1]), whole[1]);
}

TEST(Gram, ADivergedReplicaDoesNotDisturbTheOthers) {
  // Linear units at a rate at which the error of some replicas, but not of all, passes ten times chance.
  const auto owned = experiment_on(sweep_text("engines = [\"sgd\"]\n", "dimension = 100\n", "activation = \"linear\"\n",
                                             "sgd_method = \"gram\"\nlearning_rate = 14.0\nhorizon = 20.0\n", kRecord));
  auto& experiment = *owned;
  std::vector<std::uint32_t> replicas(16);
  std::iota(replicas.begin(), replicas.end(), 0U);
  const auto together = group_of(experiment, replicas, [] {});
  std::size_t diverged = 0;
  for (const auto replica : replicas) {
    expect_same(experiment.run(0, replica, [] {}), together[replica]);
    diverged += together[replica].rows[0].status == Status::diverged ? 1U : 0U;
  }
  EXPECT_GT(diverged, 0U);
  EXPECT_LT(diverged, replicas.size());
}

TEST(Gram, SecondsAreAReplicasShare) {
  double now = 0.0;
  const auto owned = make_experiment(parse(all_kinds()[1]), load_pool, [&] { return now; });
  auto& experiment = *owned;
  const auto results = group_of(experiment, {0, 1, 2, 3}, [&] { now += 1.0; });
  double sum = 0.0;
  const auto groups = (4 + GramSgd::group() - 1) / GramSgd::group();
  for (const auto& result : results) sum += column(experiment, result, 0, "seconds")[0];
  EXPECT_DOUBLE_EQ(sum, now);
  EXPECT_GT(now, static_cast<double>(groups));
}

// Mean error at each recorded time, 400 replicas each way, D = 100, from the same starts: 8 comparisons at 4 standard errors (of unpaired means: the common
// starts only help), a family-wise error of 5e-4. Seed 5.
TEST(Gram, ItsMeanIsThatOfSgdInDCoordinates) {
  const auto owned = experiment_on(sweep_text("engines = [\"sgd\"]\nreplicas = 400\n", "dimension = 100\nlatent = \"rademacher\"\n", "bias = \"trained\"\n",
                                             "horizon = 10.0\nweight_decay = 0.01\n", kRecord + "[[axis]]\nkey = \"training.sgd_method\"\nvalues = [\"vector\", \"gram\"]\n"));
  auto& experiment = *owned;
  const std::uint32_t n = 400;
  std::vector<std::uint32_t> replicas(n);
  std::iota(replicas.begin(), replicas.end(), 0U);
  std::vector<std::vector<double>> mean(2, std::vector<double>(9)), variance = mean;
  for (std::uint64_t point = 0; point < 2; ++point) {
    std::vector<std::vector<double>> all;
    experiment.run_group(point, replicas, [] {}, {}, [&](std::size_t, const TaskResult& result) { all.push_back(column(experiment, result, 0, "pmse")); });
    for (const auto& pmse : all)
      for (std::size_t i = 0; i < 9; ++i) mean[point][i] += pmse[i] / n;
    for (const auto& pmse : all)
      for (std::size_t i = 0; i < 9; ++i) variance[point][i] += (pmse[i] - mean[point][i]) * (pmse[i] - mean[point][i]) / (n - 1);
  }
  EXPECT_NEAR(mean[0][0], mean[1][0], 1e-13) << "the same starts";
  for (std::size_t i = 1; i < 9; ++i) EXPECT_NEAR((mean[0][i] - mean[1][i]) / std::sqrt((variance[0][i] + variance[1][i]) / n), 0.0, 4.0) << i;
}

TEST(Gram, FlowAndSgdShareTheirStartAtAnyDimension) {
  for (const std::string dimension : {"300", "65537", "1000000000000"}) {
    const auto owned = experiment_on(sweep_text("", "dimension = " + dimension + "\n", "", "horizon = 1e-8\n",
                                               "[record]\ncount = 1\nfirst = 1e-9\norder_parameters = true\nweights = \"leading\"\ncomponents = 4\n"));
    auto& experiment = *owned;
    const auto result = experiment.run(0, 0, [] {});
    for (const auto* name : {"Q", "T0", "R_bulk", "encoder", "decoder_norm"}) {
      const auto &flow = column(experiment, result, 0, name), &sgd = column(experiment, result, 1, name);
      for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(flow[i], sgd[i], 1e-12 * (1.0 + std::abs(flow[i]))) << name << " at D = " << dimension;
    }
  }
}

// What is followed picks axes of the bulk out of what was drawn: it does not change it.
TEST(Gram, AStartDoesNotHangOnWhatIsRecorded) {
  const auto first = [](int components) {
    const auto owned = experiment_on(sweep_text("", "dimension = 1000000\n", "", "horizon = 1e-4\n",
                                               fmt::format("[record]\ncount = 1\norder_parameters = true\nfirst = 1e-5\ncomponents = {}\n", components)));
    auto& experiment = *owned;
    const auto result = experiment.run(0, 0, [] {});
    auto values = column(experiment, result, 1, "Q");
    for (const auto* name : {"R", "T0"}) values.insert(values.end(), column(experiment, result, 0, name).begin(), column(experiment, result, 0, name).begin() + 4);
    return values;
  };
  const auto few = first(2), many = first(64);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(few[i], many[i], 1e-12);
  for (std::size_t i = 8; i < few.size(); ++i) EXPECT_NEAR(few[i], many[i], 1e-12);
}

// From an aligned start the flow at D is that at infinity up to 1/D.
TEST(Gram, TheFlowAtHugeDimensionsIsTheLimitsOne) {
  const auto pmse = [](const std::string& dimension) {
    const auto owned = experiment_on(sweep_text("engines = [\"ode\"]\n", "dimension = " + dimension + "\n", "", "horizon = 30.0\n",
                                               "[initial]\nkind = \"aligned\"\nencoder_scale = 0.1\ndecoder_scale = 0.1\n" + kRecord));
    auto& experiment = *owned;
    return column(experiment, experiment.run(0, 0, [] {}), 0, "pmse");
  };
  const auto huge = pmse("1000000000000"), infinite = pmse("\"infinity\""), large = pmse("65536"), above = pmse("65537");
  for (std::size_t i = 0; i < huge.size(); ++i) {
    EXPECT_NEAR(huge[i], infinite[i], 1e-8);
    EXPECT_NEAR(large[i], above[i], 1e-8) << "on both sides of where coordinates end";
  }
}

TEST(Gram, TheRuleOfTheConfigurationLeavesRoomForABlock) {
  for (const auto* rule : {"sgd", "oja"})
    for (const int hidden : {1, 3, 4, 8, 64, 200})
      for (const int components : {1, 20}) {
        const auto owned = experiment_on(fmt::format("[data]\nspikes = [2.0]\ndimension = 10000\n[model]\nhidden = {}\nactivation = \"linear\"\n[training]\nrule = "
                                                    "\"{}\"\n{}[record]\ncomponents = {}\n", hidden, rule, rule[0] == 's' ? "input_noise = 1.0\n" : "", components));
        auto& experiment = *owned;
        const auto point = experiment.sweep().point(0);
        LearningRule learning;
        learning.kind = rule[0] == 's' ? RuleKind::sgd : RuleKind::oja;
        learning.noise = point.training.input_noise;
        const auto tracked = std::max<Eigen::Index>(1, components);
        EXPECT_EQ(gram_axes(point, experiment.sweep().record), tracked + GramSgd::bulk_axes(learning, hidden));
        EXPECT_GE(static_cast<double>(gram_least_dimension(point, experiment.sweep().record)), GramSgd::smallest_dimension(learning, hidden, tracked));
      }
}

TEST(Gram, RunsWhereItsLeastDimensionSays) {
  for (const auto* more : {"", "input_noise = 1.0\n"}) {
    const auto owned = experiment_on(sweep_text("", "dimension = 38\n", "", std::string("sgd_method = \"gram\"\nhorizon = 5.0\n") + more, kRecord));
    auto& experiment = *owned;
    EXPECT_EQ(experiment.run(0, 0, [] {}).rows[1].status, Status::done);
  }
}

TEST(Gram, ItsCostIsThatOfItsStepsAndItsShare) {
  const auto cost = [](const std::string& dimension, const std::string& horizon, const std::string& replicas) {
    const auto sweep = parse(sweep_text("engines = [\"sgd\"]\nreplicas = " + replicas + "\n", "dimension = " + dimension + "\n", "", "horizon = " + horizon + "\n", kRecord));
    return expected_seconds(sweep.point(0), sweep);
  };
  EXPECT_NEAR(cost("1000000000", "1.0", "8") / cost("1000000", "1000.0", "8"), 1.0, 1e-3);
  EXPECT_NEAR(cost("1000000000", "1.0", "1") / cost("1000000000", "1.0", "64"), static_cast<double>(GramSgd::group()), 1e-3);
}

}  // namespace
}  // namespace aesweep
