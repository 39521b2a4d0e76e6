#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "aesweep/data/images.hpp"
#include "aesweep/data/random.hpp"
#include "helpers.hpp"

namespace aesweep {
namespace {

ImagePool make_pool(const std::vector<std::uint8_t>& values, std::uint64_t pixels) {
  const std::shared_ptr<std::uint8_t[]> bytes(new std::uint8_t[values.size()]);
  std::copy(values.begin(), values.end(), bytes.get());
  return {bytes, values.size() / pixels, pixels};
}

/// Bytes of correlated pixels; the last pixel is constant.
std::vector<std::uint8_t> random_images(std::uint64_t count, std::uint64_t pixels) {
  const RandomStream stream(3, 0);
  std::vector<std::uint8_t> values(count * pixels, 17);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t common = stream.index(Purpose::latents, i, 128);
    for (std::uint64_t p = 0; p + 1 < pixels; ++p) {
      values[i * pixels + p] = static_cast<std::uint8_t>(common * (p % 3) / 2 + stream.index(Purpose::inputs, i * pixels + p, 100 + p));
    }
  }
  return values;
}

/// Covariance of the bytes in the plainest way: in long double, from the centred bytes.
Eigen::MatrixXd plain_covariance(const ImagePool& pool) {
  using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const auto n = static_cast<Eigen::Index>(pool.count), d = static_cast<Eigen::Index>(pool.pixels);
  Matrix x = Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>>(pool.bytes.get(), d, n).cast<long double>();
  x.colwise() -= x.rowwise().mean().eval();
  return (x * x.transpose() / static_cast<long double>(n)).cast<double>();
}

TEST(ImageStatistics, ByHand) {
  // Bytes (0, 0), (4, 0), (0, 2), (4, 2): mean (2, 1), variances 4 and 1.
  const ImageStatistics statistics = image_statistics(make_pool({0, 0, 4, 0, 0, 2, 4, 2}, 2));
  EXPECT_EQ(statistics.mean, Eigen::Vector2d(2, 1));
  EXPECT_DOUBLE_EQ(statistics.unit, std::sqrt(2.0 / 5.0));
  EXPECT_DOUBLE_EQ(statistics.rho_hat[0], 0.8);
  EXPECT_DOUBLE_EQ(statistics.rho_hat[1], 0.2);
  EXPECT_TRUE(statistics.eigenvectors.isApprox(Eigen::Matrix2d::Identity(), 1e-15));
}

TEST(ImageStatistics, DiagonalisesTheCovariance) {
  const Eigen::Index d = 30;
  const ImagePool pool = make_pool(random_images(700, 30), 30);  // two full chunks of the implementation and a part
  const ImageStatistics statistics = image_statistics(pool);
  const Eigen::MatrixXd omega = plain_covariance(pool) * statistics.unit * statistics.unit;
  EXPECT_NEAR(omega.trace(), static_cast<double>(d), 1e-12);
  EXPECT_NEAR(statistics.rho_hat.sum(), 1.0, 1e-13);
  const Eigen::MatrixXd& psi = statistics.eigenvectors;
  // Backward error of a symmetric eigensolver: a few D·ε·‖Ω‖ = 30 · 2e-16 · 20.
  EXPECT_LT((psi.transpose() * omega * psi / d - Eigen::MatrixXd(statistics.rho_hat.asDiagonal())).cwiseAbs().maxCoeff(), 1e-13);
  EXPECT_LT((psi.transpose() * psi - Eigen::MatrixXd::Identity(d, d)).cwiseAbs().maxCoeff(), 1e-13);
  EXPECT_TRUE(std::is_sorted(statistics.rho_hat.begin(), statistics.rho_hat.end(), std::greater()));
  EXPECT_GE(statistics.rho_hat.minCoeff(), 0.0);
  EXPECT_NEAR(statistics.rho_hat[d - 1], 0.0, 1e-15);  // the constant pixel
  EXPECT_EQ(statistics.mean[d - 1], 17.0);
}

TEST(ImageStatistics, LargestEntryOfEachEigenvectorIsPositive) {
  const Eigen::MatrixXd psi = image_statistics(make_pool(random_images(300, 20), 20)).eigenvectors;
  for (const auto& column : psi.colwise()) EXPECT_EQ(column.maxCoeff(), column.cwiseAbs().maxCoeff());
}

TEST(ImageStatistics, SameBitsInAnyOrder) {
  const std::uint64_t count = 1000, pixels = 40;
  const std::vector<std::uint8_t> values = random_images(count, pixels);
  std::vector<std::uint8_t> shuffled;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto image = values.begin() + static_cast<std::ptrdiff_t>(i * 387 % count * pixels);  // 387 and 1000 have no common factor
    shuffled.insert(shuffled.end(), image, image + static_cast<std::ptrdiff_t>(pixels));
  }
  ASSERT_NE(values, shuffled);
  const ImageStatistics a = image_statistics(make_pool(values, pixels)), b = image_statistics(make_pool(shuffled, pixels));
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_EQ(a.unit, b.unit);
  EXPECT_EQ(a.rho_hat, b.rho_hat);
  EXPECT_EQ(a.eigenvectors, b.eigenvectors);
}

TEST(ImageStatistics, BrightImagesDoNotOverflowAChunk) {
  // All bytes 255 but for one pixel of one image: sums of products reach 255² a chunk's length, the variance is 255²/n (1 − 1/n).
  const std::uint64_t count = 2048;
  std::vector<std::uint8_t> values(count * 2, 255);
  values[1] = 0;
  const ImageStatistics statistics = image_statistics(make_pool(values, 2));
  const double n = static_cast<double>(count);
  EXPECT_EQ(statistics.mean[0], 255.0);
  EXPECT_EQ(statistics.mean[1], 255.0 * (1 - 1 / n));
  EXPECT_DOUBLE_EQ(statistics.unit, std::sqrt(2 / (255.0 * 255.0 / n * (1 - 1 / n))));
}

TEST(ImageStatistics, SpectrumHoldsTheEigenvalues) {
  const ImageStatistics statistics = image_statistics(make_pool(random_images(5, 20), 20));  // fewer images than pixels: rank ≤ 4
  EXPECT_EQ(statistics.spectrum().rho_hat(), statistics.rho_hat);
  EXPECT_NEAR(statistics.spectrum().tail(4), 0.0, 1e-14);
  EXPECT_GT(statistics.spectrum()[3], 1e-3);
}

TEST(ImageStatistics, EqualImagesAreRefused) {
  EXPECT_EQ(testing::message_of<std::runtime_error>([] { image_statistics(make_pool({1, 2, 3, 1, 2, 3}, 3)); }),
            "all images are equal: they have no variance to learn");
}

}  // namespace
}  // namespace aesweep
