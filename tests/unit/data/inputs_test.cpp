#include "aesweep/data/inputs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "aesweep/data/manifold_samples.hpp"
#include "allocations.hpp"

namespace aesweep {
namespace {

std::vector<double> draw(const InputSource& source, const RandomStream& stream, std::uint64_t step) {
  std::vector<double> x(static_cast<std::size_t>(source.dimension()));
  source.draw(stream, step, x);
  return x;
}

/// Largest entry of |empirical covariance − diag(ρ̂)|_ij / √(ρ̂_i ρ̂_j (1 + δ_ij) / n), in standard errors, over `n` draws.
double worst_deviation(const InputSource& source, const Eigen::VectorXd& rho_hat, std::uint64_t n) {
  const RandomStream stream(99, 0);
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(source.dimension(), source.dimension());
  Eigen::VectorXd x(source.dimension());
  for (std::uint64_t step = 0; step < n; ++step) {
    source.draw(stream, step, {x.data(), static_cast<std::size_t>(x.size())});
    sum += x * x.transpose();
  }
  const Eigen::MatrixXd expected = rho_hat.asDiagonal();
  Eigen::MatrixXd error = (rho_hat * rho_hat.transpose()).cwiseSqrt() / std::sqrt(static_cast<double>(n));
  error.diagonal() *= std::sqrt(2.0);
  return ((sum / static_cast<double>(n) - expected).cwiseAbs().array() / error.array()).maxCoeff();
}

ImagePool small_pool() {
  const std::uint64_t count = 50, pixels = 6;
  const std::shared_ptr<std::uint8_t[]> bytes(new std::uint8_t[count * pixels]);
  for (std::uint64_t i = 0; i < count * pixels; ++i) bytes[i] = static_cast<std::uint8_t>(i * i % 251);
  return {bytes, count, pixels};
}

TEST(GaussianInputs, CovarianceIsTheSpectrum) {
  const Spectrum spectrum({{2.0, 1}, {0.7, 2}, {0.01, 10}});
  const auto source = gaussian_inputs(spectrum);
  EXPECT_EQ(source->dimension(), 13);
  EXPECT_LT(worst_deviation(*source, spectrum.rho_hat(), 100000), 4.5);  // 91 entries in standard errors: P < 1e-3, key 99
}

TEST(GaussianInputs, AreTheStreamsNormals) {
  const Spectrum spectrum({{2.0, 1}, {0.7, 2}, {0.0, 4}});
  const RandomStream stream(8, 1);
  std::vector<double> z(7);
  stream.normals(Purpose::inputs, 123, z);
  const std::vector<double> x = draw(*gaussian_inputs(spectrum), stream, 123);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_DOUBLE_EQ(x[i], std::sqrt(spectrum[static_cast<Eigen::Index>(i)]) * z[i]);
}

TEST(SpikedInputs, CovarianceIsTheSpikedSpectrum) {
  const std::vector<double> spikes{0.5, 2.0, 1.0};  // the source sorts them
  const auto source = spiked_inputs(spikes, 0.8, 12);
  EXPECT_LT(worst_deviation(*source, spiked_spectrum(spikes, 0.8, 12).rho_hat(), 100000), 4.5);  // 78 entries, as above
}

TEST(SpikedInputs, AddLatentsToTheNoise) {
  const std::size_t dimension = 151, count = 101;  // more latents than are drawn at once
  std::vector<double> spikes(count), c(count), xi(dimension);
  for (std::size_t m = 0; m < count; ++m) spikes[m] = 200.0 - static_cast<double>(m);
  const RandomStream stream(8, 1);
  stream.normals(Purpose::latents, 55, c);
  stream.normals(Purpose::inputs, 55, xi);
  const std::vector<double> x = draw(*spiked_inputs(spikes, 4.0, 151), stream, 55);
  for (std::size_t i = 0; i < dimension; ++i) {
    const double noise = 2.0 / std::sqrt(151.0) * xi[i];
    EXPECT_NEAR(x[i], i < count ? std::sqrt(spikes[i]) * c[i] + noise : noise, 1e-14) << i;  // entries of size 40, rounded thrice
  }
}

TEST(SpikedInputs, TakeTheLatentsOfAnyLaw) {
  const std::vector<double> spikes(40, 2.25);
  const RandomStream stream(8, 1);
  using enum LatentLaw;
  for (const auto law : {gaussian, rademacher, laplace, sparse, nonnegative, mixture}) {
    std::vector<double> c(40), xi(50);
    draw_latents({law}, stream, 55, 0, c);
    stream.normals(Purpose::inputs, 55, xi);
    const std::vector<double> x = draw(*spiked_inputs(spikes, 0.5, 50, {law}), stream, 55);
    for (std::size_t i = 0; i < 40; ++i) EXPECT_NEAR(x[i], 1.5 * c[i] + 0.1 * xi[i], 1e-14) << i;   // roundings of entries below 10
  }
}

TEST(SpikedInputs, WithoutBulk) {
  const std::vector<double> x = draw(*spiked_inputs(std::vector{1.0}, 0.0, 4), RandomStream(1, 0), 0);
  EXPECT_NE(x[0], 0.0);
  EXPECT_EQ(x[1], 0.0);
  EXPECT_EQ(x[3], 0.0);
}

TEST(ImageInputs, AreTheChosenImages) {
  const ImagePool pool = small_pool();
  const ImageStatistics statistics = image_statistics(pool);
  const auto source = image_inputs(pool, statistics);
  const RandomStream stream(21, 2);
  std::vector<int> hits(pool.count);
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const std::uint64_t chosen = stream.index(Purpose::image, step, pool.count);
    ++hits[chosen];
    const std::vector<double> x = draw(*source, stream, step);
    for (std::size_t p = 0; p < 6; ++p) {
      const double byte = pool.image(chosen)[p];
      EXPECT_EQ(x[p], (byte - statistics.mean[static_cast<Eigen::Index>(p)]) * (statistics.unit / std::sqrt(6.0)));
    }
  }
  EXPECT_GT(*std::min_element(hits.begin(), hits.end()), 0);  // P(some image never drawn) = 50 · 0.98^1000 = 1e-7
}

TEST(ImageInputs, WholePoolHasTheSpectrumInTheEigenbasis) {
  const ImagePool pool = small_pool();
  const ImageStatistics statistics = image_statistics(pool);
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(6, 6);
  for (std::uint64_t i = 0; i < pool.count; ++i) {
    const ImagePool one{std::shared_ptr<const std::uint8_t[]>(pool.bytes, pool.image(i).data()), 1, pool.pixels};
    const std::vector<double> x = draw(*image_inputs(one, statistics), RandomStream(1, 0), 0);
    const Eigen::VectorXd y = statistics.eigenvectors.transpose() * Eigen::Map<const Eigen::VectorXd>(x.data(), 6);
    sum += y * y.transpose() / static_cast<double>(pool.count);
  }
  EXPECT_LT((sum - Eigen::MatrixXd(statistics.rho_hat.asDiagonal())).cwiseAbs().maxCoeff(), 1e-14);  // roundings of 50 terms below 1
}

class AnySource : public ::testing::TestWithParam<int> {
 protected:
  std::unique_ptr<InputSource> source() const {
    if (GetParam() == 0) return gaussian_inputs(Spectrum({{2.0, 1}, {0.1, 40}}));
    if (GetParam() == 1) return spiked_inputs(std::vector{2.0, 1.0, 0.5}, 1.0, 41);
    if (GetParam() == 3) return spiked_inputs(std::vector{2.0, 1.0, 0.5}, 1.0, 41, {LatentLaw::laplace});
    if (GetParam() == 4) return spiked_inputs(std::vector{2.0, 1.0, 0.5}, 1.0, 41, {LatentLaw::sparse});
    return image_inputs(pool_, statistics_);
  }

