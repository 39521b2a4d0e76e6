#include <gtest/gtest.h>

#include <cmath>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

const std::string kData = "[data]\nspikes = [1]\n";

std::string axis(const std::string& key, const std::string& rest) { return "[[axis]]\nkey = \"" + key + "\"\n" + rest + "\n"; }

TEST(Grid, NumbersPointsWithTheLastAxisFastest) {
  const Sweep sweep = parse(kData + axis("training.learning_rate", "values = [1, 2]") + axis("model.hidden", "values = [3, 4, 5]") +
                            axis("model.activation", "values = [\"linear\", \"erf\"]"));
  ASSERT_EQ(sweep.points(), 12U);
  std::uint64_t point = 0;
  for (std::size_t a = 0; a < 2; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      for (std::size_t c = 0; c < 2; ++c, ++point) {
        EXPECT_TRUE(elements_are(sweep.coordinates(point), {a, b, c}));
        const PointConfig config = sweep.point(point);
        EXPECT_EQ(config.training.learning_rate, 1.0 + static_cast<double>(a));
        EXPECT_EQ(config.model.hidden, 3 + static_cast<std::int64_t>(b));
        EXPECT_EQ(config.model.activation, c == 0 ? Activation::linear : Activation::erf);
      }
    }
  }
}

TEST(Grid, DescribesAxes) {
  const Sweep sweep = parse(kData + axis("training.learning_rate", "values = [1, 2.5]\nname = \"eta\"") + axis("model.hidden", "values = [3]") +
                            axis("model.tied", "values = [false]") + axis("model.bias", "values = [\"none\"]"));
  EXPECT_EQ(sweep.axes[0].name, "eta");
  EXPECT_EQ(sweep.axes[0].columns[0].key, "training.learning_rate");
  EXPECT_EQ(sweep.axes[0].columns[0].type, AxisColumn::Type::number);
  EXPECT_TRUE(elements_are(sweep.axes[0].columns[0].numbers, {1.0, 2.5}));
  EXPECT_TRUE(elements_are(sweep.axes[0].labels, {"1", "2.5"}));
  EXPECT_EQ(sweep.axes[1].columns[0].type, AxisColumn::Type::integer);
  EXPECT_TRUE(elements_are(sweep.axes[1].columns[0].numbers, {3.0}));
  EXPECT_EQ(sweep.axes[2].columns[0].type, AxisColumn::Type::boolean);
  EXPECT_TRUE(elements_are(sweep.axes[2].labels, {"false"}));
  EXPECT_EQ(sweep.axes[3].columns[0].type, AxisColumn::Type::text);
  EXPECT_TRUE(elements_are(sweep.axes[3].columns[0].texts, {"none"}));
  EXPECT_FALSE(sweep.axes[0].logarithmic);
}

TEST(Grid, LinkedKeysMoveTogether) {
  const Sweep sweep = parse(kData + "[[axis]]\nname = \"network\"\nkeys = [\"model.activation\", \"model.hidden\"]\nvalues = [[\"relu\", "
      "2], [\"erf\", 1]]\n");
  ASSERT_EQ(sweep.points(), 2U);
  EXPECT_TRUE(sweep.axes[0].linked());
  EXPECT_TRUE(elements_are(sweep.axes[0].labels, {"relu, 2", "erf, 1"}));
  EXPECT_TRUE(elements_are(sweep.axes[0].columns[1].numbers, {2.0, 1.0}));
  EXPECT_EQ(sweep.point(0).model.activation, Activation::relu);
  EXPECT_EQ(sweep.point(0).model.hidden, 2);
  EXPECT_EQ(sweep.point(1).model.activation, Activation::erf);
  EXPECT_EQ(sweep.point(1).model.hidden, 1);
}

TEST(Grid, AxesTakeListsAndTablesOfSpikes) {
  const Sweep sweep = parse(axis("data.spikes", "values = [[2.0, 1, 0.5], { count = 2, first = 3, ratio = 0.1 }]"));
  EXPECT_TRUE(elements_are(sweep.axes[0].labels, {"[2, 1, 0.5]", "{ count = 2, first = 3, ratio = 0.1 }"}));
  EXPECT_TRUE(elements_are(sweep.point(0).data.spikes, {2.0, 1.0, 0.5}));
  EXPECT_TRUE(elements_are(sweep.point(1).data.spikes, {3.0, 3 * 0.1}));
}

