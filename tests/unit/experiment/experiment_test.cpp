#include "aesweep/experiment/experiment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "aesweep/experiment/columns.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

std::vector<std::string> names(const std::vector<Observable>& columns) {
  std::vector<std::string> result;
  for (const auto& one : columns) result.push_back(one.name);
  return result;
}

/// Equal bits, NaN included.
bool same(const Row& a, const Row& b) {
  const auto equal = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return a.status == b.status &&
         std::ranges::equal(a.values, b.values, [&](const auto& x, const auto& y) { return std::ranges::equal(x, y, equal); });
}

TEST(Experiment, ColumnsOfBothEngines) {
  const auto owned = experiment_on(kSmall);
  const auto& experiment = *owned;
  const std::vector<std::string> ode{"pmse",      "explained", "final_pmse", "excess", "learnt", "learning_time",
                                     "converged", "steps", "seconds", "rank", "attempts", "instruction_set"};
  auto sgd = ode;
  sgd.insert(sgd.begin() + 7, "theory_gap");
  EXPECT_EQ(names(experiment.observables(Engine::ode)), ode);
  EXPECT_EQ(names(experiment.observables(Engine::sgd)), sgd);
  EXPECT_EQ(experiment.column(Engine::sgd, "theory_gap"), 7U);
  EXPECT_THROW(experiment.column(Engine::ode, "theory_gap"), std::logic_error);
  EXPECT_EQ(experiment.extents().component, 2U);
  EXPECT_EQ(experiment.extents().time, 9U);
}

TEST(Experiment, NoTheoryGapForSgdAlone) {
  const auto sweep = parse("[sweep]\nengines = [\"sgd\"]\n[data]\nspikes = [1.0]\n");
  EXPECT_EQ(std::ranges::count(names(engine_columns(sweep, Engine::sgd)), "theory_gap"), 0);
}

TEST(Experiment, WithoutTrajectoriesOnlyScalarsAreKept) {
  const auto owned = experiment_on(kSmall + "trajectories = false\n");
  auto& experiment = *owned;
  for (const auto engine : {Engine::ode, Engine::sgd})
    for (const auto& one : experiment.observables(engine)) EXPECT_EQ(std::ranges::count(one.dims, "time"), 0) << one.name;
  const auto result = experiment.run(0, 0, [] {});
  const auto owned_full = experiment_on(kSmall);
  auto& full = *owned_full;
  const auto whole = full.run(0, 0, [] {});
  for (std::size_t e : {0U, 1U}) EXPECT_EQ(column(experiment, result, e, "final_pmse"), column(full, whole, e, "final_pmse"));
}

TEST(Experiment, CleanColumnsOnlyWhereSomePointHasInputNoise) {
  const auto with_axis = [](const std::string& values) {
    return parse(kSmall + "[[axis]]\nkey = \"training.input_noise\"\nvalues = " + values + "\n");
  };
  EXPECT_FALSE(has_input_noise(parse(kSmall)));
  EXPECT_FALSE(has_input_noise(with_axis("[0.0]")));
  EXPECT_TRUE(has_input_noise(with_axis("[0.0, 0.5]")));
  EXPECT_TRUE(has_input_noise(parse(kSmall + "[training]\ninput_noise = 0.5\n")));
  EXPECT_EQ(std::ranges::count(names(experiment_on(kSmall)->observables(Engine::ode)), "pmse_clean"), 0);
  const auto owned_noisy = make_experiment(with_axis("[0.0, 1.5]"), load_pool, [] { return 0.0; });
  auto& noisy = *owned_noisy;
  for (const auto engine : {Engine::ode, Engine::sgd}) {
    EXPECT_EQ(std::ranges::count(names(noisy.observables(engine)), "pmse_clean"), 1);
    EXPECT_EQ(std::ranges::count(names(noisy.observables(engine)), "explained_clean"), 1);
  }
  const auto quiet = noisy.run(0, 0, [] {}), loud = noisy.run(1, 0, [] {});
  for (std::size_t e : {0U, 1U}) {
    EXPECT_EQ(column(noisy, quiet, e, "pmse_clean"), column(noisy, quiet, e, "pmse"));
    EXPECT_EQ(column(noisy, quiet, e, "explained_clean"), column(noisy, quiet, e, "explained"));
    EXPECT_LT(column(noisy, loud, e, "pmse_clean").back(), column(noisy, loud, e, "pmse").back());
  }
}

