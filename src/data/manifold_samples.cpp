#include "aesweep/data/manifold_samples.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

namespace aesweep {

namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 48;   // steps of a stream
constexpr std::size_t kNoise = 32;                            // first of the normals that are noise: after the block of the place

/// Uniform in [0, 1) with 53 bits.
double uniform(std::uint32_t low, std::uint32_t high) { return 0x1p-53 * static_cast<double>(std::uint64_t{high} << 21 | low >> 11); }

}  // namespace

Eigen::MatrixXd random_isometry(Eigen::Index dimension, Eigen::Index ambient, const RandomStream& stream) {
  assert(dimension >= ambient);
  Eigen::MatrixXd columns = Eigen::MatrixXd::Identity(dimension, ambient);
  if (dimension == ambient) return columns;
  for (Eigen::Index j = 0; j < ambient; ++j)
    stream.normals(Purpose::isometry, static_cast<std::uint64_t>(j), {columns.col(j).data(), static_cast<std::size_t>(dimension)});
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(columns);
  columns = qr.householderQ() * Eigen::MatrixXd::Identity(dimension, ambient);
  for (Eigen::Index j = 0; j < ambient; ++j)
    if (qr.matrixQR()(j, j) < 0.0) columns.col(j) *= -1.0;
  return columns;
}

void embed(const Eigen::MatrixXd& isometry, const Eigen::Vector3d& y, std::span<double> x) {
  for (Eigen::Index i = 0; i < isometry.rows(); ++i) {
    double sum = 0.0;
    for (Eigen::Index j = 0; j < isometry.cols(); ++j) sum += isometry(i, j) * y[j];
    x[static_cast<std::size_t>(i)] = sum;
  }
}

ManifoldSamples::ManifoldSamples(std::shared_ptr<const Manifold> manifold, Eigen::MatrixXd isometry, double noise, std::uint64_t samples,
                                 const RandomStream& stream)
    : manifold_(std::move(manifold)),
      isometry_(std::move(isometry)),
      is_natural_(isometry_.rows() == isometry_.cols() && isometry_.isIdentity(0.0)),
      noise_(noise),
      samples_(samples),
      stream_(stream) {
  assert(isometry_.cols() == manifold_->facts().ambient && noise >= 0.0);
  if (samples > kMost) throw std::invalid_argument(fmt::format("a training set needs 1 to 2^48 samples, not {}", samples));
}

void ManifoldSamples::draw(std::uint64_t step, std::span<double> batch) const {
  const auto n = static_cast<std::size_t>(dimension());
  assert(batch.size() % n == 0);
  const std::size_t size = batch.size() / n;
  for (std::size_t j = 0; j < size; ++j) {
    const std::uint64_t number = size * step + j;
    sample(samples_ == 0 ? number : stream_.index(Purpose::training_index, number, samples_), batch.subspan(j * n, n));
  }
}

void ManifoldSamples::sample(std::uint64_t i, std::span<double> x) const {
  const auto [word] = stream_.block(Purpose::inputs, i, 0);
  const auto component = static_cast<int>((word[2] & 0x7ffU) * static_cast<std::uint32_t>(manifold_->facts().components) >> 11);
  const Eigen::Vector3d y = manifold_->point(manifold_->place(component, uniform(word[0], word[1]), uniform(word[2], word[3])));
  if (is_natural_)
    std::copy_n(y.data(), x.size(), x.data());
  else
    embed(isometry_, y, x);
  if (noise_ == 0.0) return;
  double xi[kNoise];
  for (std::size_t first = 0; first < x.size(); first += kNoise) {
    const std::size_t count = std::min(kNoise, x.size() - first);
    stream_.normals(Purpose::inputs, i, kNoise + first, {xi, count});
    for (std::size_t j = 0; j < count; ++j) x[first + j] += noise_ * xi[j];
  }
}

}  // namespace aesweep
