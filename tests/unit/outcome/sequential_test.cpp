#include "aesweep/outcome/sequential.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace aesweep {
namespace {

/// Probabilities of 0..n successes.
std::vector<double> binomial(std::size_t n, double p) {
  std::vector<double> weights(n + 1);
  for (std::size_t k = 0; k <= n; ++k) {
    const double x = static_cast<double>(k), y = static_cast<double>(n - k);
    const double log_weight = std::lgamma(x + y + 1.0) - std::lgamma(x + 1.0) - std::lgamma(y + 1.0);
    weights[k] = std::exp(log_weight) * std::pow(p, x) * std::pow(1.0 - p, y);
  }
  return weights;
}

struct Expected {
  double coverage = 0.0, replicas = 0.0;
};

/// A test with the intervals of all outcomes at each look.
struct Table {
  /// @param error  of each look; the test's own where not given.
  explicit Table(const SequentialTest& of, double error = 0.0) : test(of) {
    for (const auto look : test.looks()) {
      auto& row = intervals.emplace_back();
      for (std::size_t k = 0; k <= look; ++k) row.push_back(error > 0.0 ? exact_interval(k, look, error) : test.interval(k, look));
    }
  }

  /// What a success probability p leads to, summed over all outcomes of its batches.
  Expected expected(double p) const {
    Expected result;
    std::vector<double> alive{1.0};   // by successes so far
    std::size_t before = 0;
    for (std::size_t l = 0; l < intervals.size(); ++l) {
      const std::size_t look = test.looks()[l];
      const auto batch = binomial(look - before, p);
      std::vector<double> now(look + 1, 0.0);
      for (std::size_t k = 0; k < alive.size(); ++k)
        for (std::size_t more = 0; more < batch.size(); ++more) now[k + more] += alive[k] * batch[more];
      for (std::size_t k = 0; k <= look; ++k) {
        const auto [low, high] = intervals[l][k];
        if (high - low > 2.0 * test.until() && look != test.looks().back()) continue;
        if (low <= p && p <= high) result.coverage += now[k];
        result.replicas += now[k] * static_cast<double>(look);
        now[k] = 0.0;
      }
      alive = std::move(now);
      before = look;
    }
    return result;
  }

  double worst_coverage() const {
    double worst = 1.0;
    for (int i = 0; i <= 400; ++i) worst = std::min(worst, expected(0.5 * std::pow(i / 400.0, 2.0)).coverage);
    return worst;
  }