TEST(Grid, AnAxisMayMoveTheKindOfData) {
  const Sweep sweep = parse("[data]\nspikes = [1]\nexponent = 2\n" + axis("data.kind", "values = [\"spiked\", \"power_law\"]"));
  EXPECT_EQ(sweep.point(0).data.kind, DataKind::spiked);
  EXPECT_EQ(sweep.point(1).data.kind, DataKind::power_law);
  EXPECT_EQ(sweep.point(1).data.exponent, 2.0);
}

TEST(Range, RoundsToTwelveDigitsButKeepsItsEnds) {
  const Sweep sweep = parse(kData + axis("training.learning_rate", "range = { from = 0.1, to = 0.3333333333333333, count = 3, spacing = \"log\" }") +
                            axis("training.weight_decay", "range = { from = 0, to = 1, count = 4 }"));
  EXPECT_TRUE(elements_are(sweep.axes[0].columns[0].numbers, {0.1, 0.182574185835, 0.3333333333333333}));  // sqrt(1/30) = 0.18257418583505537
  EXPECT_TRUE(sweep.axes[0].logarithmic);
  EXPECT_TRUE(elements_are(sweep.axes[1].columns[0].numbers, {0.0, 0.333333333333, 0.666666666667, 1.0}));
  EXPECT_TRUE(elements_are(sweep.axes[1].labels, {"0", "0.333333333333", "0.666666666667", "1"}));
}

TEST(Range, GivesIntegersToIntegerKeys) {
  EXPECT_TRUE(elements_are(parse(kData + axis("model.hidden",
      "range = { from = 1, to = 16, count = 5, spacing = \"log\" }")).axes[0].columns[0].numbers, {1.0, 2.0, 4.0, 8.0, 16.0}));
  EXPECT_TRUE(elements_are(parse(kData + axis("model.hidden", "range = { from = 5, to = 5, count = 1 }")).axes[0].columns[0].numbers, {5.0}));
  EXPECT_TRUE(elements_are(parse(kData + axis("model.hidden", "range = { from = 9, to = 3, count = 3 }")).axes[0].columns[0].numbers, {9.0, 6.0,
      3.0}));
}

TEST(Exclusions, LeaveOutPointsAtWhichAllConditionsHold) {
  const Sweep sweep = parse(kData + axis("model.activation", "values = [\"linear\", \"erf\"]") + axis("training.learning_rate",
      "values = [1, 2, 3]") +
                            "[[exclude]]\n\"model.activation\" = \"linear\"\n\"training.learning_rate\" = [1, 3]\n"
                            "[[exclude]]\n\"training.learning_rate\" = 2\n");
  std::vector<bool> excluded;
  for (std::uint64_t point = 0; point < sweep.points(); ++point) {
    excluded.push_back(sweep.excluded(point));
  }
  EXPECT_TRUE(elements_are(excluded, {true, true, true, false, true, false}));
  EXPECT_EQ(sweep.point(0).training.learning_rate, 1.0) << "excluded points may be asked for";
}

TEST(Exclusions, CompareNumbersAsTheyAreRounded) {
  const std::string range = axis("training.learning_rate", "range = { from = 1, to = 2, count = 4 }");  // 1, 1.33333333333, 1.66666666667, 2
  EXPECT_TRUE(parse(kData + range + "[[exclude]]\n\"training.learning_rate\" = 1.3333333333333333\n").excluded(1));
  EXPECT_FALSE(parse(kData + range + "[[exclude]]\n\"training.learning_rate\" = 1.333333\n").excluded(1));
}

TEST(Exclusions, SeeTheRowsOfLinkedAxes) {
  const std::string network = "[[axis]]\nname = \"n\"\nkeys = [\"model.activation\", \"model.bias\"]\nvalues = [[\"erf\", \"none\"], "
      "[\"relu\", \"none\"]]\n";
  const Sweep sweep = parse(kData + network + "[[exclude]]\n\"model.activation\" = \"relu\"\n\"model.bias\" = \"none\"\n");
  EXPECT_FALSE(sweep.excluded(0));
  EXPECT_TRUE(sweep.excluded(1));
}

