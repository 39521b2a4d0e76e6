#include "aesweep/experiment/cost.hpp"

#include <gtest/gtest.h>

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

TEST(Cost, IsTheSumOfTheEngines) {
  const std::string rest = "[model]\nhidden = 2\n";
  EXPECT_DOUBLE_EQ(seconds("\"ode\", \"sgd\"", kSpiked, rest), seconds("\"ode\"", kSpiked, rest) + seconds("\"sgd\"", kSpiked, rest));
}

// SGD makes D·t steps of D coordinates each: four times the dimension is 16 times the work, up to what a step costs on its own.
TEST(Cost, OfSgdIsQuadraticInTheDimension) {
  const auto cost = [](const std::string& D) { return seconds("\"sgd\"", kSpiked + "dimension = " + D + "\n", ""); };
  const double ratio = cost("4000") / cost("1000");
  EXPECT_GT(ratio, 15.0);
  EXPECT_LE(ratio, 16.0);
}

}  // namespace
}  // namespace aesweep
