#include "sample_judge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace aesweep {
namespace {

/// Inputs worked on at a time: 128, fewer where they would fill more than 8 MB.
Eigen::Index chunk_rows(Eigen::Index dimension) { return std::clamp<Eigen::Index>((Eigen::Index{1} << 20) / dimension, 8, 128); }

std::span<double> row_of(RowMatrix& matrix, Eigen::Index i) { return {matrix.row(i).data(), static_cast<std::size_t>(matrix.cols())}; }

}  // namespace

SampleJudge::SampleJudge(Activation activation, Eigen::Index hidden, Eigen::Index dimension, Eigen::Index components, std::uint64_t count,
                         Input input, Eigen::MatrixXd axes, double noise)
    : activation_(activation), count_(count), input_(std::move(input)), axes_(std::move(axes)), noise_width_(std::sqrt(noise)),
      noise_(kHeldOutKey, 0), inputs_(chunk_rows(dimension), dimension), noisy_(noise > 0.0 ? inputs_.rows() : 0, dimension),
      code_(inputs_.rows(), hidden), along_(inputs_.rows(), hidden), coordinates_(inputs_.rows(), components), output_(components, hidden),
      T0_(hidden, hidden), residual_(components), variance_(components) {}

double SampleJudge::measure(const Weights& weights, std::span<double> explained) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  std::fill(explained.begin(), explained.end(), nan);
  if (!weights.finite()) return nan;
  T0_.noalias() = weights.decoder * weights.decoder.transpose();
  if (axes_.size() > 0) {
    output_.noalias() = axes_.transpose() * weights.decoder.transpose();
  } else {
    output_ = weights.decoder.leftCols(output_.rows()).transpose();
  }
  residual_.setZero();
  variance_.setZero();
  double squares = 0.0;
  const auto chunk = static_cast<std::uint64_t>(inputs_.rows());
  for (std::uint64_t first = 0; first < count_; first += chunk) squares += judge_chunk(weights, fill_chunk(first));
  for (std::size_t m = 0; m < explained.size(); ++m) {
    const auto i = static_cast<Eigen::Index>(m);
    if (variance_[i] > 0.0) explained[m] = 1.0 - residual_[i] / variance_[i];
  }
  return 0.5 * squares / static_cast<double>(count_);
}

/// Inputs from `first` on, as many as there are; returns how many.
Eigen::Index SampleJudge::fill_chunk(std::uint64_t first) {
  const auto rows = static_cast<Eigen::Index>(std::min(static_cast<std::uint64_t>(inputs_.rows()), count_ - first));
  for (Eigen::Index i = 0; i < rows; ++i) {
    const std::uint64_t number = input_(first + static_cast<std::uint64_t>(i), row_of(inputs_, i));
    if (noisy_.rows() == 0) continue;
    noise_.normals(Purpose::held_out, number, row_of(noisy_, i));
    noisy_.row(i) = inputs_.row(i) + noise_width_ * noisy_.row(i);
  }
  return rows;
}

/// Σ |x̌ − x̂|² over a chunk; adds to the components' residuals and variances.
double SampleJudge::judge_chunk(const Weights& weights, Eigen::Index rows) {
  const auto x = inputs_.topRows(rows);
  const auto seen = (noisy_.rows() > 0 ? noisy_ : inputs_).topRows(rows);
  auto code = code_.topRows(rows);
  auto along = along_.topRows(rows);
  auto coordinates = coordinates_.topRows(rows);
  code.noalias() = seen * weights.encoder.transpose();
  along.noalias() = x * weights.decoder.transpose();
  if (axes_.size() > 0) {
    coordinates.noalias() = x * axes_;
  } else {
    coordinates = x.leftCols(coordinates.cols());
  }
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

std::unique_ptr<Judge> sample_judge(Activation activation, Eigen::Index hidden, Eigen::Index components, const InputSource& population,
                                    const RandomStream& stream, std::uint64_t samples, double noise, Eigen::MatrixXd axes) {
  const auto input = [&population, stream](std::uint64_t i, std::span<double> x) {
    population.draw(stream, i, x);
    return i;
  };
  return std::make_unique<SampleJudge>(activation, hidden, population.dimension(), components, samples, input, std::move(axes), noise);
}

}  // namespace aesweep
