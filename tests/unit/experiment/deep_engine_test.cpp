#include <gtest/gtest.h>

#include <cmath>

#include "memory_checkpoint.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

std::string deep(const std::string& data = "", const std::string& model = "", const std::string& rest = "") {
  return "[sweep]\nseed = 5\nreplicas = 2\nengines = [\"deep\"]\n[data]\nkind = \"manifold\"\n" + data +
         "[model]\nactivation = \"relu\"\nwidth = 8\ndepth = 1\n" + model + "[training]\nbatch = 16\nlearning_rate = 0.01\nhorizon = 300\n[record]\ncount = 6\n" + rest;
}

TEST(DeepEngine, LearnsACircleThroughTwoLatents) {
  const auto experiment = experiment_on(deep("", "hidden = 2\nencoder_widths = [32]\n"));
  const auto result = experiment->run(0, 0, [] {});
  ASSERT_EQ(result.rows.front().status, Status::done);
  const auto& pmse = column(*experiment, result, 0, "pmse");
  EXPECT_LT(pmse.back(), 0.1 * pmse.front());
  EXPECT_EQ(column(*experiment, result, 0, "steps"), std::vector{300.0});
}

TEST(DeepEngine, ColumnsAgreeWithEachOther) {
  const auto experiment = experiment_on(deep("dimension = 4\n", "hidden = 1\n", "reconstruction = 64\n"));
  const auto result = experiment->run(0, 1, [] {});
  const auto values = [&](const char* name) -> const auto& { return column(*experiment, result, 0, name); };
  const std::size_t times = 7, samples = 64, n = 4;
  ASSERT_EQ(values("reconstruction").size(), times * samples * n);
  double sum = 0.0, largest = 0.0, low = INFINITY;
  for (std::size_t i = 0; i < samples; ++i) {
    double square = 0.0;
    for (std::size_t d = 0; d < n; ++d) square += std::pow(values("reconstruction")[((times - 1) * samples + i) * n + d] - values("original")[i * n + d], 2);
    sum += square / 2;
    largest = std::max(largest, std::sqrt(square));
    low = std::min(low, values("latent")[(times - 1) * samples + i]);
  }
  EXPECT_NEAR(sum / samples, values("pmse").back(), 0.05 * values("pmse").back()) << "64 evenly spaced of 4096 points";
  EXPECT_LE(largest, values("final_supremum")[0] * (1 + 1e-6));
  EXPECT_GE(values("final_supremum")[0], 1.0) << "the reach";
  EXPECT_GE(low, values("latent_low").back() - 1e-6);
  EXPECT_EQ(values("excess")[0], values("exceptional")[(times - 1) * 4 + 1]);
  EXPECT_EQ(values("final_supremum")[0], values("supremum").back());
}

TEST(DeepEngine, EarlyTimesThatFallOnOneStepAreOneMeasurement) {
  const auto experiment = experiment_on(deep("", "", "first = 0.1\n"));
  const auto result = experiment->run(0, 0, [] {});
  const auto& pmse = column(*experiment, result, 0, "pmse");
  EXPECT_EQ(pmse[0], pmse[1]) << "0.1 steps are none";
}

TEST(DeepEngine, ErrorOnATrainingSetIsThatOfItsInputs) {
  const auto experiment = experiment_on(deep("training_samples = 4\n", "hidden = 2\n"));
  const auto result = experiment->run(0, 0, [] {});
  const auto &training = column(*experiment, result, 0, "pmse_training"), &fresh = column(*experiment, result, 0, "pmse");
  EXPECT_LT(training.back(), 0.5 * training.front());
  EXPECT_GT(fresh.back(), training.back()) << "four inputs don't make a circle";
}

TEST(DeepEngine, ADivergenceIsNoFailure) {
  auto text = deep();
  text.replace(text.find("learning_rate = 0.01"), 20, "learning_rate = 1e9\noptimizer = \"sgd\"");
  const auto experiment = experiment_on(text);
  const auto result = experiment->run(0, 0, [] {});
  EXPECT_TRUE(result.failures.empty());
  EXPECT_EQ(result.rows.front().status, Status::diverged);
  EXPECT_TRUE(std::isfinite(column(*experiment, result, 0, "pmse").front()));
  EXPECT_TRUE(std::isnan(column(*experiment, result, 0, "supremum").back()));
  EXPECT_TRUE(std::isnan(column(*experiment, result, 0, "excess")[0]));
}

// A kill leaves what was kept last, wherever that was; a stop may come in the middle of a measurement.
TEST(DeepEngine, GoesOnFromWhateverWasKeptLast) {
  for (const char* precision : {"float32", "float64"}) {
    auto text = deep("manifold = \"sphere\"\ntraining_samples = 50\n", "hidden = 2\nencoder_widths = [64, 64]\n", "reconstruction = 8\n");
    text.insert(text.find("batch"), std::string("precision = \"") + precision + "\"\n");
    const auto experiment = experiment_on(text);
    const auto whole = experiment->run(0, 1, [] {});
    Memory memory;
    std::vector<std::string> all;
    memory.is_due = [&] {
      if (memory.bytes) all.push_back(*memory.bytes);
      return true;
    };
    expect_same(experiment->run(0, 1, [] {}, &memory), whole);
    ASSERT_GE(all.size(), 1U);
    for (const auto& bytes : all) {
      Memory later;
      later.bytes = bytes;
      expect_same(experiment->run(0, 1, [] {}, &later), whole);
      EXPECT_TRUE(later.rejected.empty());
    }
    Memory stopped;
    int calls = 0;
    EXPECT_THROW(experiment->run(0, 1, stop_at(40, calls), &stopped), Stopped);
    ASSERT_TRUE(stopped.bytes);
    expect_same(experiment->run(0, 1, [] {}, &stopped), whole);
  }
}

}  // namespace
}  // namespace aesweep
