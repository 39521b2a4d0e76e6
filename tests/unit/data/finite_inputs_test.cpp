#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "aesweep/data/inputs.hpp"
#include "helpers.hpp"

namespace aesweep {
namespace {

std::vector<double> draw(const InputSource& source, const RandomStream& stream, std::uint64_t step) {
  std::vector<double> x(static_cast<std::size_t>(source.dimension()));
  source.draw(stream, step, x);
  return x;
}

TEST(FiniteInputs, RepeatTheFirstSamplesOfTheStream) {
  const auto population = gaussian_inputs(Spectrum({{2.0, 1}, {0.1, 8}}));
  const auto source = finite_inputs(*population, 5);
  const RandomStream stream(12, 3);
  const Eigen::MatrixXd sample = training_sample(*population, stream, 5);
  ASSERT_EQ(sample.rows(), 9);
  std::vector<int> hits(5);
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const std::uint64_t i = stream.index(Purpose::training_index, step, 5);
    ++hits[i];
    const std::vector<double> x = draw(*source, stream, step);
    EXPECT_EQ(x, draw(*population, stream, i));
    EXPECT_EQ((Eigen::Map<const Eigen::VectorXd>(x.data(), 9)), sample.col(static_cast<Eigen::Index>(i)));
  }
  // Binomial(1000, 1/5): mean 200, standard deviation 12.6; five of them.
  for (const int count : hits) EXPECT_NEAR(count, 200, 63);
}

TEST(FiniteInputs, DependOnStreamAndStepAlone) {
  const auto population = gaussian_inputs(Spectrum({{2.0, 1}, {0.1, 8}}));
  const auto a = finite_inputs(*population, 1000), b = finite_inputs(*population, 1000);
  const std::vector<double> first = draw(*a, RandomStream(4, 0), 77);
  for (std::uint64_t step = 0; step < 20; ++step) draw(*b, RandomStream(5, 7), step);
  EXPECT_EQ(draw(*b, RandomStream(4, 0), 77), first);
  EXPECT_NE(draw(*b, RandomStream(4, 0), 78), first);
  EXPECT_NE(draw(*b, RandomStream(4, 1), 77), first);
  EXPECT_NE(draw(*b, RandomStream(5, 0), 77), first);
}

TEST(FiniteInputs, LargerSetsStartFromTheSameSamples) {
  const auto population = gaussian_inputs(Spectrum({{1.0, 4}}));
  const RandomStream stream(1, 0);
  EXPECT_EQ(training_sample(*population, stream, 20).leftCols(7), training_sample(*population, stream, 7));
}

TEST(FiniteInputs, BadSizes) {
  const auto population = gaussian_inputs(Spectrum({{1.0, 4}}));
  const auto message = [&](std::uint64_t samples) {
    return testing::message_of<std::invalid_argument>([&] { finite_inputs(*population, samples); });
  };
  EXPECT_EQ(message(0), "a training set needs 1 to 2^48 samples, not 0");
  EXPECT_EQ(message((std::uint64_t{1} << 48) + 1), "a training set needs 1 to 2^48 samples, not 281474976710657");
}

// The surrogate of three images of six pixels: four eigenvalues are 0 but for rounding, which may leave them negative before they are clipped.
TEST(GaussianInputs, SurrogateOfFewImagesHasNoVarianceBeyondTheirRank) {
  const std::uint8_t images[] = {0, 10, 20, 30, 40, 50, 90, 80, 10, 0, 200, 3, 7, 7, 255, 1, 2, 60};
  const std::shared_ptr<std::uint8_t[]> bytes(new std::uint8_t[std::size(images)]);
  std::ranges::copy(images, bytes.get());
  const ImageStatistics statistics = image_statistics({bytes, 3, 6});
  EXPECT_GE(statistics.rho_hat.minCoeff(), 0.0);
  const auto source = gaussian_inputs(statistics.spectrum());
  double squares = 0.0;
  const std::uint64_t count = 20000;
  for (std::uint64_t step = 0; step < count; ++step) {
    const std::vector<double> x = draw(*source, RandomStream(6, 0), step);
    for (std::size_t m = 0; m < 6; ++m) {
      ASSERT_TRUE(std::isfinite(x[m]));
      if (m >= 2) {
        ASSERT_LT(std::abs(x[m]), 1e-6);   // √ε of rounding
      }
      squares += x[m] * x[m];
    }
  }
  // Σρ̂ = 1; the mean of |x|² over n draws has the variance 2Σρ̂²/n ≤ 2/n, five deviations are allowed.
  EXPECT_NEAR(squares / static_cast<double>(count), 1.0, 5 * std::sqrt(2.0 / static_cast<double>(count)));
}

}  // namespace
}  // namespace aesweep
