#include "aesweep/experiment/cost.hpp"

#include <gtest/gtest.h>

#include <set>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

double seconds(const std::string& engines, const std::string& data, const std::string& rest) {
  const auto sweep = parse("[sweep]\nengines = [" + engines + "]\n[data]\n" + data + rest);
  return expected_seconds(sweep.point(0), sweep);
}

const std::string kSpiked = "spikes = [2.0, 1.0]\n", kPowerLaw = "kind = \"power_law\"\n";

TEST(Cost, GrowsWithDimensionNeuronsAndHorizon) {
  for (const std::string engines : {"\"ode\"", "\"sgd\"", "\"ode\", \"sgd\""}) {
    for (const auto& data : {kSpiked, kPowerLaw}) {
      SCOPED_TRACE(engines + " on " + data);
      const auto cost = [&](const std::string& D, const std::string& K, const std::string& horizon) {
        return seconds(engines, data + "dimension = " + D + "\n", "[model]\nhidden = " + K + "\n[training]\nhorizon = " + horizon + "\n");
      };
      const double base = cost("200", "3", "50");
      EXPECT_GT(base, 0.0);
      EXPECT_GT(cost("200", "8", "50"), base);
      EXPECT_GT(cost("200", "3", "100"), base);
      if (engines == "\"ode\"" && data == kSpiked) EXPECT_EQ(cost("2000", "3", "50"), base) << "the bulk is one block";
      else EXPECT_GT(cost("2000", "3", "50"), base);
    }
  }
}

TEST(Cost, OfDeepNetworksGrowsWithTheirLayersBatchAndPrecision) {
  const auto cost = [](const std::string& model, const std::string& training) {
    return seconds("\"deep\"", "kind = \"manifold\"\n", "[model]\nhidden = 1\n" + model + "[training]\n" + training);
  };
  const double base = cost("", "");
  EXPECT_GT(base, 0.01);
  for (const char* model : {"width = 64\n", "depth = 3\n", "encoder_widths = [64, 64]\n"}) EXPECT_GT(cost(model, ""), base) << model;
  for (const char* training : {"batch = 256\n", "precision = \"float64\"\n", "horizon = 20000\n"}) EXPECT_GT(cost("", training), 1.2 * base) << training;
}

TEST(Cost, IsTheSumOfTheEngines) {
  const std::string rest = "[model]\nhidden = 2\n";
  EXPECT_DOUBLE_EQ(seconds("\"ode\", \"sgd\"", kSpiked, rest), seconds("\"ode\"", kSpiked, rest) + seconds("\"sgd\"", kSpiked, rest));
}

// SGD makes D·t steps of D coordinates each: four times the dimension is 16 times the work, up to what a step costs on its own.
TEST(Cost, OfSgdIsQuadraticInTheDimension) {
  const auto cost = [](const std::string& D) { return seconds("\"sgd\"", kSpiked + "dimension = " + D + "\n", "[training]\nsgd_method = \"vector\"\n"); };
  const double ratio = cost("4000") / cost("1000");
  EXPECT_GT(ratio, 14.0);
  EXPECT_LE(ratio, 16.0);
}

TEST(Cost, ClassesTellApartWhatTheModelErrsOn) {
  std::set<std::uint8_t> classes;
  std::size_t kinds = 0;
  for (const auto activation : all_activations()) {
    for (const auto bias : {BiasKind::none, BiasKind::trained}) {
      for (const bool tied : {false, true}) {
        for (const std::int64_t hidden : {1, 8, 24}) {
          PointConfig point;
          point.model = {.hidden = hidden, .activation = activation, .bias = bias, .tied = tied};
          classes.insert(cost_class(point));
          ++kinds;
        }
      }
    }
  }
  EXPECT_EQ(classes.size(), kinds);
  PointConfig a, b;
  b.training.learning_rate = 3.0 * a.training.learning_rate;
  b.training.horizon = 10.0 * a.training.horizon;
  EXPECT_EQ(cost_class(a), cost_class(b)) << "these are the prior's business";
}

}  // namespace
}  // namespace aesweep