TEST(Exclusions, TakeOneListForKeysWhoseValuesAreLists) {
  const std::string spikes = axis("data.spikes", "values = [[2, 1], [3]]");
  EXPECT_TRUE(parse(spikes + "[[exclude]]\n\"data.spikes\" = [2, 1.0]\n").excluded(0));
  EXPECT_TRUE(parse(spikes + "[[exclude]]\n\"data.spikes\" = [[3]]\n").excluded(1));
}

TEST(Exclusions, HideWhatWouldBeAFault) {
  const std::string grid = kData + axis("model.hidden", "values = [2, 20]") + axis("data.dimension", "values = [10, 100]");
  EXPECT_NE(report_on(grid), "");
  EXPECT_EQ(report_on(grid + "[[exclude]]\n\"model.hidden\" = 20\n\"data.dimension\" = 10\n"), "");
  // Excluded together with something that the rule does not look at, K = 20, D = 10 is still there at rate 2.
  EXPECT_NE(report_on(grid + axis("training.learning_rate", "values = [1, 2]") +
                      "[[exclude]]\n\"model.hidden\" = 20\n\"training.learning_rate\" = 1\n"), "");
}

TEST(Times, AreGeometricOrEquallySpaced) {
  const Sweep log = parse(kData + "[training]\nhorizon = 100\n[record]\ncount = 5\nfirst = 0.01\n");
  const std::vector<double> times = log.times();
  ASSERT_EQ(times.size(), 6U);
  EXPECT_EQ(times[0], 0.0);
  EXPECT_EQ(times[1], 0.01);
  for (std::size_t i = 2; i < 6; ++i) {
    EXPECT_NEAR(times[i] / times[i - 1], 10.0, 1e-13) << "a few roundings of pow";
  }
  EXPECT_EQ(times[5], 100.0);
  EXPECT_TRUE(elements_are(parse(kData + "[training]\nhorizon = 2\n[record]\ncount = 4\nspacing = \"linear\"\n").times(), {0.0, 0.5, 1.0, 1.5, 2.0}));
  EXPECT_TRUE(elements_are(parse(kData + "[training]\nhorizon = 3\n[record]\ncount = 1\n").times(), {0.0, 3.0}));
}

TEST(Times, AreFractionsWhereTheHorizonIsAnAxis) {
  const Sweep sweep = parse(kData + "[record]\ncount = 3\n" + axis("training.horizon", "values = [10, 1000]"));
  EXPECT_TRUE(sweep.relative_time());
  const std::vector<double> times = sweep.times();
  EXPECT_EQ(times[1], 0.01);
  EXPECT_NEAR(times[2], 0.1, 1e-15);
  EXPECT_EQ(times[3], 1.0);
  EXPECT_FALSE(parse(kData).relative_time());
}

TEST(Grid, AMillionPointsAreChecked) {
  const Sweep sweep = parse("[data]\nkind = \"power_law\"\n" + axis("model.hidden", "range = { from = 1, to = 1000, count = 1000 }") +
                            axis("data.dimension", "range = { from = 1001, to = 2000, count = 1000 }"));
  EXPECT_EQ(sweep.points(), 1000000U);
  EXPECT_EQ(sweep.point(999999).model.hidden, 1000);
  EXPECT_EQ(sweep.point(999999).data.dimension, 2000);
  EXPECT_EQ(sweep.point(1000).model.hidden, 2);
  const std::string report = report_on("[data]\nkind = \"power_law\"\n" + axis("model.hidden", "range = { from = 1, to = 1000, count = 1000 }") +
                                       axis("data.dimension", "range = { from = 1000, to = 1999, count = 1000 }"));
  EXPECT_TRUE(contains(report, "model.hidden = 1000: must be smaller than data.dimension = 1000 (K < D); at hidden = 1000, dimension = 1000"));
}

// interfaces.md's own example excludes a value that its axis does not have.
TEST(Exclusions, ThatMatchNothingLeaveNothingOut) {
  const Sweep sweep = parse(std::string("[data]\nspikes = [1]\n") + axis("model.activation", "values = [\"erf\", \"relu\"]") +
                            "[[exclude]]\n\"model.activation\" = \"linear\"\n[[exclude]]\n\"model.activation\" = [\"linear\", \"relu\"]\n");
  EXPECT_FALSE(sweep.excluded(0));
  EXPECT_TRUE(sweep.excluded(1));
}

}  // namespace
}  // namespace aesweep
