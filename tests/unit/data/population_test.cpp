#include "aesweep/data/population.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace aesweep {
namespace {

constexpr double kFloor = 0.01;
const std::vector<double> kSpikes{0.5, 2.0, 1.0};   // sorted by the mixture

Eigen::MatrixXd spread_of(const GaussianMixture& mixture) {
  return mixture.spread.cols() == 1 ? mixture.spread.replicate(1, mixture.nodes()).eval() : mixture.spread;
}

Eigen::MatrixXd covariance(const GaussianMixture& mixture) {
  Eigen::MatrixXd result = mixture.mean * mixture.weight.asDiagonal() * mixture.mean.transpose();
  result.diagonal() += spread_of(mixture) * mixture.weight;
  return result;
}

/// E (x̌_m)⁴ of the mixture.
double fourth_moment(const GaussianMixture& mixture, Eigen::Index m) {
  const Eigen::ArrayXd mean = mixture.mean.row(m).transpose().array(), spread = spread_of(mixture).row(m).transpose().array();
  return (mixture.weight.array() * (mean.pow(4) + 6.0 * mean.square() * spread + 3.0 * spread.square())).sum();
}

struct LawCase {
  Latent latent;
  Eigen::Index nodes;
  double fourth;   // E c⁴
};
const double kPi = std::numbers::pi;
const std::vector<LawCase> kLaws{{{LatentLaw::rademacher}, 8, 1.0},
                                 {{LatentLaw::mixture, 0.1, 0.8}, 8, 3.0 - 2.0 * 0.4096},
                                 {{LatentLaw::sparse, 0.2}, 8, 15.0},
                                 {{LatentLaw::laplace}, 2744, 6.0},
                                 {{LatentLaw::nonnegative}, 4096, 3.0 + 8.0 * (kPi - 3.0) / ((kPi - 2.0) * (kPi - 2.0))}};

// Gauss rules integrate polynomials exactly: rounding alone is left.
TEST(LatentMixture, HasTheMomentsOfTheSpikedModel) {
  for (const auto& law : kLaws) {
    SCOPED_TRACE(static_cast<int>(law.latent.law));
    const auto mixture = latent_mixture(law.latent, kSpikes, kFloor);
    EXPECT_EQ(mixture->nodes(), law.nodes);
    EXPECT_NEAR(mixture->weight.sum(), 1.0, 1e-13);
    EXPECT_LT((mixture->mean * mixture->weight).cwiseAbs().maxCoeff(), 1e-13);
    const Eigen::Vector3d theta(2.0, 1.0, 0.5);
    EXPECT_LT((covariance(*mixture) - Eigen::MatrixXd((theta.array() + kFloor).matrix().asDiagonal())).cwiseAbs().maxCoeff(), 1e-13);
    for (Eigen::Index m = 0; m < 3; ++m) {
      const double expected = theta[m] * theta[m] * law.fourth + 6.0 * theta[m] * kFloor + 3.0 * kFloor * kFloor;
      EXPECT_NEAR(fourth_moment(*mixture, m), expected, 1e-12 * expected);
    }
  }
}

TEST(LatentMixture, OfGaussianLatentsIsNone) { EXPECT_EQ(latent_mixture({}, kSpikes, kFloor), nullptr); }

// More spikes than tensor rules take: samples with the exact covariance. Their fourth moments have a relative error of √((E c⁸/(E c⁴)² − 1)/4096):
// 12 % for sparse, 13 % for Laplace, 9 % for the half-normal; four of those are allowed.
TEST(LatentMixture, OfManySpikesKeepsTheCovariance) {
  const std::vector<double> spikes(14, 1.0);
  const std::vector<double> allowed{0.05, 0.05, 0.48, 0.52, 0.36};   // whitening mixes signs by 1/√4096
  for (std::size_t i = 0; i < kLaws.size(); ++i) {
    SCOPED_TRACE(static_cast<int>(kLaws[i].latent.law));
    const auto mixture = latent_mixture(kLaws[i].latent, spikes, 0.0);
    EXPECT_EQ(mixture->nodes(), kMostNodes);
    EXPECT_LT((mixture->mean * mixture->weight).cwiseAbs().maxCoeff(), 1e-12);
    EXPECT_LT((covariance(*mixture) - Eigen::MatrixXd::Identity(14, 14)).cwiseAbs().maxCoeff(), 1e-12);
    for (Eigen::Index m = 0; m < 14; ++m) EXPECT_NEAR(fourth_moment(*mixture, m), kLaws[i].fourth, allowed[i] * kLaws[i].fourth);
  }
}

TEST(LatentMixture, IsTheSameEveryTime) {
  const std::vector<double> spikes(14, 1.0);
  EXPECT_EQ(latent_mixture({LatentLaw::nonnegative}, spikes, 0.0)->mean, latent_mixture({LatentLaw::nonnegative}, spikes, 0.0)->mean);
}

TEST(Population, OfASpectrumIsGaussianAndWhole) {
  const Population population = Eigen::Vector3d(2.0, 1.0, 0.5);
  EXPECT_DOUBLE_EQ(population.total, 3.5);
  EXPECT_EQ(population.moving(), 3);
  EXPECT_EQ(population.mixture, nullptr);
}

}  // namespace
}  // namespace aesweep