 private:
  ImagePool pool_ = small_pool();
  ImageStatistics statistics_ = image_statistics(pool_);
};

TEST_P(AnySource, DependsOnStreamAndStepAlone) {
  const auto a = source(), b = source();
  const std::vector<double> first = draw(*a, RandomStream(4, 0), 1000);
  for (std::uint64_t step = 0; step < 20; ++step) draw(*b, RandomStream(5, 7), step);
  EXPECT_EQ(draw(*b, RandomStream(4, 0), 1000), first);
  EXPECT_NE(draw(*b, RandomStream(4, 0), 1001), first);
  EXPECT_NE(draw(*b, RandomStream(4, 1), 1000), first);
  EXPECT_NE(draw(*b, RandomStream(5, 0), 1000), first);
}

TEST_P(AnySource, DrawsWithoutAllocating) {
  const auto inputs = source();
  const std::size_t at_start = testing::allocations;
  std::vector<double> x(static_cast<std::size_t>(inputs->dimension()));
  const std::size_t before = testing::allocations;
  for (std::uint64_t step = 0; step < 10; ++step) inputs->draw(RandomStream(4, 0), step, x);
  EXPECT_EQ(testing::allocations, before);
  EXPECT_GT(before, at_start);  // the counter counts
}

TEST(ManifoldSamples, DrawWithoutAllocating) {
  for (const ManifoldKind kind : all_manifolds()) {
    const RandomStream stream(27, 0);
    const ManifoldSamples samples(Manifold::make(kind), random_isometry(5, facts(kind).ambient, stream), 0.1, 1000, stream);
    std::vector<double> batch(16 * 5);
    const std::size_t before = testing::allocations;
    samples.draw(3, batch);
    EXPECT_EQ(testing::allocations, before) << name(kind);
  }
}

std::string source_name(const ::testing::TestParamInfo<int>& source) {
  const char* const names[] = {"gaussian", "spiked", "images", "laplace", "sparse"};
  return names[source.param];
}

INSTANTIATE_TEST_SUITE_P(Inputs, AnySource, ::testing::Values(0, 1, 2, 3, 4), source_name);

}  // namespace
}  // namespace aesweep