  SequentialTest test;
  std::vector<std::vector<Interval>> intervals;
};

TEST(ExactInterval, LeavesHalfTheErrorInEachTail) {
  for (const std::size_t n : {5U, 40U}) {
    for (std::size_t k = 0; k <= n; ++k) {
      const auto [low, high] = exact_interval(k, n, 0.05);
      const auto at_low = binomial(n, low), at_high = binomial(n, high);
      if (k > 0) {
        EXPECT_NEAR(std::accumulate(at_low.begin() + static_cast<std::ptrdiff_t>(k), at_low.end(), 0.0), 0.025, 1e-10) << k << " of " << n;
      }
      if (k < n) {
        EXPECT_NEAR(std::accumulate(at_high.begin(), at_high.begin() + static_cast<std::ptrdiff_t>(k) + 1, 0.0), 0.025, 1e-10) << k << " of " << n;
      }
    }
  }
  EXPECT_EQ(exact_interval(0, 9, 0.05).low, 0.0);
  EXPECT_EQ(exact_interval(9, 9, 0.05).high, 1.0);
  EXPECT_NEAR(exact_interval(0, 9, 0.05).high, 1.0 - std::pow(0.025, 1.0 / 9.0), 1e-12);
  EXPECT_EQ(exact_interval(0, 0, 0.05).high, 1.0);
}

TEST(SequentialTest, LooksWhereItCanStop) {
  EXPECT_EQ(SequentialTest(4, 1024, 0.05).looks(), (std::vector<std::size_t>{4, 55, 110, 220, 440, 520})) << "520 serve p = 1/2";
  EXPECT_EQ(SequentialTest(4, 256, 0.05).looks(), (std::vector<std::size_t>{4, 53, 106, 212, 256}));
  EXPECT_EQ(SequentialTest(60, 256, 0.05).looks(), (std::vector<std::size_t>{60, 120, 240, 256}));
  EXPECT_EQ(SequentialTest(7, 7, 0.2).looks(), (std::vector<std::size_t>{7}));
}

// Three early looks can leave a half width of 0.1 before the 134 that serve p = 1/2: they share one half of the error, the last has the other.
TEST(SequentialTest, SharesTheErrorAmongTheLooksThatCanStop) {
  const SequentialTest test(4, 1024, 0.1);
  ASSERT_EQ(test.looks(), (std::vector<std::size_t>{4, 25, 50, 100, 134}));
  EXPECT_EQ(test.fewest(), 25U);
  EXPECT_FALSE(test.is_enough(0, 24));
  EXPECT_TRUE(test.is_enough(0, 25));
  EXPECT_TRUE(test.is_enough(25, 25));
  EXPECT_FALSE(test.is_enough(1, 25));
  EXPECT_TRUE(test.is_enough(67, 134));
  EXPECT_DOUBLE_EQ(test.interval(5, 25).high, exact_interval(5, 25, 0.025 / 3.0).high);
  EXPECT_DOUBLE_EQ(test.interval(50, 120).high, exact_interval(50, 120, 0.025).high) << "some of the last batch have failed";
  EXPECT_DOUBLE_EQ(SequentialTest(50, 50, 0.05).interval(0, 50).high, exact_interval(0, 50, 0.05).high) << "a single look is none too many";
}

TEST(SequentialTest, ReachesItsWidthWhateverTheOutcome) {
  for (const double until : {0.04, 0.1, 0.23}) {
    const SequentialTest test(8, 4096, until);
    const auto last = test.looks().back();
    for (std::size_t k = 0; k <= last; ++k) EXPECT_TRUE(test.is_enough(k, last)) << k << " of " << last;
  }
}

// Not simulated but summed over all outcomes: the interval at which a point stops holds for all p at least as often as is said.
TEST(SequentialTest, HoldsItsConfidenceForAllProbabilities) {
  for (const auto& test : {SequentialTest(4, 256, 0.05), SequentialTest(4, 64, 0.2), SequentialTest(1, 256, 0.1), SequentialTest(40, 320, 0.045)}) {
    const double worst = Table(test).worst_coverage();
    EXPECT_GE(worst, 0.95) << "looks up to " << test.looks().back() << " until " << test.until();
    EXPECT_LT(worst, 0.995) << "wider than need be";
  }
}

// What the shared error is for: with 95 % at each look, those who stop early are wrong too often.
TEST(SequentialTest, LooksOfTheWholeErrorEachWouldNotHold) {
  EXPECT_LT(Table(SequentialTest(1, 256, 0.15), SequentialTest::kError).worst_coverage(), 0.95);
}

TEST(SequentialTest, SpendsReplicasWhereSuccessIsUncertain) {
  const Table table(SequentialTest(4, 256, 0.05));
  EXPECT_NEAR(table.expected(0.0).replicas, 53.0, 1e-9);
  EXPECT_NEAR(table.expected(1.0).replicas, 53.0, 1e-9);
  EXPECT_NEAR(table.expected(0.5).replicas, 256.0, 1e-6);
  EXPECT_LT(table.expected(0.01).replicas, 80.0);
  EXPECT_NEAR(Table(SequentialTest(4, 1024, 0.05)).expected(0.5).replicas, 520.0, 1e-6) << "max is no aim";
}

// The (η, κ) plane of a linear network, 64 × 64 over two decades each: success ends at κ = η ρ̂, with a transition whose width in log κ, at finite D and
// horizon, is taken as 0.05 (a synthetic probability). To know every point's success to 0.05 a fixed number must serve p = 1/2: 381 by Wilson's interval,
// without any allowance for looks.
TEST(SequentialTest, NeedsAThirdOfAFixedNumberOnAPlane) {
  constexpr double kUntil = 0.05, kWidth = 0.05;
  constexpr int kSide = 64;
  std::size_t fixed = 1;
  while (wilson_interval(fixed / 2, fixed).high - wilson_interval(fixed / 2, fixed).low > 2.0 * kUntil) ++fixed;
  EXPECT_NEAR(static_cast<double>(fixed), 381.0, 2.0);
  const Table table(SequentialTest(4, 1024, kUntil));
  double replicas = 0.0, worst = 1.0;
  for (int eta = 0; eta < kSide; ++eta) {
    for (int kappa = 0; kappa < kSide; ++kappa) {
      const double distance = std::log(100.0) * (eta - kappa + 0.3) / (kSide - 1);
      const double p = 0.5 * std::erfc(-distance / kWidth / std::sqrt(2.0));
      if (std::min(p, 1.0 - p) < 1e-9) {
        replicas += static_cast<double>(table.test.fewest());
        continue;
      }
      const auto point = table.expected(p);
      replicas += point.replicas;
      worst = std::min(worst, point.coverage);
    }
  }
  EXPECT_LE(replicas / (kSide * kSide), static_cast<double>(fixed) / 3.0);
  EXPECT_GE(worst, 0.95);
  RecordProperty("replicas_a_point", std::to_string(replicas / (kSide * kSide)));
}

std::vector<Trial> trials(const std::string& text) {
  std::vector<Trial> result;
  for (const char c : text) result.push_back(c == '+' ? Trial::success : c == '-' ? Trial::failure : c == 'x' ? Trial::void_of_outcome : Trial::missing);
  return result;
}

Need need(const SequentialTest& test, const std::vector<std::string>& engines) {
  std::vector<std::vector<Trial>> all;
  for (const auto& text : engines) all.push_back(trials(text));
  return replicas_needed(test, std::vector<std::span<const Trial>>(all.begin(), all.end()));
}

TEST(ReplicasNeeded, FollowFromCompleteBatches) {
  const SequentialTest test(4, 16, 0.25);   // 4 of 4 are not enough, 8 of 8 are
  ASSERT_EQ(test.fewest(), 8U);
  const auto expect = [&](const std::vector<std::string>& engines, std::size_t replicas, bool decided) {
    const auto found = need(test, engines);
    EXPECT_EQ(found.replicas, replicas) << engines.front();
    EXPECT_EQ(found.decided, decided) << engines.front();
  };
  expect({"................"}, 4, false);
  expect({"++.+............"}, 4, false);
  expect({"++.+++++++++++++"}, 4, false);   // what lies beyond says nothing before its turn
  expect({"++++............"}, 8, false);
  expect({"++++++++........"}, 8, true);
  expect({"++++++++--------"}, 8, true);
  expect({"----++++........"}, 16, false);
  expect({"----++++----++++"}, 16, true);
  expect({"+++++x++........"}, 16, false);  // 7 of 7 are too few
  expect({"xxxx............"}, 4, true);    // nothing to be had
  expect({"++++++++........", "----++++........"}, 16, false);
  expect({"++++++++........", "--------........"}, 8, true);
  expect({"++++++++........", "-------........."}, 8, false);
}

}  // namespace
}  // namespace aesweep
