#include "aesweep/experiment/checkpoint.hpp"

#include <gtest/gtest.h>

#include "memory_checkpoint.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

/// Polls of a whole run.
int polls_of(Experiment& experiment) {
  int polls = 0;
  experiment.run(0, 0, [&] { ++polls; });
  return polls;
}

const std::string kSgd = "[sweep]\nseed = 5\nreplicas = 2\nengines = [\"sgd\"]\n[data]\ndimension = 30\nspikes = [2.0, 1.0]\n";
const std::string kModel = "[model]\nhidden = 2\n";
const std::string kRecord = "[record]\ncount = 8\n";

/// Everything that a replica may carry along: noise and its clean map, the network itself, a training set, biases, tied and normalised rows.
std::vector<std::string> all_kinds() {
  const std::string kept = kRecord + "order_parameters = true\nweights = ";
  return {kSgd + kModel + kRecord,
          kSgd + "latent = \"laplace\"\n" + kModel + "bias = \"trained\"\n[training]\ninput_noise = 1.0\n" + kept + "\"leading\"\n",
          kSgd + "training_samples = 20\n" + kModel + kept + "\"final\"\n",
          kSgd + kModel + "tied = true\n" + kRecord,
          kSgd + kModel + "activation = \"linear\"\n[training]\nrule = \"sanger\"\nrate_decay_exponent = 0.5\n" + kRecord + "trajectories = false\n"};
}

// Stopped at every poll in turn (each run advances by one interval between two polls), a replica ends with the bits of an undisturbed one.
TEST(Checkpoint, AReplicaInManyPiecesHasTheBitsOfAWholeOne) {
  for (const auto& text : all_kinds()) {
    const auto owned = experiment_on(text);
    auto& experiment = *owned;
    const auto whole = experiment.run(0, 1, [] {});
    Memory memory;
    int pieces = 0, calls = 0;
    for (bool ended = false; !ended; ++pieces) {
      try {
        expect_same(experiment.run(0, 1, stop_at(2, calls), &memory), whole);
        ended = true;
      } catch (const Stopped&) {
        ASSERT_LT(pieces, 1000) << "no progress";
      }
    }
    EXPECT_GE(pieces, 8) << text;   // a poll comes at least once between two recorded times
    EXPECT_TRUE(memory.rejected.empty());
  }
}

TEST(Checkpoint, OnImages) {
  const ImageFile images;
  const auto owned = experiment_on("[sweep]\nengines = [\"sgd\"]\n" + images.data() + kModel + "[training]\nhorizon = 500\n" + kRecord +
                                  "weights = \"leading\"\n");
  auto& experiment = *owned;
  const auto whole = experiment.run(0, 0, [] {});
  Memory memory;
  int calls = 0;
  EXPECT_THROW(experiment.run(0, 0, stop_at(6, calls), &memory), Stopped);
  expect_same(experiment.run(0, 0, [] {}, &memory), whole);
}

// A kill leaves what was kept last, wherever that was.
TEST(Checkpoint, GoesOnFromWhateverWasKeptLast) {
  const auto owned = experiment_on(kSmall);
  auto& experiment = *owned;
  const auto whole = experiment.run(0, 0, [] {});
  const int polls = polls_of(experiment);
  Memory memory;
  std::vector<std::string> all;
  memory.is_due = [&] {
    if (memory.bytes) all.push_back(*memory.bytes);
    return true;
  };
  expect_same(experiment.run(0, 0, [] {}, &memory), whole);
  ASSERT_GE(all.size(), 5U);
  EXPECT_LT(static_cast<int>(all.size()), polls) << "the flow's polls count as well";
  for (const auto& bytes : all) {
    Memory later;
    later.bytes = bytes;
    expect_same(experiment.run(0, 0, [] {}, &later), whole);
  }
}

TEST(Checkpoint, TheFlowIsKeptWithSgdAndNotRunAgain) {
  const auto owned = experiment_on(kSmall);
  auto& experiment = *owned;
  const auto whole = experiment.run(0, 0, [] {});
  const int polls = polls_of(experiment);
  Memory memory;
  int calls = 0;
  EXPECT_THROW(experiment.run(0, 0, stop_at(polls, calls), &memory), Stopped);   // at the last poll of all
  EXPECT_EQ(memory.times_kept, 1);
  calls = 0;
  expect_same(experiment.run(0, 0, [&] { ++calls; }, &memory), whole);
  EXPECT_EQ(calls, 1);
}

