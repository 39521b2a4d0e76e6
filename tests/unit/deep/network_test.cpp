#include "aesweep/deep/network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace aesweep {
namespace {

TEST(DeepShape, CountsLayersWidthsAndParameters) {
  const DeepShape shape{3, {5, 4}, 2, {7}, Activation::tanh};
  EXPECT_EQ(shape.widths(), (std::vector<int>{3, 5, 4, 2, 7, 3}));
  EXPECT_EQ(shape.layers(), 5U);
  EXPECT_EQ(shape.bottleneck_layer(), 3U);
  EXPECT_EQ(shape.units(), 5U + 4 + 2 + 7 + 3);
  EXPECT_EQ(shape.parameters(), 4U * 5 + 6 * 4 + 5 * 2 + 3 * 7 + 8 * 3);
  std::vector<bool> hidden;
  for (std::size_t l = 1; l <= shape.layers(); ++l) hidden.push_back(shape.is_hidden(l));
  EXPECT_EQ(hidden, (std::vector<bool>{true, true, false, true, false}));
}

// Variance gain² 2/(in + out) of weights: 4 · 2/1000, and of the second layer 4 · 2/504, to 5σ of its estimate (√(2/N), N = 200 000 and 2000); biases are 0.
TEST(DeepStart, IsGlorotsWithBiasesZero) {
  const DeepShape shape{500, {500}, 4, {}, Activation::tanh};
  const auto start = deep_start(shape, 2.0, RandomStream(11, 3));
  ASSERT_EQ(start.size(), shape.parameters());
  const auto mean_square = [&](std::size_t first, std::size_t count) {
    double sum = 0.0;
    for (std::size_t i = first; i < first + count; ++i) sum += start[i] * start[i];
    return sum / static_cast<double>(count);
  };
  EXPECT_NEAR(mean_square(0, 250000), 8.0 / 1000.0, 5.0 * std::sqrt(2.0 / 250000.0) * 8.0 / 1000.0);
  EXPECT_TRUE(std::all_of(start.begin() + 250000, start.begin() + 250500, [](double b) { return b == 0.0; }));
  EXPECT_NEAR(mean_square(250500, 2000), 8.0 / 504.0, 5.0 * std::sqrt(2.0 / 2000.0) * 8.0 / 504.0);
}

TEST(DeepStart, OfALayerDoesNotDependOnThoseBehindIt) {
  const RandomStream stream(5, 0);
  const auto shallow = deep_start({3, {8}, 1, {}, Activation::erf}, 1.0, stream), deep = deep_start({3, {8, 8}, 1, {8, 8}, Activation::relu}, 1.0, stream);
  EXPECT_TRUE(std::equal(shallow.begin(), shallow.begin() + 32, deep.begin()));
  EXPECT_NE(shallow, deep_start({3, {8}, 1, {}, Activation::erf}, 1.0, RandomStream(5, 1)));
}

}  // namespace
}  // namespace aesweep
