#include "aesweep/sweep/union.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

std::string text_of(const std::string& axes, const std::string& more = "") {
  return "[sweep]\nseed = 7\n" + more + "[data]\nspikes = [2.0, 1.0]\ndimension = 100\n[model]\nhidden = 2\n" + axes;
}

std::string axis(const std::string& key, const std::string& values) { return "[[axis]]\nkey = \"" + key + "\"\n" + values + "\n"; }
std::string rates(const std::string& values) { return axis("training.learning_rate", "values = " + values); }

SweepUnion united(const std::vector<Sweep>& sweeps) {
  std::vector<const Sweep*> pointers;
  std::vector<std::string> labels;
  for (const auto& sweep : sweeps) {
    pointers.push_back(&sweep);
    labels.push_back(std::string(1, static_cast<char>('A' + labels.size())));
  }
  return unite(pointers, labels);
}

std::string fault(const std::string& a, const std::string& b) {
  try {
    united({parse(a), parse(b)});
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::vector<double> numbers(const SweepUnion& all, std::size_t a = 0) { return all.sweep.axes.at(a).columns.at(0).numbers; }

TEST(Union, PutsNumbersInTheOrderThatAllSweepsHave) {
  EXPECT_EQ(numbers(united({parse(text_of(rates("[0.1, 3]"))), parse(text_of(rates("[2, 10]")))})), (std::vector<double>{0.1, 2, 3, 10}));
  EXPECT_EQ(numbers(united({parse(text_of(rates("[3, 0.1]"))), parse(text_of(rates("[10, 2]")))})), (std::vector<double>{10, 3, 2, 0.1}));
  EXPECT_EQ(numbers(united({parse(text_of(rates("[3, 0.1]"))), parse(text_of(rates("[5]")))})), (std::vector<double>{5, 3, 0.1}));
  EXPECT_EQ(numbers(united({parse(text_of(rates("[3, 0.1]"))), parse(text_of(rates("[2, 10]")))})), (std::vector<double>{3, 0.1, 2, 10}));
}

TEST(Union, KeepsOtherValuesAsFirstSeen) {
  const auto all = united({parse(text_of(axis("model.activation", "values = [\"relu\", \"erf\"]"))),
                           parse(text_of(axis("model.activation", "values = [\"linear\", \"relu\"]")))});
  EXPECT_EQ(all.sweep.axes[0].labels, (std::vector<std::string>{"relu", "erf", "linear"}));
  EXPECT_EQ(all.positions, (std::vector<std::vector<std::vector<std::size_t>>>{{{0, 1}}, {{2, 0}}}));
}

TEST(Union, FindsEveryPointOfItsPartsByContent) {
  const std::string linked = "[[axis]]\nname = \"network\"\nkeys = [\"model.activation\", \"training.weight_decay\"]\nvalues = ";
  const std::vector<Sweep> parts{parse(text_of(rates("[0.1, 1]") + linked + "[[\"erf\", 0], [\"relu\", [0.1, 0.2]]]\n")),
                                 parse(text_of(axis("training.learning_rate", "range = { from = 0.01, to = 1, count = 3, spacing = \"log\" }") +
                                               linked + "[[\"erf\", 1], [\"erf\", 0]]\n"))};
  const auto all = united(parts);
  EXPECT_EQ(all.sweep.points(), 9U);
  for (std::size_t part = 0; part < parts.size(); ++part)
    for (std::uint64_t point = 0; point < parts[part].points(); ++point)
      EXPECT_EQ(parts[part].point_id(parts[part].point(point)), all.sweep.point_id(all.sweep.point(all.point(part, parts[part], point))))
          << part << ' ' << point;
}

TEST(Union, OfOneSweepIsThatSweep) {
  const auto sweep = parse(text_of(axis("training.learning_rate", "range = { from = 0.1, to = 10, count = 5, spacing = \"log\" }")));
  const auto all = united({sweep, sweep});
  EXPECT_EQ(all.sweep.canonical, sweep.canonical);
  EXPECT_TRUE(all.sweep.axes[0].logarithmic);
}

TEST(Union, HasTheMostReplicas) {
  const auto all =
      united({parse(text_of(rates("[1]"))), parse(text_of(rates("[2]"), "replicas = 5\n")), parse(text_of(rates("[3]"), "replicas = 2\n"))});
  EXPECT_EQ(all.sweep.replicas, 5);
}

TEST(Union, OfSequentialReplicasHasTheLargestMax) {
  const auto sequential = [](int min, int max) { return fmt::format("replicas = {{ min = {}, max = {}, until = 0.2 }}\n", min, max); };
  const auto all = united({parse(text_of(rates("[1]"), sequential(4, 32))), parse(text_of(rates("[2]"), sequential(4, 64)))});
  EXPECT_EQ(all.sweep.replicas, 64);
  EXPECT_EQ(all.sweep.sequential.min, 4);
  EXPECT_THROW(united({parse(text_of(rates("[1]"), sequential(4, 32))), parse(text_of(rates("[2]"), sequential(8, 32)))}), ConfigError);
  EXPECT_THROW(united({parse(text_of(rates("[1]"), sequential(4, 32))), parse(text_of(rates("[2]"), "replicas = 32\n"))}), ConfigError);
}

TEST(Union, TextReadsBackToTheSameValues) {
  // 0.1 + 0.2 needs 17 digits; spikes as a table and as lists; "infinity".
  const std::vector<Sweep> parts{
      parse(text_of(rates("[0.30000000000000004]") + axis("data.dimension", "values = [100, \"infinity\"]"), "engines = [\"ode\"]\n")),
      parse(text_of(rates("[0.3]") + axis("data.dimension", "values = [100, 200]"), "engines = [\"ode\"]\n"))};
  const auto all = united(parts);
  EXPECT_EQ(parse(all.sweep.text).canonical, all.sweep.canonical);
  EXPECT_EQ(numbers(all), (std::vector<double>{0.3, 0.30000000000000004}));
  const std::vector<Sweep> spikes{parse(text_of(axis("data.spikes", "values = [{ count = 2, first = 3, ratio = 0.5 }]"))),
                                  parse(text_of(axis("data.spikes", "values = [[2.0, 1.0]]")))};
  EXPECT_EQ(united(spikes).sweep.point(0).data.spikes, (std::vector<double>{3, 1.5}));
}

TEST(Union, TakesExclusionsByWhatTheyLeaveOut) {
  const std::string out = "[[exclude]]\n\"training.learning_rate\" = ";
  const auto all = united({parse(text_of(rates("[1, 2]") + out + "[2, 3]\n")), parse(text_of(rates("[2, 3, 4]") + out + "[3, 2]\n"))});
  EXPECT_TRUE(!all.sweep.excluded(0) && all.sweep.excluded(1) && all.sweep.excluded(2) && !all.sweep.excluded(3));
  EXPECT_NE(fault(text_of(rates("[1, 2]") + out + "[2]\n"), text_of(rates("[2, 3]"))).find("exclude[0]"), std::string::npos);
}

TEST(Union, RefusesSweepsThatDifferInMore) {
  const auto text = text_of(rates("[1]"));
  EXPECT_NE(fault(text, text_of(rates("[2]"), "common_randomness = true\n")).find("sweep.common_randomness: false -> true"), std::string::npos);
  EXPECT_NE(fault(text, text_of(axis("training.weight_decay", "values = [1]"))).find("weight_decay (training.weight_decay)"), std::string::npos);
  EXPECT_NE(fault(text, text_of("")).find("its axes are []"), std::string::npos);
  EXPECT_NE(fault(text, text_of(rates("[2]") + "[outcome]\nlearnt_threshold = 0.9\n")).find("outcome.learnt_threshold: 0.5 -> 0.9"),
            std::string::npos);
}

TEST(Union, RefusesRowsOfOtherWidths) {
  // Without spikes the largest K is the number of components followed, unless the file says how many.
  const auto law = [](const std::string& hidden, const std::string& record) {
    return "[data]\nkind = \"power_law\"\ndimension = 50\n" + record + axis("model.hidden", "values = " + hidden);
  };
  EXPECT_NE(fault(law("[2, 3]", ""), law("[4]", "")).find("record.components"), std::string::npos);
  EXPECT_EQ(fault(law("[2, 3]", "[record]\ncomponents = 3\n"), law("[4]", "[record]\ncomponents = 3\n")), "");
}

TEST(Union, RefusesPointsThatCannotBe) {
  // 40 units in 30 dimensions lie in neither grid.
  const auto grid = [](const std::string& dimension, const std::string& hidden) {
    return "[data]\nspikes = [1]\n" + axis("data.dimension", "values = " + dimension) + axis("model.hidden", "values = " + hidden);
  };
  EXPECT_NE(fault(grid("[30]", "[2]"), grid("[100]", "[40]")).find("model.hidden"), std::string::npos);
}

}  // namespace
}  // namespace aesweep
