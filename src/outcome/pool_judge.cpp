#include <algorithm>
#include <cmath>
#include <limits>

#include "aesweep/outcome/judge.hpp"

namespace aesweep {
namespace {

constexpr std::uint64_t kChunk = 128;  // images converted to double at a time

class PoolJudge final : public Judge {
 public:
  PoolJudge(Activation activation, Eigen::Index hidden, Eigen::Index components, const ImagePool& pool, const ImageStatistics& statistics)
      : activation_(activation), pool_(pool), mean_(statistics.mean), unit_(statistics.unit / std::sqrt(static_cast<double>(pool.pixels))),
        judged_(std::min(pool.count, kPoolSample)), axes_(statistics.eigenvectors.leftCols(components)),
        inputs_(kChunk, static_cast<Eigen::Index>(pool.pixels)), code_(kChunk, hidden), along_(kChunk, hidden), coordinates_(kChunk, components),
        output_(components, hidden), T0_(hidden, hidden), residual_(components), variance_(components) {}

  double measure(const Weights& weights, std::span<double> explained) override {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    std::fill(explained.begin(), explained.end(), nan);
    if (!weights.finite()) return nan;
    T0_.noalias() = weights.decoder * weights.decoder.transpose();
    output_.noalias() = axes_.transpose() * weights.decoder.transpose();
    residual_.setZero();
    variance_.setZero();
    double squares = 0.0;
    for (std::uint64_t first = 0; first < judged_; first += kChunk) squares += judge_chunk(weights, first, std::min(kChunk, judged_ - first));
    for (std::size_t m = 0; m < explained.size(); ++m) {
      const auto i = static_cast<Eigen::Index>(m);
      if (variance_[i] > 0.0) explained[m] = 1.0 - residual_[i] / variance_[i];
    }
    return 0.5 * squares / static_cast<double>(judged_);
  }

 private:
  /// Σ |x̌ − x̂|² over a chunk of images; adds to the components' residuals and variances.
  double judge_chunk(const Weights& weights, std::uint64_t first, std::uint64_t count) {
    const auto rows = static_cast<Eigen::Index>(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto image = pool_.image((first + i) * pool_.count / judged_);
      for (std::size_t p = 0; p < image.size(); ++p)
        inputs_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(p)) = (image[p] - mean_[static_cast<Eigen::Index>(p)]) * unit_;
    }
    const auto x = inputs_.topRows(rows);
    auto code = code_.topRows(rows);
    auto along = along_.topRows(rows);
    auto coordinates = coordinates_.topRows(rows);
    code.noalias() = x * weights.encoder.transpose();
    along.noalias() = x * weights.decoder.transpose();
    coordinates.noalias() = x * axes_;
    double squares = 0.0;
    for (Eigen::Index i = 0; i < rows; ++i) {
      for (Eigen::Index k = 0; k < code.cols(); ++k) code(i, k) = evaluate(activation_, code(i, k) + weights.bias[k]).value;
      double quadratic = 0.0;
      for (Eigen::Index k = 0; k < code.cols(); ++k) quadratic += code(i, k) * (T0_.row(k).dot(code.row(i)) - 2.0 * along(i, k));
      squares += x.row(i).squaredNorm() + quadratic;
      for (Eigen::Index m = 0; m < coordinates.cols(); ++m) {
        const double error = coordinates(i, m) - output_.row(m).dot(code.row(i));
        residual_[m] += error * error;
        variance_[m] += coordinates(i, m) * coordinates(i, m);
      }
    }
    return squares;
  }

  Activation activation_;
  const ImagePool& pool_;
  const Eigen::VectorXd& mean_;
  double unit_;
  std::uint64_t judged_;
  Eigen::MatrixXd axes_;  // Ψ's leading columns, shape (D, components)
  RowMatrix inputs_, code_, along_, coordinates_, output_;
  RowMatrix T0_;
  Eigen::VectorXd residual_, variance_;
};

}  // namespace

std::unique_ptr<Judge> pool_judge(Activation activation, Eigen::Index hidden, Eigen::Index components, const ImagePool& pool,
                                  const ImageStatistics& statistics) {
  return std::make_unique<PoolJudge>(activation, hidden, components, pool, statistics);
}

}  // namespace aesweep
