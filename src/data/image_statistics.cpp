#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "aesweep/data/images.hpp"

namespace aesweep {

namespace {

/// Sums over the pool, exact: of the bytes, shape (D), and of the products of two bytes, shape (D, D), lower triangle.
struct Sums {
  Eigen::VectorXd byte;
  Eigen::MatrixXd product;
};

Sums sum_pool(const ImagePool& pool) {
  // 255² · 256 < 2^24: within a chunk the products add up exactly in single precision too, which is twice as fast.
  constexpr std::uint64_t kChunk = 256;
  const auto pixels = static_cast<Eigen::Index>(pool.pixels);
  Sums sums{Eigen::VectorXd::Zero(pixels), Eigen::MatrixXd::Zero(pixels, pixels)};
  Eigen::MatrixXf chunk, product(pixels, pixels);
  for (std::uint64_t first = 0; first < pool.count; first += kChunk) {
    const auto images = static_cast<Eigen::Index>(std::min(kChunk, pool.count - first));
    chunk = Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>>(pool.image(first).data(), pixels, images).cast<float>();
    sums.byte += chunk.rowwise().sum().cast<double>();
    product.setZero();
    product.selfadjointView<Eigen::Lower>().rankUpdate(chunk);
    sums.product.triangularView<Eigen::Lower>() += product.cast<double>();
  }
  return sums;
}

/// (n Σ x_i x_j − Σ x_i Σ x_j) / n², lower triangle: the numerator is exact up to 370 000 images, so that nothing cancels.
Eigen::MatrixXd covariance(Sums sums, std::uint64_t count) {
  const auto n = static_cast<double>(count);
  Eigen::MatrixXd& result = sums.product;
  result *= n;
  result.selfadjointView<Eigen::Lower>().rankUpdate(sums.byte, -1.0);
  result /= n * n;
  return std::move(result);
}

/// Turns each column so that its entry of largest modulus is positive.
void fix_signs(Eigen::MatrixXd& vectors) {
  for (auto column : vectors.colwise()) {
    Eigen::Index largest;
    column.cwiseAbs().maxCoeff(&largest);
    if (column[largest] < 0) column = -column;
  }
}

}  // namespace

ImageStatistics image_statistics(const ImagePool& pool) {
  const Sums sums = sum_pool(pool);
  Eigen::MatrixXd omega = covariance(sums, pool.count);
  const double trace = omega.trace();
  if (!(trace > 0)) throw std::runtime_error("all images are equal: they have no variance to learn");
  omega /= trace;  // = unit² Ω_bytes / D
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(omega);
  if (solver.info() != Eigen::Success) throw std::runtime_error("the eigen-decomposition of the images' covariance did not converge");
  ImageStatistics statistics{sums.byte / static_cast<double>(pool.count), std::sqrt(static_cast<double>(pool.pixels) / trace),
                             solver.eigenvalues().reverse().cwiseMax(0.0), solver.eigenvectors().rowwise().reverse()};
  fix_signs(statistics.eigenvectors);
  return statistics;
}

Spectrum ImageStatistics::spectrum() const {
  std::vector<EigenBlock> blocks;
  for (const double value : rho_hat) blocks.push_back({value, 1});
  return Spectrum(std::move(blocks));
}

}  // namespace aesweep
