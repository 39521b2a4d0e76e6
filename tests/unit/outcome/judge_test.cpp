#include "aesweep/outcome/judge.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "random_weights.hpp"

namespace aesweep {
namespace {

using testing::random_weights;

// The formulas of equations.md §4 against a direct average over samples of inputs, noise included; five standard errors are allowed.
TEST(PopulationJudge, AgreesWithAverageOverSamples) {
  const Eigen::Index K = 2, n = 4;
  Eigen::VectorXd rho_hat(n);
  rho_hat << 2.0, 1.0, 0.4, 0.0;
  const double noise = 0.3;
  for (const auto activation : all_activations()) {
    const auto weights = random_weights(K, n, 0.6, 17);
    std::vector<double> explained(static_cast<std::size_t>(n));
    const double pmse = population_judge(activation, K, rho_hat, rho_hat.sum(), noise)->measure(weights, explained);

    std::mt19937_64 engine(99);
    std::normal_distribution<double> normal;
    const auto draw = [&] { return normal(engine); };
    const int samples = 400'000;
    double squares = 0.0, fourth = 0.0;
    Eigen::VectorXd residual = Eigen::VectorXd::Zero(n), spread = residual, x(n), seen(n), output(n);
    for (int s = 0; s < samples; ++s) {
      for (Eigen::Index i = 0; i < n; ++i) {
        x[i] = std::sqrt(rho_hat[i]) * draw();
        seen[i] = x[i] + std::sqrt(noise) * draw();
      }
      output.setZero();
      for (Eigen::Index k = 0; k < K; ++k)
        output += evaluate(activation, weights.encoder.row(k).dot(seen.transpose()) + weights.bias[k]).value * weights.decoder.row(k).transpose();
      const double square = (x - output).squaredNorm();
      squares += square;
      fourth += square * square;
      residual += (x - output).cwiseAbs2();
      spread += (x - output).cwiseAbs2().cwiseAbs2();
    }
    const auto standard_error = [&](double sum, double sum_of_squares) {
      return std::sqrt(sum_of_squares / samples - sum * sum / samples / samples) / std::sqrt(samples);
    };
    EXPECT_NEAR(pmse, 0.5 * squares / samples, 2.5 * standard_error(squares, fourth)) << name(activation);
    for (Eigen::Index m = 0; m < n - 1; ++m)
      EXPECT_NEAR(explained[static_cast<std::size_t>(m)], 1.0 - residual[m] / samples / rho_hat[m], 5.0 * standard_error(residual[m], spread[m]) / rho_hat[m])
          << name(activation) << " component " << m;
    EXPECT_TRUE(std::isnan(explained[3]));
  }
}

// pmse = ½ Σ ρ̂_m (1 − R²_m) over ρ̂_m > 0, an identity   [equations.md §4].
TEST(PopulationJudge, ErrorIsTheUnexplainedVariance) {
  Eigen::VectorXd rho_hat(5);
  rho_hat << 3.0, 1.0, 0.5, 0.2, 0.1;
  for (const auto activation : all_activations()) {
    std::vector<double> explained(5);
    const double pmse = population_judge(activation, 3, rho_hat, rho_hat.sum(), 0.2)->measure(random_weights(3, 5, 0.6, 4), explained);
    double unexplained = 0.0;
    for (std::size_t m = 0; m < 5; ++m) unexplained += 0.5 * rho_hat[static_cast<Eigen::Index>(m)] * (1.0 - explained[m]);
    EXPECT_NEAR(pmse, unexplained, 1e-13 * std::abs(pmse)) << name(activation);
  }
}

TEST(PopulationJudge, PerfectLinearNetworkReachesPca) {
  const Eigen::VectorXd rho_hat = Eigen::Vector3d(2.0, 1.0, 0.5);
  Weights weights{RowMatrix::Zero(2, 3), RowMatrix::Zero(2, 3), Eigen::Vector2d::Zero()};
  weights.encoder(0, 0) = weights.decoder(0, 0) = weights.encoder(1, 1) = weights.decoder(1, 1) = 1.0;
  std::vector<double> explained(3);
  EXPECT_DOUBLE_EQ(population_judge(Activation::linear, 2, rho_hat, 3.5, 0.0)->measure(weights, explained), 0.25);
  EXPECT_DOUBLE_EQ(explained[0], 1.0);
  EXPECT_DOUBLE_EQ(explained[1], 1.0);
  EXPECT_DOUBLE_EQ(explained[2], 0.0);
}

TEST(PopulationJudge, NonFiniteWeightsGiveNaN) {
  auto weights = random_weights(2, 3, 0.6, 1);
  weights.bias[1] = std::numeric_limits<double>::infinity();
  std::vector<double> explained(1, 0.0);
  EXPECT_TRUE(std::isnan(population_judge(Activation::erf, 2, Eigen::Vector3d(2, 1, 1), 4.0, 0.0)->measure(weights, explained)));
  EXPECT_TRUE(std::isnan(explained[0]));
}

// Rows along the first and third axis, of any length and however mixed, leave the second: ½(total − ρ̂_1 − ρ̂_3).
TEST(ProjectorError, DependsOnTheSubspaceAlone) {
  const Eigen::VectorXd rho_hat = Eigen::Vector4d(2.0, 1.0, 0.5, 0.25);
  RowMatrix rows = RowMatrix::Zero(2, 4);
  rows << 3.0, 0.0, 1.0, 0.0, -0.01, 0.0, 0.02, 0.0;
  EXPECT_NEAR(projector_error(rows, rho_hat, 3.75), 0.5 * (1.0 + 0.25), 1e-14);
  rows.row(1) = -2.0 * rows.row(0);   // dependent rows span (3, 0, 1, 0)/√10 alone
  EXPECT_NEAR(projector_error(rows, rho_hat, 3.75), 0.5 * (3.75 - (9.0 * 2.0 + 0.5) / 10.0), 1e-14);
  EXPECT_NEAR(projector_error(RowMatrix::Zero(2, 4), rho_hat, 3.75), 0.5 * 3.75, 1e-14);
}

TEST(AlignmentError, IsTheMeanOfTheRowsByThemselves) {
  const Eigen::VectorXd rho_hat = Eigen::Vector3d(2.0, 1.0, 0.5);
  RowMatrix rows = RowMatrix::Zero(2, 3);
  rows(0, 0) = 1e200;
  rows(1, 1) = -1e-3;
  EXPECT_NEAR(alignment_error(rows, rho_hat, 3.5), 0.5 * (0.5 * 1.5 + 0.5 * 2.5), 1e-14);
}

ImagePool random_pool(std::uint64_t count, std::uint64_t pixels) {
  std::mt19937 engine(5);
  auto bytes = std::make_shared<std::uint8_t[]>(count * pixels);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto base = engine() % 100;
    for (std::uint64_t p = 0; p < pixels; ++p) bytes[i * pixels + p] = static_cast<std::uint8_t>(base + engine() % (20 * (p + 1)));
  }
  return {bytes, count, pixels};
}

// A linear map's error on a pool depends on its covariance alone: the population formula with the empirical spectrum is exact, to rounding.
TEST(PoolJudge, EqualsThePopulationFormulaForALinearMap) {
  const auto pool = random_pool(333, 7);
  const auto statistics = image_statistics(pool);
  auto weights = random_weights(2, 7, 0.6, 8);
  weights.bias.setZero();
  std::vector<double> on_pool(3), by_formula(3);
  Weights pixels{weights.encoder * statistics.eigenvectors.transpose(), weights.decoder * statistics.eigenvectors.transpose(), weights.bias};
  const double direct = pool_judge(Activation::linear, 2, 3, pool, statistics)->measure(pixels, on_pool);
  const double formula = population_judge(Activation::linear, 2, statistics.rho_hat, statistics.rho_hat.sum(), 0.0)->measure(weights, by_formula);
  EXPECT_NEAR(direct, formula, 1e-12 * formula);
  for (std::size_t m = 0; m < 3; ++m) EXPECT_NEAR(on_pool[m], by_formula[m], 1e-10);
}

// For a non-linear map: against the definition, image by image.
TEST(PoolJudge, IsTheAverageOverImages) {
  const auto pool = random_pool(150, 5);
  const auto statistics = image_statistics(pool);
  const auto weights = random_weights(3, 5, 0.6, 12);
  std::vector<double> explained(2);
  const double pmse = pool_judge(Activation::relu, 3, 2, pool, statistics)->measure(weights, explained);
  double squares = 0.0, residual = 0.0, variance = 0.0;
  for (std::uint64_t i = 0; i < pool.count; ++i) {
    Eigen::VectorXd x(5);
    for (Eigen::Index p = 0; p < 5; ++p) x[p] = (pool.image(i)[static_cast<std::size_t>(p)] - statistics.mean[p]) * statistics.unit / std::sqrt(5.0);
    Eigen::VectorXd output = Eigen::VectorXd::Zero(5);
    for (Eigen::Index k = 0; k < 3; ++k)
      output += std::max(0.0, weights.encoder.row(k).dot(x.transpose()) + weights.bias[k]) * weights.decoder.row(k).transpose();
    squares += (x - output).squaredNorm();
    const double along = statistics.eigenvectors.col(1).dot(x), error = along - statistics.eigenvectors.col(1).dot(output);
    residual += error * error;
    variance += along * along;
  }
  EXPECT_NEAR(pmse, 0.5 * squares / 150.0, 1e-12);
  EXPECT_NEAR(explained[1], 1.0 - residual / variance, 1e-11);
}

}  // namespace
}  // namespace aesweep
