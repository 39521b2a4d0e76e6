#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "../../../src/sgd/gram_draws.hpp"

namespace aesweep {
namespace {

std::vector<RandomStream> lanes_of(std::uint64_t key, std::uint32_t first = 0) {
  std::vector<RandomStream> streams;
  for (std::uint32_t lane = 0; lane < lanes::kLanes; ++lane) streams.emplace_back(key, first + lane);
  return streams;
}

/// Mean of n values and its standard error.
struct Mean {
  double sum = 0.0, squares = 0.0, count = 0.0;
  void add(double x) {
    sum += x;
    squares += x * x;
    count += 1.0;
  }
  double value() const { return sum / count; }
  double error() const { return std::sqrt((squares / count - value() * value()) / count); }
  double z(double expected) const { return (value() - expected) / error(); }
};

/// Sees each vector's bulk coordinates of many blocks, lane by lane.
void for_each_block(GramDraws& draws, int blocks, int samples, const std::function<void(const GramVectors&, int lane)>& see) {
  for (int b = 0; b < blocks; ++b) {
    const auto& vectors = draws.draw(static_cast<std::uint64_t>(b) * 8, samples);
    for (int lane = 0; lane < lanes::kLanes; ++lane) see(vectors, lane);
  }
}

constexpr int kBlocks = 160000 / lanes::kLanes;   // key 20: each z below is one of 60 in all; 4.5 is passed by chance once in 2500

// The Gram matrix of n vectors in ν dimensions has E (AAᵀ)_ii = ν, variance 2ν, E (AAᵀ)_ij² = ν off the diagonal, whatever the vectors' place in the block:
// so only if every χ has its own number of degrees of freedom. ν = 4 and n = 4 go down to one.
TEST(GramDraws, ComplementHasWishartMoments) {
  const int n = 4;
  for (const double beyond : {4.0, 5.0, 9.0, 1000.0, 1e9}) {
    GramDraws draws({{}, beyond + 2.0, beyond + 2.0, {}}, 0.0, 2, n, lanes_of(20));   // σ̂ = 1, m = 2
    Mean square[n], fourth[n], product[n], third;
    for_each_block(draws, kBlocks, n, [&](const GramVectors& vectors, int lane) {
      double gram[n][n] = {};
      for (int i = 0; i < n; ++i)
        for (int j = 0; j <= i; ++j)
          for (int l = 0; l < n; ++l) gram[i][j] += vectors.bulk_of(i)[2 + l][lane] * vectors.bulk_of(j)[2 + l][lane];
      for (int i = 0; i < n; ++i) {
        const double excess = (gram[i][i] - beyond) / std::sqrt(2.0 * beyond);
        square[i].add(excess);
        fourth[i].add(excess * excess);
        if (i > 0) product[i].add(gram[i][i - 1] * gram[i][i - 1] / beyond);
      }
      third.add(std::pow((gram[3][3] - beyond) / std::sqrt(2.0 * beyond), 3));
    });
    for (int i = 0; i < n; ++i) {
      EXPECT_LT(std::abs(square[i].z(0.0)), 4.5) << beyond << " vector " << i;
      EXPECT_LT(std::abs(fourth[i].z(1.0)), 4.5) << beyond << " vector " << i;
      if (i > 0) {
        EXPECT_LT(std::abs(product[i].z(1.0)), 4.5) << beyond << " vector " << i;
      }
    }
    EXPECT_LT(std::abs(third.z(std::sqrt(8.0 / beyond))), 4.5) << beyond;   // skewness of χ²
  }
}

// The diagonal by itself: E χ = √2 Γ((ν+1)/2)/Γ(ν/2) for ν = n₀ − i.
TEST(GramDraws, DiagonalHasChiMoments) {
  const int n = 6;
  const double beyond = 6.0;
  GramDraws draws({{}, beyond + 1.0, beyond + 1.0, {}}, 0.0, 1, n, lanes_of(21));
  Mean radius[n], below;
  for_each_block(draws, kBlocks, n, [&](const GramVectors& vectors, int lane) {
    for (int i = 0; i < n; ++i) radius[i].add(vectors.bulk_of(i)[1 + i][lane]);
    below.add(std::pow(vectors.bulk_of(5)[3][lane], 4));
  });
  for (int i = 0; i < n; ++i) {
    const double degrees = beyond - i;
    EXPECT_LT(std::abs(radius[i].z(std::sqrt(2.0) * std::tgamma((degrees + 1.0) / 2.0) / std::tgamma(degrees / 2.0))), 4.5) << degrees;
  }
  EXPECT_LT(std::abs(below.z(3.0)), 4.5);   // a normal's fourth moment
}

// x̃ = x̌ + ŝξ' on all axes: Cov(x̃, x̌) = Cov(x̌), Cov(x̃) larger by ŝ².
TEST(GramDraws, CorruptionIsAnIndependentVector) {
  const double sigma = 0.5, noise = 0.3, D = 40.0;
  GramDraws draws({{2.0, 0.0}, sigma * D, D, {}}, noise, 3, 2, lanes_of(22));
  Mean clean, seen, crossed, leading, leading_crossed, follower;
  for_each_block(draws, kBlocks / 4, 2, [&](const GramVectors& vectors, int lane) {
    const auto inner = [&](int i, int j) {
      double sum = 0.0;
      for (int l = 0; l < 3 + 4; ++l) sum += vectors.bulk_of(i)[l][lane] * vectors.bulk_of(j)[l][lane];
      return sum;
    };
    clean.add(inner(2, 2));
    seen.add(inner(3, 3));
    crossed.add(inner(2, 3));
    leading.add(std::pow(vectors.leading_of(3)[0][lane], 2));
    leading_crossed.add(vectors.leading_of(3)[0][lane] * vectors.leading_of(2)[0][lane]);
    follower.add(std::pow(vectors.leading_of(2)[1][lane], 2));
  });
  EXPECT_LT(std::abs(clean.z(38.0 * sigma)), 4.5);
  EXPECT_LT(std::abs(seen.z(38.0 * (sigma + noise))), 4.5);
  EXPECT_LT(std::abs(crossed.z(38.0 * sigma)), 4.5);
  EXPECT_LT(std::abs(leading.z(2.0 + sigma + noise)), 4.5);
  EXPECT_LT(std::abs(leading_crossed.z(2.0 + sigma)), 4.5);
  EXPECT_LT(std::abs(follower.z(sigma)), 4.5);   // an axis without a spike
}

// Mean 0, variance 1 and the fourth moment of each law of data/latent.hpp, and what tells it from others of the same moments.
TEST(GramDraws, LatentsHaveTheirMoments) {
  const double pi = std::acos(-1.0), m = std::sqrt(2.0 / pi), v = 1.0 - 2.0 / pi, s2 = 0.81;
  const double half_normal = (3.0 - 4.0 * m * std::sqrt(2.0 / pi) * 2.0 + 6.0 * m * m - 3.0 * m * m * m * m) / (v * v);   // E|z|³ = 2√(2/π)
  const struct { LatentLaw law; double fourth; } cases[] = {{LatentLaw::gaussian, 3.0}, {LatentLaw::rademacher, 1.0}, {LatentLaw::laplace, 6.0},
    {LatentLaw::sparse, 3.0 / 0.25}, {LatentLaw::nonnegative, half_normal}, {LatentLaw::mixture, s2 * s2 + 6.0 * s2 * (1.0 - s2) + 3.0 * (1.0 - s2) * (1.0 - s2)}};
  for (const auto& [law, fourth_moment] : cases) {
    GramDraws draws({{1.0, 4.0}, 0.0, 50.0, {law, 0.25, 0.9}}, 0.0, 1, 4, lanes_of(23));   // no bulk: x̌_m = √θ c_m
    Mean first, second, fourth, mixed, third;
    for_each_block(draws, kBlocks / 4, 4, [&](const GramVectors& vectors, int lane) {
      for (int i = 0; i < 4; ++i) {
        const double c = vectors.leading_of(i)[0][lane], other = vectors.leading_of(i)[1][lane] / 2.0;
        first.add(c);
        second.add(other * other);
        fourth.add(c * c * c * c);
        third.add(c * c * c);
        mixed.add(c * c * other * other);
        if (law == LatentLaw::nonnegative) {
          EXPECT_GT(c, -m / std::sqrt(v) - 1e-12);
        }
      }
    });
    const double skewness = law == LatentLaw::nonnegative ? m * (4.0 / pi - 1.0) / std::pow(v, 1.5) : 0.0;
    EXPECT_LT(std::abs(first.z(0.0)), 4.5) << static_cast<int>(law);
    EXPECT_LT(std::abs(third.z(skewness)), 4.5) << static_cast<int>(law);
    if (law == LatentLaw::rademacher) {
      EXPECT_NEAR(fourth.value(), 1.0, 1e-12);
    } else {
      EXPECT_LT(std::abs(second.z(1.0)), 4.5) << static_cast<int>(law);
      EXPECT_LT(std::abs(fourth.z(fourth_moment)), 4.5) << static_cast<int>(law);
      EXPECT_LT(std::abs(mixed.z(1.0)), 4.5) << static_cast<int>(law);
    }
  }
}

// Retries and selections included: one degree of freedom beyond, and one attempt in twenty is refused.
TEST(GramDraws, ALaneDependsOnItsStreamAlone) {
  const GramInputs inputs{{1.0}, 1.0, 6.0, {LatentLaw::sparse, 0.5, 0.9}};
  std::vector<RandomStream> copies(lanes::kLanes, RandomStream(24, 1));
  GramDraws together(inputs, 0.0, 1, 4, lanes_of(24)), alone(inputs, 0.0, 1, 4, copies);
  for (std::uint64_t step = 0; step < 4000; step += 4) {
    const auto &a = together.draw(step, 4), &b = alone.draw(step, 4);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(a.leading_of(i)[0][1], b.leading_of(i)[0][0]);
      for (int l = 0; l < a.length_of(i); ++l) EXPECT_EQ(a.bulk_of(i)[l][1], b.bulk_of(i)[l][lanes::kLanes - 1]);
    }
  }
}

}  // namespace
}  // namespace aesweep