TEST(Experiment, ARowHasTheAnnouncedSizes) {
  const auto owned = experiment_on(kSmall + "components = 5\n[training]\ninput_noise = 0.5\n");
  auto& experiment = *owned;
  const auto result = experiment.run(0, 1, [] {});
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_TRUE(result.failures.empty());
  for (std::size_t e : {0U, 1U}) {
    const auto& columns = experiment.observables(experiment.sweep().engines[e]);
    ASSERT_EQ(result.rows[e].status, Status::done);
    ASSERT_EQ(result.rows[e].values.size(), columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c)
      EXPECT_EQ(result.rows[e].values[c].size(), row_size(columns[c], experiment.extents())) << columns[c].name;
    EXPECT_EQ(column(experiment, result, e, "explained").size(), 45U);
    EXPECT_EQ(column(experiment, result, e, "rank"), std::vector<double>{-1.0});
  }
  EXPECT_EQ(column(experiment, result, 1, "steps"), std::vector<double>{3000.0});   // horizon 100, D = 30
}

TEST(Experiment, ScalarsFollowFromTheTrajectories) {
  const auto owned = experiment_on(kSmall);
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  const auto reference = experiment.reference(experiment.sweep().point(0));
  for (std::size_t e : {0U, 1U}) {
    const auto& pmse = column(experiment, result, e, "pmse");
    const auto& explained = column(experiment, result, e, "explained");
    EXPECT_EQ(column(experiment, result, e, "final_pmse")[0], pmse.back());
    EXPECT_DOUBLE_EQ(column(experiment, result, e, "excess")[0], (pmse.back() - reference.pca_error) / (reference.chance - reference.pca_error));
    EXPECT_EQ(column(experiment, result, e, "learnt")[0], (explained[8] >= 0.5 ? 1.0 : 0.0) + (explained[17] >= 0.5 ? 1.0 : 0.0));
  }
  EXPECT_GE(column(experiment, result, 0, "learnt")[0], 1.0) << "nothing was learnt: the test would be idle";
  // Flow and SGD start from the same weights; the flow's are compressed, so that its sums are rounded differently.
  EXPECT_NEAR(column(experiment, result, 0, "pmse")[0], column(experiment, result, 1, "pmse")[0], 1e-13);
}

TEST(Experiment, TheTheoryGapIsTheLargestDifferenceOverChance) {
  const auto owned = experiment_on(kSmall);
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  const auto& flow = column(experiment, result, 0, "pmse");
  const auto& sgd = column(experiment, result, 1, "pmse");
  double worst = 0.0;
  for (std::size_t i = 0; i < flow.size(); ++i) worst = std::max(worst, std::abs(sgd[i] - flow[i]));
  EXPECT_DOUBLE_EQ(column(experiment, result, 1, "theory_gap")[0], worst / experiment.reference(experiment.sweep().point(0)).chance);
  EXPECT_GT(worst, 1e-4);
}

TEST(Experiment, ReplicasDifferAndRepeatBitByBit) {
  const auto one = experiment_on(kSmall), other = experiment_on(kSmall);
  const auto first = one->run(0, 0, [] {}), second = one->run(0, 1, [] {});
  other->run(0, 1, [] {});   // what ran before must not matter
  const auto again = other->run(0, 0, [] {});
  for (std::size_t e : {0U, 1U}) {
    EXPECT_TRUE(same(first.rows[e], again.rows[e]));
    EXPECT_NE(column(*one, first, e, "pmse")[0], column(*one, second, e, "pmse")[0]);
    EXPECT_NE(column(*one, first, e, "pmse").back(), column(*one, second, e, "pmse").back());
  }
}

