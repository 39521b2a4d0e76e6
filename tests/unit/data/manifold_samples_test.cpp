#include "aesweep/data/manifold_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include "helpers.hpp"

namespace aesweep {
namespace {

constexpr double kPi = std::numbers::pi;
using Points = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::span<double> entries(Points& points) { return {points.data(), static_cast<std::size_t>(points.size())}; }

ManifoldSamples samples_of(ManifoldKind kind, const RandomStream& stream, Eigen::Index dimension = 0, double noise = 0.0, std::uint64_t samples = 0) {
  const Eigen::Index ambient = facts(kind).ambient;
  return {Manifold::make(kind), random_isometry(std::max(dimension, ambient), ambient, stream), noise, samples, stream};
}

Points draw(const ManifoldSamples& samples, std::uint64_t step, Eigen::Index batch) {
  Points points(batch, samples.dimension());
  samples.draw(step, entries(points));
  return points;
}

TEST(ManifoldSamples, BitsDoNotDependOnWhereTheyLieInMemory) {
  const auto samples = samples_of(ManifoldKind::torus, RandomStream(31, 2), 33);
  std::vector<double> room(40);
  std::vector<std::vector<double>> found;
  for (const std::size_t first : {0U, 1U, 2U, 3U, 5U}) {
    const std::span<double> x(room.data() + first, 33);
    samples.sample(7, x);
    found.emplace_back(x.begin(), x.end());
    EXPECT_EQ(found.front(), found.back()) << first;
  }
}

/// Numbers that are uniform in [0, 1) where a point is on the manifold, and independent.
std::vector<double> uniform_numbers(ManifoldKind kind, const Eigen::Vector3d& x) {
  const auto turns = [](double y, double z) { return std::atan2(y, z) / (2.0 * kPi) + 0.5; };
  switch (kind) {
    case ManifoldKind::circle: return {turns(x[1], x[0])};
    case ManifoldKind::circles: return x[2] == 0.0 ? std::vector{0.5 * turns(x[1], x[0] + 0.5)} : std::vector{0.5 + 0.5 * turns(x[2], x[0] - 0.5)};
    case ManifoldKind::sphere: return {0.5 * (x[2] + 1.0), turns(x[1], x[0])};
    case ManifoldKind::torus: {
      const double theta = std::atan2(x[2], std::hypot(x[0], x[1]) - 1.0);
      return {(theta + 0.5 * std::sin(theta)) / (2.0 * kPi) + 0.5, turns(x[1], x[0])};
    }
    case ManifoldKind::arc: return {std::atan2(x[0], x[1] + 0.300105438719035357) / (1.5 * kPi) + 0.5};
    case ManifoldKind::disc: return {x[0] * x[0] + x[1] * x[1], turns(x[1], x[0])};
    case ManifoldKind::swiss_roll: return {x[2] / 1.5 + 0.5};
    case ManifoldKind::figure_eight:   // ∫_r^1 dr'/√(1 − r'⁴) over its value from 0 on
      return {std::ellint_1(std::numbers::sqrt2 / 2.0, std::acos(std::hypot(x[0], x[1]))) / (std::numbers::sqrt2 * 1.311028777146059905)};
    case ManifoldKind::trefoil: return {};   // the table's inversion, which is the lemniscate's, is tested for all curves in manifold_test.cpp
  }
  return {};
}

// Kolmogorov–Smirnov: √P D exceeds 2.3 with probability 5e-5; 13 of them, 40 000 samples of key 21. And of pairs of numbers, 20 × 20 equal cells:
// χ² = 399 ± 28, six deviations.
TEST(ManifoldSamples, AreUniform) {
  constexpr Eigen::Index kSamples = 40'000;
  constexpr std::size_t kSide = 20;
  for (const ManifoldKind kind : all_manifolds()) {
    const Points points = draw(samples_of(kind, RandomStream(21, 0)), 0, kSamples);
    std::vector<std::vector<double>> numbers(2);
    std::vector<double> cells(kSide * kSide, 0.0);
    for (Eigen::Index i = 0; i < kSamples; ++i) {
      Eigen::Vector3d x = Eigen::Vector3d::Zero();
      x.head(points.cols()) = points.row(i);
      const auto uniform = uniform_numbers(kind, x);
      for (std::size_t j = 0; j < uniform.size(); ++j) numbers[j].push_back(uniform[j]);
      const auto cell = [&](std::size_t j) { return std::min(static_cast<std::size_t>(uniform[j] * static_cast<double>(kSide)), kSide - 1); };
      if (uniform.size() == 2) ++cells[kSide * cell(0) + cell(1)];
    }
    for (auto& sample : numbers) {
      std::ranges::sort(sample);
      double largest = 0.0;
      const auto count = static_cast<double>(sample.size());
      for (std::size_t i = 0; i < sample.size(); ++i)
        largest = std::max({largest, sample[i] - static_cast<double>(i) / count, static_cast<double>(i + 1) / count - sample[i]});
      EXPECT_LT(std::sqrt(count) * largest, 2.3) << name(kind);
    }
    if (numbers[1].empty()) continue;
    const double expected = static_cast<double>(kSamples) / static_cast<double>(cells.size());
    double chi_square = 0.0;
    for (const double cell : cells) chi_square += (cell - expected) * (cell - expected) / expected;
    EXPECT_NEAR(chi_square, 399.0, 6.0 * 28.2) << name(kind);
  }
}

// In R^12 with noise: E x = 0 and E xxᵀ = A diag(variance) Aᵀ + σ², entry by entry to six standard errors over 40 000 samples: coordinates deviate by less
// than 0.95, their products by less than 1.3.
TEST(ManifoldSamples, HaveTheirCovariance) {
  constexpr Eigen::Index kSamples = 40'000, n = 12;
  const double noise = 0.3, error = 6.0 / std::sqrt(static_cast<double>(kSamples));
  for (const ManifoldKind kind : all_manifolds()) {
    const RandomStream stream(22, 3);
    const Points points = draw(samples_of(kind, stream, n, noise), 0, kSamples);
    const Eigen::Index m = facts(kind).ambient;
    const Eigen::MatrixXd isometry = random_isometry(n, m, stream);
    Eigen::MatrixXd expected = isometry * Eigen::Map<const Eigen::VectorXd>(facts(kind).variance, m).asDiagonal() * isometry.transpose();
    expected.diagonal().array() += noise * noise;
    EXPECT_LT(points.colwise().mean().cwiseAbs().maxCoeff(), 0.95 * error) << name(kind);
    EXPECT_LT((points.transpose() * points / static_cast<double>(kSamples) - expected).cwiseAbs().maxCoeff(), 1.3 * error) << name(kind);
    // Off the manifold's space there is nothing but noise, independent of the place.
    const Eigen::MatrixXd inside = points * isometry, off = points - inside * isometry.transpose();
    EXPECT_NEAR(off.squaredNorm() / static_cast<double>(kSamples * (n - m)), noise * noise, 6.0 * noise * noise * std::sqrt(2.0 / (kSamples * 9.0)));
    EXPECT_LT((inside.transpose() * off).cwiseAbs().maxCoeff() / static_cast<double>(kSamples), 0.95 * error * noise) << name(kind);
  }
}

TEST(ManifoldSamples, AreAddressable) {
  for (const ManifoldKind kind : all_manifolds()) {
    for (const double noise : {0.0, 0.1}) {
      const auto samples = samples_of(kind, RandomStream(23, 1), 40, noise);
      const Points whole = draw(samples, 0, 12);
      for (std::uint64_t step = 0; step < 3; ++step) EXPECT_EQ(draw(samples, step, 4), whole.middleRows(static_cast<Eigen::Index>(4 * step), 4));
      for (Eigen::Index i = 0; i < 12; ++i) {
        Points x(1, 40);
        samples.sample(static_cast<std::uint64_t>(i), entries(x));
        EXPECT_EQ(x, whole.row(i)) << name(kind);
      }
      EXPECT_NE(draw(samples_of(kind, RandomStream(23, 2), 40, noise), 0, 12), whole);
    }
  }
}

// The noise is an addition: the place does not depend on it, nor on the dimension.
TEST(ManifoldSamples, NoiseIsAddedToTheSamePlaces) {
  const RandomStream stream(24, 0);
  const Points clean = draw(samples_of(ManifoldKind::torus, stream), 5, 50), large = draw(samples_of(ManifoldKind::torus, stream, 70), 5, 50);
  EXPECT_LT((large - clean * random_isometry(70, 3, stream).transpose()).cwiseAbs().maxCoeff(), 1e-14);
  Points sum = Points::Zero(50, 70);
  for (const double noise : {1.0, 2.0}) sum += (noise == 1.0 ? 2.0 : -1.0) * draw(samples_of(ManifoldKind::torus, stream, 70, noise), 5, 50);
  EXPECT_LT((sum - large).cwiseAbs().maxCoeff(), 1e-14);
}

// As finite_inputs(): the samples are the first ones of the population, and the same numbers choose.
TEST(ManifoldSamples, OfATrainingSetAreTheFirstOnes) {
  const RandomStream stream(25, 4);
  const auto population = samples_of(ManifoldKind::circles, stream), training = samples_of(ManifoldKind::circles, stream, 0, 0.0, 10);
  std::set<std::uint64_t> seen;
  for (std::uint64_t step = 0; step < 20; ++step) {
    const Points batch = draw(training, step, 5);
    for (Eigen::Index j = 0; j < 5; ++j) {
      const std::uint64_t i = stream.index(Purpose::training_index, 5 * step + static_cast<std::uint64_t>(j), 10);
      Points x(1, 3);
      population.sample(i, entries(x));
      EXPECT_EQ(batch.row(j), x);
      seen.insert(i);
    }
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(testing::message_of<std::invalid_argument>([&] { samples_of(ManifoldKind::disc, stream, 0, 0.0, (std::uint64_t{1} << 48) + 1); }),
            "a training set needs 1 to 2^48 samples, not 281474976710657");
}

// Columns of Haar's law: each entry has mean 0 and variance 1/n, and entries of different columns and rows are uncorrelated; 2000 of them in R^5.
// The sign of R's diagonal matters: without it the first entry of Householder's Q is never positive.
TEST(RandomIsometry, IsOrthonormalAndUniform) {
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(5, 3), square = mean;
  double product = 0.0;
  for (std::uint32_t replica = 0; replica < 2000; ++replica) {
    const Eigen::MatrixXd a = random_isometry(5, 3, RandomStream(26, replica));
    ASSERT_LT((a.transpose() * a - Eigen::MatrixXd::Identity(3, 3)).cwiseAbs().maxCoeff(), 1e-14);
    mean += a / 2000.0;
    square += a.cwiseAbs2() / 2000.0;
    product += a(0, 0) * a(1, 1) / 2000.0;
  }
  EXPECT_LT(mean.cwiseAbs().maxCoeff(), 5.0 * std::sqrt(0.2 / 2000.0));
  EXPECT_LT((square.array() - 0.2).abs().maxCoeff(), 5.0 * std::sqrt(0.0457 / 2000.0));   // E u⁴ = 3/35
  EXPECT_LT(std::abs(product), 5.0 * 0.2 / std::sqrt(2000.0));
  EXPECT_EQ(random_isometry(3, 3, RandomStream(26, 0)), Eigen::MatrixXd::Identity(3, 3));
}

}  // namespace
}  // namespace aesweep
