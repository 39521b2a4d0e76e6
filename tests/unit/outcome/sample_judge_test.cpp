#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "aesweep/outcome/judge.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

using testing::random_weights;

/// Averages in the plainest way, input by input.
class PlainAverage {
 public:
  PlainAverage(Activation activation, const Weights& weights, double noise) : activation_(activation), weights_(weights), noise_(noise) {}

  /// @param number  fixes the input's noise as the header of judge.hpp says.
  void add(const Eigen::VectorXd& x, std::uint64_t number, const Eigen::VectorXd& axis) {
    Eigen::VectorXd xi(x.size()), output = Eigen::VectorXd::Zero(x.size());
    RandomStream(kHeldOutKey, 0).normals(Purpose::held_out, number, {xi.data(), static_cast<std::size_t>(xi.size())});
    const Eigen::VectorXd seen = x + std::sqrt(noise_) * xi;
    for (Eigen::Index k = 0; k < weights_.hidden(); ++k)
      output += evaluate(activation_, weights_.encoder.row(k).dot(seen) + weights_.bias[k]).value * weights_.decoder.row(k).transpose();
    squares_ += (x - output).squaredNorm();
    residual_ += std::pow(axis.dot(x - output), 2);
    variance_ += std::pow(axis.dot(x), 2);
    ++count_;
  }
  double pmse() const { return 0.5 * squares_ / count_; }
  double explained() const { return 1.0 - residual_ / variance_; }

 private:
  Activation activation_;
  const Weights& weights_;
  double noise_, squares_ = 0.0, residual_ = 0.0, variance_ = 0.0;
  int count_ = 0;
};

ImagePool random_pool(std::uint64_t count, std::uint64_t pixels) {
  std::mt19937 engine(5);
  auto bytes = std::make_shared<std::uint8_t[]>(count * pixels);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto base = engine() % 100;
    for (std::uint64_t p = 0; p < pixels; ++p) bytes[i * pixels + p] = static_cast<std::uint8_t>(base + engine() % (20 * (p + 1)));
  }
  return {bytes, count, pixels};
}

Eigen::VectorXd scaled(const ImagePool& pool, const ImageStatistics& statistics, std::uint64_t i) {
  Eigen::VectorXd x(static_cast<Eigen::Index>(pool.pixels));
  for (std::size_t p = 0; p < pool.pixels; ++p) x[static_cast<Eigen::Index>(p)] = pool.image(i)[p];
  return (x - statistics.mean) * statistics.unit / std::sqrt(static_cast<double>(pool.pixels));
}

// 12 000 images, of which 10 000 are judged: the noise goes by the place in the pool. Sums of 10^4 terms round by 1e-13 at most.
TEST(PoolJudge, CorruptsEachImageByItsOwnNoise) {
  const auto pool = random_pool(12000, 5);
  const auto statistics = image_statistics(pool);
  const auto weights = random_weights(3, 5, 0.6, 12);
  for (const double noise : {0.0, 0.4}) {
    std::vector<double> explained(2);
    const auto judge = pool_judge(Activation::relu, 3, 2, pool, statistics, noise);
    const double pmse = judge->measure(weights, explained);
    PlainAverage plain(Activation::relu, weights, noise);
    for (std::uint64_t i = 0; i < 10000; ++i) plain.add(scaled(pool, statistics, i * 12 / 10), i * 12 / 10, statistics.eigenvectors.col(1));
    EXPECT_NEAR(pmse, plain.pmse(), 1e-12) << noise;
    EXPECT_NEAR(explained[1], plain.explained(), 1e-11) << noise;
    EXPECT_EQ(judge->measure(weights, explained), pmse) << "the draw is not fixed";
  }
  EXPECT_EQ(pool_judge(Activation::relu, 3, 2, pool, statistics, 0.0)->measure(weights, {}),
            pool_judge(Activation::relu, 3, 2, pool, statistics)->measure(weights, {}));
}