TEST(Experiment, ARowDoesNotDependOnTheOtherEngine) {
  const auto owned_both = experiment_on(kSmall);
  auto& both = *owned_both;
  const auto expected = both.run(0, 1, [] {});
  for (std::size_t e : {0U, 1U}) {
    auto sweep = both.sweep();
    sweep.engines = {both.sweep().engines[e]};
    const auto owned_alone = make_experiment(sweep, load_pool, [] { return 0.0; });
    auto& alone = *owned_alone;
    const auto found = alone.run(0, 1, [] {});
    for (const char* name : {"pmse", "explained", "learning_time", "steps"})
      EXPECT_EQ(column(alone, found, 0, name).back(), column(both, expected, e, name).back());
  }
}

// The decay does not enter the error of a start, only the start's stream.
TEST(Experiment, CommonRandomnessSharesStartsBetweenPoints) {
  const std::string axis = "[[axis]]\nkey = \"training.weight_decay\"\nvalues = [0.1, 0.2]\n";
  const auto starts = [&](const std::string& head) {
    const auto owned = experiment_on(head + axis);
    auto& experiment = *owned;
    return std::pair{column(experiment, experiment.run(0, 0, [] {}), 1, "pmse")[0], column(experiment, experiment.run(1, 0, [] {}), 1, "pmse")[0]};
  };
  const auto own = starts(kSmall);
  EXPECT_NE(own.first, own.second);
  const auto shared = starts("[sweep]\nseed = 5\ncommon_randomness = true\n"
                             "[data]\ndimension = 30\nspikes = [2.0, 1.0]\n[model]\nhidden = 2\n[record]\ncount = 8\n");
  EXPECT_EQ(shared.first, shared.second);
}

// Along an axis over the horizon the recorded times are fractions of it: a run to 40 passes at half of its horizon where a run to 20 ends. The
// streams do not depend on the horizon, so SGD's error is the same up to rounding (its blocks end at other recorded times), the flow's to its tolerance.
TEST(Experiment, TimesAreFractionsOfAHorizonThatMoves) {
  const auto owned = experiment_on(kSmall + "spacing = \"linear\"\n[[axis]]\nkey = \"training.horizon\"\nvalues = [20.0, 40.0]\n");
  auto& experiment = *owned;
  ASSERT_TRUE(experiment.sweep().relative_time());
  const auto near = experiment.run(0, 0, [] {}), far = experiment.run(1, 0, [] {});
  EXPECT_NEAR(column(experiment, near, 1, "pmse")[8], column(experiment, far, 1, "pmse")[4], 1e-12);
  EXPECT_NEAR(column(experiment, near, 1, "pmse")[4], column(experiment, far, 1, "pmse")[2], 1e-12);
  EXPECT_NEAR(column(experiment, near, 0, "pmse")[8], column(experiment, far, 0, "pmse")[4], 1e-7);
  EXPECT_EQ(column(experiment, near, 1, "steps")[0], 600.0);
  EXPECT_EQ(column(experiment, far, 1, "steps")[0], 1200.0);
}

// η = 10^4 needs steps of the flow far below 10^-12 of this horizon: refused. SGD of the same point leaves all bounds within a few steps.
TEST(Experiment, AFlowThatFailsIsReportedAndSgdStillRuns) {
  const auto owned = experiment_on("[data]\ndimension = 30\nspikes = [2.0]\n[model]\nactivation = \"linear\"\n"
                                  "[training]\nlearning_rate = 1e4\nhorizon = 1e9\n"
                                  "[record]\ncount = 8\nfirst = 1.0\n");
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].substr(0, 5), "ode: ");
  EXPECT_NE(result.failures[0].find("t = "), std::string::npos) << result.failures[0];
  EXPECT_EQ(result.rows[0].status, Status::failed);
  const auto& columns = experiment.observables(Engine::ode);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    ASSERT_EQ(result.rows[0].values[c].size(), row_size(columns[c], experiment.extents())) << columns[c].name;
    if (columns[c].name == "seconds") continue;
    const double value = result.rows[0].values[c][0];
    EXPECT_TRUE(value == columns[c].fill || (std::isnan(value) && std::isnan(columns[c].fill))) << columns[c].name;
  }
  EXPECT_EQ(result.rows[1].status, Status::diverged);
  EXPECT_TRUE(std::isfinite(column(experiment, result, 1, "pmse")[0]));
  EXPECT_TRUE(std::isnan(column(experiment, result, 1, "pmse").back()));
  EXPECT_TRUE(std::isnan(column(experiment, result, 1, "theory_gap")[0])) << "no flow to compare with";
  EXPECT_EQ(column(experiment, result, 1, "learnt")[0], -1.0);
}