TEST(Checkpoint, AFlowThatIsStoppedKeepsNothing) {
  const auto owned = experiment_on(kSmall);
  auto& experiment = *owned;
  Memory memory;
  int calls = 0;
  EXPECT_THROW(experiment.run(0, 0, stop_at(3, calls), &memory), Stopped);
  EXPECT_EQ(memory.times_kept, 0);
}

TEST(Checkpoint, EnginesThatEndedAreKeptWhereALaterOneIsStopped) {
  auto text = kSgd;
  text.replace(text.find("[\"sgd\"]"), 7, "[\"sgd\", \"descent\"]");
  const auto owned = experiment_on(text + kModel + "activation = \"linear\"\n[training]\nlearning_rate = 0.1\n" + kRecord);
  auto& experiment = *owned;
  const auto whole = experiment.run(0, 0, [] {});
  const int polls = polls_of(experiment);
  Memory memory;
  int calls = 0;
  EXPECT_THROW(experiment.run(0, 0, stop_at(polls, calls), &memory), Stopped);
  ASSERT_EQ(memory.times_kept, 1);
  calls = 0;
  expect_same(experiment.run(0, 0, [&] { ++calls; }, &memory), whole);
  EXPECT_LE(calls, 101);   // descent alone: the steps of its horizon
  EXPECT_LT(calls, polls);
}

TEST(Checkpoint, SecondsOfEarlierRunsCount) {
  double now = 0.0;
  const auto owned = make_experiment(parse(kSgd + kModel + kRecord), load_pool, [&] { return now; });
  auto& experiment = *owned;
  Memory memory;
  int calls = 0;
  const auto stop = stop_at(3, calls);
  EXPECT_THROW(experiment.run(0, 0, [&] { now += 10.0; stop(); }, &memory), Stopped);
  const auto result = experiment.run(0, 0, [&] { now += 1.0; }, &memory);
  const double expected = 30.0 + (now - 30.0);
  EXPECT_EQ(column(experiment, result, 0, "seconds")[0], expected);
}

TEST(Checkpoint, WhatMakesNoSenseIsRejectedAndTheTaskStartsAnew) {
  const auto owned = experiment_on(kSmall);
  auto& experiment = *owned;
  const auto whole = experiment.run(0, 0, [] {});
  Memory memory;
  int calls = 0;
  EXPECT_THROW(experiment.run(0, 0, stop_at(polls_of(experiment), calls), &memory), Stopped);
  const std::string good = *memory.bytes;
  for (const auto& bytes : {std::string(), good.substr(0, good.size() / 2), good + "x", std::string(200, '\xff')}) {
    Memory damaged;
    damaged.bytes = bytes;
    expect_same(experiment.run(0, 0, [] {}, &damaged), whole);
    EXPECT_EQ(damaged.rejected.size(), 1U) << bytes.size();
  }
}

TEST(Checkpoint, AnIdentityNamesWhateverARowHangsOn) {
  const auto identity = [](const std::string& text, std::uint32_t replica = 0) { return experiment_on(text)->task_identity(0, replica); };
  const std::string base = kSgd + kModel + kRecord;
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = base;
    return identity(text.replace(text.find(from), from.size(), to));
  };
  EXPECT_EQ(identity(base), changed("[sweep]\n", "[sweep]\nname = \"other\"\n"));
  EXPECT_NE(identity(base), identity(base, 1));
  EXPECT_NE(identity(base), changed("seed = 5", "seed = 6"));
  EXPECT_NE(identity(base), changed("30", "31"));
  EXPECT_NE(identity(base), changed("count = 8", "count = 9"));
  EXPECT_NE(identity(base), changed("[\"sgd\"]", "[\"ode\", \"sgd\"]"));
  EXPECT_NE(identity(base), changed("count = 8\n", "count = 8\n[outcome]\nlearnt_threshold = 0.7\n"));
}

}  // namespace
}  // namespace aesweep
