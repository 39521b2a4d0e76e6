#include "aesweep/data/latent.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace aesweep {
namespace {

const std::vector<Latent> kLaws{{LatentLaw::gaussian}, {LatentLaw::rademacher}, {LatentLaw::laplace}, {LatentLaw::sparse, 0.2},
                                {LatentLaw::nonnegative}, {LatentLaw::mixture, 0.1, 0.8}};

/// E c³ and E c⁴, from the densities; the eighth moments bound the errors below.
struct Moment {
  double third, fourth;
};
Moment moments(const Latent& latent) {
  const double pi = std::numbers::pi, s2 = latent.separation * latent.separation;
  switch (latent.law) {
    case LatentLaw::gaussian: return {0.0, 3.0};
    case LatentLaw::rademacher: return {0.0, 1.0};
    case LatentLaw::laplace: return {0.0, 6.0};
    case LatentLaw::sparse: return {0.0, 3.0 / latent.sparsity};
    case LatentLaw::nonnegative: return {std::sqrt(2.0) * (4.0 - pi) / std::pow(pi - 2.0, 1.5), 3.0 + 8.0 * (pi - 3.0) / std::pow(pi - 2.0, 2)};
    case LatentLaw::mixture: return {0.0, 3.0 - 2.0 * s2 * s2};
  }
  return {};
}

// Over 400 000 coefficients (key 12); six standard errors of the mean of c^n, taken from the sample itself.
TEST(Latents, HaveTheMomentsOfTheirLaw) {
  const RandomStream stream(12, 0);
  for (const auto& latent : kLaws) {
    std::vector<double> c, piece(40);
    for (std::uint64_t step = 0; step < 10'000; ++step) {
      draw_latents(latent, stream, step, 0, piece);
      c.insert(c.end(), piece.begin(), piece.end());
    }
    const auto [third, fourth] = moments(latent);
    const std::vector<double> expected{0.0, 1.0, third, fourth};
    for (int n = 1; n <= 4; ++n) {
      double sum = 0.0, squares = 0.0;
      for (const double x : c) {
        sum += std::pow(x, n);
        squares += std::pow(x, 2 * n);
      }
      const auto count = static_cast<double>(c.size());
      const double mean = sum / count, error = std::sqrt(std::max(squares / count - mean * mean, 0.0) / count);
      EXPECT_NEAR(mean, expected[static_cast<std::size_t>(n - 1)], 6.0 * error + 1e-12) << "law " << static_cast<int>(latent.law) << ", order " << n;
    }
  }
}

TEST(Latents, TakeTheValuesOfTheirLaw) {
  const RandomStream stream(5, 1);
  std::vector<double> c(100'000);
  draw_latents({LatentLaw::rademacher}, stream, 3, 0, c);
  EXPECT_TRUE(std::ranges::all_of(c, [](double x) { return std::abs(x) == 1.0; }));
  draw_latents({LatentLaw::nonnegative}, stream, 3, 0, c);
  EXPECT_GE(*std::ranges::min_element(c), -std::sqrt(2.0 / (std::numbers::pi - 2.0)));
  draw_latents({LatentLaw::sparse, 0.2}, stream, 3, 0, c);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(c, 0.0)), 80'000.0, 6.0 * std::sqrt(16'000.0));
  draw_latents({LatentLaw::sparse, 1.0}, stream, 3, 0, c);
  EXPECT_EQ(std::ranges::count(c, 0.0), 0);
}

TEST(Latents, OfTheGaussianLawAreTheStreamsNormals) {
  const RandomStream stream(8, 1);
  std::vector<double> c(101), z(101);
  draw_latents({}, stream, 55, 0, c);
  stream.normals(Purpose::latents, 55, z);
  EXPECT_EQ(c, z);
}

TEST(Latents, OfAPieceAreThoseOfTheWhole) {
  const RandomStream stream(8, 1);
  for (const auto& latent : kLaws) {
    std::vector<double> whole(150), piece(41);
    draw_latents(latent, stream, 55, 0, whole);
    draw_latents(latent, stream, 55, 32, piece);
    EXPECT_TRUE(std::equal(piece.begin(), piece.end(), whole.begin() + 32)) << static_cast<int>(latent.law);
    std::vector<double> other(150);
    draw_latents(latent, stream, 56, 0, other);
    EXPECT_NE(other, whole);
  }
}

}  // namespace
}  // namespace aesweep