TEST(Experiment, WhatPollThrowsPassesThrough) {
  struct Stop {};
  const auto owned = experiment_on(kSmall);
  auto& experiment = *owned;
  EXPECT_THROW(experiment.run(0, 0, [] { throw Stop{}; }), Stop);
}

TEST(Experiment, SecondsAreDifferencesOfTheClock) {
  double now = 100.0;
  const auto owned = make_experiment(parse(kSmall), load_pool, [&] { return now += 1.5; });
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  EXPECT_EQ(column(experiment, result, 0, "seconds")[0], 1.5);
  EXPECT_EQ(column(experiment, result, 1, "seconds")[0], 1.5);
}

// ρ̂ = (2 + 1/30, 1 + 1/30, 1/30 ...), K = 2, ŝ² = 1.5²/30 = 0.075.
TEST(Experiment, References) {
  const auto owned = experiment_on(kSmall + "[training]\ninput_noise = 1.5\n");
  auto& experiment = *owned;
  const auto reference = experiment.reference(experiment.sweep().point(0));
  const double b = 1.0 / 30.0, n = 0.075, first = 2.0 + b, second = 1.0 + b;
  EXPECT_DOUBLE_EQ(reference.chance, 2.0);
  EXPECT_DOUBLE_EQ(reference.pca_error, 14.0 * b);
  EXPECT_DOUBLE_EQ(reference.denoising_error, 14.0 * b + 0.5 * (first * n / (first + n) + second * n / (second + n)));
}

// A pool by way of the loader: pool judged as a whole, so that with all components followed pmse = ½ Σ ρ̂_m (1 − R²_m), which also ties R² to the
// eigenvectors.
TEST(Experiment, ImagesFlowAndSgd) {
  const ImageFile file;
  const auto sweep = parse(file.data() + "[sweep]\nseed = 2\n[model]\nhidden = 2\nactivation = \"linear\"\n"
                                         "[training]\nhorizon = 400\nlearning_rate = 0.1\n"
                                         "[record]\ncount = 6\ncomponents = 12\n");
  int loads = 0;
  const auto owned = make_experiment(sweep, [&](const DataConfig& data) {
    ++loads;
    return load_pool(data);
  }, [] { return 0.0; });
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  EXPECT_EQ(loads, 1);
  ASSERT_TRUE(result.failures.empty());
  const auto rho_hat = image_statistics(load_pool(sweep.point(0).data)).rho_hat;
  for (std::size_t e : {0U, 1U}) {
    ASSERT_EQ(result.rows[e].status, Status::done);
    const auto& pmse = column(experiment, result, e, "pmse");
    const auto& explained = column(experiment, result, e, "explained");
    for (std::size_t i = 0; i < pmse.size(); ++i) {
      double sum = 0.0;
      for (std::size_t m = 0; m < 12; ++m) sum += 0.5 * rho_hat[static_cast<Eigen::Index>(m)] * (1.0 - explained[m * pmse.size() + i]);
      EXPECT_NEAR(pmse[i], sum, 1e-12) << name(sweep.engines[e]) << ", time " << i;
    }
    EXPECT_GE(column(experiment, result, e, "learnt")[0], 1.0);
  }
  // The same weights, measured by the covariance and on the images: for linear units one and the same number.
  EXPECT_NEAR(column(experiment, result, 0, "pmse")[0], column(experiment, result, 1, "pmse")[0], 1e-12);
  // D = 12 and η/D = 0.008: fluctuations of some per cent.
  EXPECT_LT(column(experiment, result, 1, "theory_gap")[0], 0.15);
  EXPECT_GT(column(experiment, result, 1, "theory_gap")[0], 0.0);
}

}  // namespace
}  // namespace aesweep