// For a linear map the noise adds ½ŝ² tr(T0 WWᵀ) in the mean; over n images its average fluctuates by 1/√n of its own standard deviation, and the
// cross term −ŝ Σ (x − VᵀWx)·VᵀWξ by that of its own. Five standard errors.
TEST(PoolJudge, NoiseAddsWhatTheFormulaSays) {
  const auto pool = random_pool(10000, 6);
  const auto statistics = image_statistics(pool);
  auto weights = random_weights(2, 6, 0.6, 3);
  weights.bias.setZero();
  const double noise = 0.3;
  const double clean = pool_judge(Activation::linear, 2, 1, pool, statistics)->measure(weights, {});
  const double noisy = pool_judge(Activation::linear, 2, 1, pool, statistics, noise)->measure(weights, {});
  const Eigen::MatrixXd map = weights.decoder.transpose() * weights.encoder, gram = map.transpose() * map;
  // ½ŝ²|Aξ|² has the variance ½ŝ⁴ tr((AᵀA)²); the cross term ŝ²E|Aᵀr|² ≤ ŝ²|A|² E|r|² = ŝ²|A|²·2 clean.
  const double variance = 0.5 * noise * noise * gram.squaredNorm() + noise * gram.trace() * 2.0 * clean;
  EXPECT_NEAR(noisy - clean, 0.5 * noise * gram.trace(), 5.0 * std::sqrt(variance / 10000.0));
  EXPECT_GT(0.5 * noise * gram.trace(), 10.0 * std::sqrt(variance / 10000.0)) << "the test sees nothing";
}

// Against the definition on the very columns that training_sample hands to full-batch descent; 300 samples fill two chunks and a part.
TEST(SampleJudge, IsTheAverageOverTheTrainingSet) {
  const auto population = gaussian_inputs(Spectrum({{2.0, 1}, {1.0, 1}, {0.3, 4}}));
  const RandomStream stream(31, 2);
  const Eigen::MatrixXd sample = training_sample(*population, stream, 300);
  const auto weights = random_weights(3, 6, 0.6, 12);
  for (const auto activation : {Activation::linear, Activation::erf, Activation::relu}) {
    for (const double noise : {0.0, 0.4}) {
      std::vector<double> explained(2);
      const double pmse = sample_judge(activation, 3, 2, *population, stream, 300, noise)->measure(weights, explained);
      PlainAverage plain(activation, weights, noise);
      for (Eigen::Index i = 0; i < 300; ++i) plain.add(sample.col(i), static_cast<std::uint64_t>(i), Eigen::VectorXd::Unit(6, 1));
      EXPECT_NEAR(pmse, plain.pmse(), 1e-13 * pmse * 300) << name(activation);
      EXPECT_NEAR(explained[1], plain.explained(), 1e-12) << name(activation);
    }
  }
}

// In turned coordinates (pixels), the same weights turned alike: the axes say where the components lie.
TEST(SampleJudge, FollowsComponentsAlongGivenAxes) {
  const auto pool = random_pool(200, 5);
  const auto statistics = image_statistics(pool);
  const auto population = image_inputs(pool, statistics);
  const RandomStream stream(8, 0);
  const auto weights = random_weights(2, 5, 0.6, 4);
  std::vector<double> explained(3);
  const Eigen::MatrixXd axes = statistics.eigenvectors.leftCols(3);
  const double pmse = sample_judge(Activation::erf, 2, 3, *population, stream, 50, 0.0, axes)->measure(weights, explained);
  const Eigen::MatrixXd sample = training_sample(*population, stream, 50);
  for (std::size_t m = 0; m < 3; ++m) {
    PlainAverage plain(Activation::erf, weights, 0.0);
    for (Eigen::Index i = 0; i < 50; ++i) plain.add(sample.col(i), 0, statistics.eigenvectors.col(static_cast<Eigen::Index>(m)));
    EXPECT_NEAR(explained[m], plain.explained(), 1e-12);
    EXPECT_NEAR(pmse, plain.pmse(), 1e-13);
  }
}

TEST(SampleJudge, NonFiniteWeightsGiveNaN) {
  const auto population = gaussian_inputs(Spectrum({{1.0, 3}}));
  auto weights = random_weights(2, 3, 0.6, 1);
  weights.encoder(1, 1) = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> explained(1, 0.0);
  EXPECT_TRUE(std::isnan(sample_judge(Activation::erf, 2, 1, *population, RandomStream(1, 0), 10, 0.1)->measure(weights, explained)));
  EXPECT_TRUE(std::isnan(explained[0]));
}

}  // namespace
}  // namespace aesweep
