#include "aesweep/data/eigenvectors.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "hdf5_input.hpp"

namespace aesweep {

struct Eigenbasis::Map {
  virtual ~Map() = default;
  virtual RowMatrix to_pixels(RowMatrix rows) const = 0;
  virtual RowMatrix to_eigenbasis(RowMatrix rows) const = 0;
};

namespace {

/// Shortest part of a sinusoid, relative to its length, that the earlier ones may leave of it: its square is the precision of a Gram matrix.
constexpr double kIndependent = 1e-8;
constexpr double kOrthonormal = 1e-8;

class Dense final : public Eigenbasis::Map {
 public:
  explicit Dense(Eigen::MatrixXd vectors) : vectors_(std::move(vectors)) {}
  RowMatrix to_pixels(RowMatrix rows) const override { return rows * vectors_.transpose(); }
  RowMatrix to_eigenbasis(RowMatrix rows) const override { return rows * vectors_; }

 private:
  Eigen::MatrixXd vectors_;  // Ψ
};

/// Ψ = Q diag(s, 1) with A = QR, s_m the sign of R_mm: then ψ_m·a_m = |R_mm| > 0.
class Reflections final : public Eigenbasis::Map {
 public:
  explicit Reflections(const Eigen::MatrixXd& directions)
      : qr_(directions), sign_(qr_.matrixQR().diagonal().unaryExpr([](double r) { return r < 0.0 ? -1.0 : 1.0; })) {}

  /// |R_mm|: the length of what columns before m leave of column m.
  Eigen::VectorXd remainders() const { return qr_.matrixQR().diagonal().cwiseAbs(); }

  RowMatrix to_pixels(RowMatrix rows) const override {
    rows.leftCols(sign_.size()) *= sign_.asDiagonal();
    Eigen::MatrixXd columns = rows.transpose();
    columns.applyOnTheLeft(qr_.householderQ());
    return columns.transpose();
  }

  RowMatrix to_eigenbasis(RowMatrix rows) const override {
    Eigen::MatrixXd columns = rows.transpose();
    columns.applyOnTheLeft(qr_.householderQ().adjoint());
    rows = columns.transpose();
    rows.leftCols(sign_.size()) *= sign_.asDiagonal();
    return rows;
  }

 private:
  Eigen::HouseholderQR<Eigen::MatrixXd> qr_;
  Eigen::VectorXd sign_;
};

/// Sinusoids of unit length, shape (D, modes). Pixel 0 is a node of all: what is left of them is D − 1 coordinates.
Eigen::MatrixXd sinusoids(Eigen::Index dimension, Eigen::Index modes) {
  Eigen::MatrixXd result(dimension, modes);
  for (Eigen::Index m = 0; m < modes; ++m) {
    for (Eigen::Index i = 0; i < dimension; ++i) result(i, m) = std::sin(static_cast<double>((m + 1) * i) / 100.0);
    result.col(m).normalize();
  }
  return result;
}

/// Place and size of the largest entry of |ΨᵀΨ − 1|, in blocks of columns to spare memory.
struct Deviation {
  Eigen::Index row = 0, column = 0;
  double size = 0.0;
};
Deviation deviation(const Eigen::MatrixXd& vectors) {
  constexpr Eigen::Index kBlock = 128;
  Deviation worst;
  for (Eigen::Index first = 0; first < vectors.cols(); first += kBlock) {
    const Eigen::Index count = std::min(kBlock, vectors.cols() - first);
    Eigen::MatrixXd gram = vectors.leftCols(first + count).transpose() * vectors.middleCols(first, count);
    gram.bottomRows(count).diagonal().array() -= 1.0;
    Deviation here;
    here.size = gram.cwiseAbs().maxCoeff(&here.row, &here.column);
    here.column += first;
    if (here.size > worst.size) worst = here;
  }
  return worst;
}

}  // namespace

Eigenbasis Eigenbasis::identity(Eigen::Index dimension) { return {dimension, nullptr}; }

Eigenbasis Eigenbasis::sinusoidal(Eigen::Index dimension, Eigen::Index modes) {
  if (modes >= dimension) {
    throw std::invalid_argument(fmt::format("{} sinusoids, all 0 at their first pixel, can't be independent in {} dimensions", modes, dimension));
  }
  const auto map = std::make_shared<const Reflections>(sinusoids(dimension, modes));
  const Eigen::VectorXd remainders = map->remainders();
  for (Eigen::Index m = 0; m < modes; ++m) {
    if (!(remainders[m] > kIndependent)) {
      throw std::invalid_argument(fmt::format("sinusoidal eigenvectors degenerate: in {} dimensions sinusoid {} of {} is a combination of "
                                              "the ones before it, up to {:.1e} of its length (more than {:.0e} is needed)",
                                              dimension, m + 1, modes, remainders[m], kIndependent));
    }
  }
  return {dimension, map};
}

Eigenbasis Eigenbasis::dense(Eigen::MatrixXd vectors) {
  assert(vectors.rows() == vectors.cols());
  const Eigen::Index dimension = vectors.rows();
  return {dimension, std::make_shared<const Dense>(std::move(vectors))};
}

RowMatrix Eigenbasis::to_pixels(RowMatrix rows) const {
  assert(rows.cols() == dimension_);
  return map_ ? map_->to_pixels(std::move(rows)) : std::move(rows);
}

RowMatrix Eigenbasis::to_eigenbasis(RowMatrix rows) const {
  assert(rows.cols() == dimension_);
  return map_ ? map_->to_eigenbasis(std::move(rows)) : std::move(rows);
}

Eigenbasis read_eigenvectors(const std::string& path) {
  const Hdf5Input file(path);
  const hsize_t dimension = file.shape("eigenvalues", 1, "[D]").front();
  const auto D = static_cast<Eigen::Index>(dimension);
  const char* const name = "eigenvectors";
  if (!file.has(name)) return Eigenbasis::identity(D);
  const std::vector<hsize_t> expected{dimension, dimension};
  if (const auto found = file.shape(name, 2, shape_text(expected)); found != expected) {
    file.fail(name, fmt::format("must have the shape {}, found {}", shape_text(expected), shape_text(found)));
  }
  const std::vector<double> eigenvalues = file.read("eigenvalues");
  std::vector<Eigen::Index> order(dimension);
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](Eigen::Index m) { return eigenvalues[static_cast<std::size_t>(m)]; });
  Eigen::MatrixXd vectors(D, D);
  {
    const std::vector<double> values = file.read(name);
    const Eigen::Map<const RowMatrix> stored(values.data(), D, D);
    for (Eigen::Index m = 0; m < D; ++m) vectors.col(m) = stored.col(order[static_cast<std::size_t>(m)]);
  }
  const Deviation worst = deviation(vectors);
  if (worst.size > kOrthonormal) {
    const auto [i, j] = std::minmax(order[static_cast<std::size_t>(worst.row)], order[static_cast<std::size_t>(worst.column)]);
    file.fail(name, fmt::format("must have orthonormal columns: the product of columns {} and {} is off by {:.2e}, more than {:.0e}", i, j,
                                worst.size, kOrthonormal));
  }
  return Eigenbasis::dense(std::move(vectors));
}

}  // namespace aesweep
