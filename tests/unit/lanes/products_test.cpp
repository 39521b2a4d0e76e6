// Products of skinny matrices against Eigen, for every shape of tile and remainder.
#include "aesweep/lanes/products.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <limits>
#include <random>
#include <vector>

namespace aesweep::lanes {
namespace {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Eigen::Index;

/// A matrix in padded rows; beyond a row's length there are NaNs, which nothing may read.
class Padded {
 public:
  explicit Padded(const RowMatrix& values)
      : values_(static_cast<std::size_t>(values.rows() * stride(values)), std::numeric_limits<double>::quiet_NaN()),
        rows_{values_.data(), values.rows(), padded(values.cols()), stride(values)} {
    for (Index i = 0; i < values.rows(); ++i) {
      std::fill_n(rows_.row(i), rows_.length, 0.0);
      std::copy_n(values.row(i).data(), values.cols(), rows_.row(i));
    }
  }
  Padded(const Padded&) = delete;
  Padded& operator=(const Padded&) = delete;

  Rows rows() const { return rows_; }
  RowMatrix read(Index columns) const {
    return Eigen::Map<const RowMatrix, 0, Eigen::OuterStride<>>(rows_.data, rows_.rows, columns, Eigen::OuterStride<>(rows_.stride));
  }

 private:
  static Index stride(const RowMatrix& values) { return row_stride(values.cols()) + kPadding; }
  std::vector<double> values_;
  Rows rows_;
};

ConstMatrix view(const RowMatrix& matrix) { return {matrix.data(), matrix.cols()}; }

RowMatrix draw(Index rows, Index columns, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  return RowMatrix::NullaryExpr(rows, columns, [&] { return normal(engine); });
}

// Sums of up to 1000 products of normal numbers: rounding is below 1000 ulp of their size.
constexpr double kTolerance = 1e-12;
const std::vector<Index> kRows{1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17};
const std::vector<Index> kLengths{1, 8, 9, 31, 64, 72, 200, 208};

TEST(Products, DotsAreTheRowsScalarProducts) {
  for (const Index m : kRows)
    for (const Index n : kRows)
      for (const Index length : kLengths) {
        const RowMatrix a = draw(m, length, 1), b = draw(n, length, 2);
        const Padded A(a), B(b);
        RowMatrix G = RowMatrix::Constant(m, n + 1, -7.0);
        dots(A.rows(), B.rows(), {G.data(), n + 1});
        EXPECT_LT((G.leftCols(n) - a * b.transpose()).cwiseAbs().maxCoeff(), kTolerance) << m << ' ' << n << ' ' << length;
        EXPECT_EQ(G.col(n), Eigen::VectorXd::Constant(m, -7.0));
      }
}

TEST(Products, SymmetricDotsAreMirrored) {
  for (const Index m : kRows)
    for (const Index length : kLengths) {
      const RowMatrix a = draw(m, length, 3);
      const RowMatrix scaled = a * draw(length, 1, 4).col(0).asDiagonal();
      const Padded A(scaled), B(a);
      RowMatrix G = RowMatrix::Constant(m, m + 1, -7.0);
      dots_symmetric(A.rows(), B.rows(), {G.data(), m + 1});
      EXPECT_LT((G.leftCols(m) - scaled * a.transpose()).cwiseAbs().maxCoeff(), kTolerance) << m << ' ' << length;
      EXPECT_EQ(G.leftCols(m), G.leftCols(m).transpose());
      EXPECT_EQ(G.col(m), Eigen::VectorXd::Constant(m, -7.0));
    }
}

// The transposed sum keeps sum's order: integers of wide range show any other grouping.
TEST(Products, SumsOfManyVectorsAreThoseOfEach) {
  const RowMatrix x = draw(kLanes, kLanes, 5).array().exp().matrix() * 1e8;
  std::array<Real, kLanes> vectors;
  for (int i = 0; i < kLanes; ++i) vectors[static_cast<std::size_t>(i)] = load(x.row(i).data());
  const Real total = sums(vectors.data());
  for (int i = 0; i < kLanes; ++i) EXPECT_EQ(total[i], sum(vectors[static_cast<std::size_t>(i)]));
}

TEST(Products, SumsInSinglePrecision) {
  std::array<Float, kFloats> vectors;
  for (int i = 0; i < kFloats; ++i)
    for (int j = 0; j < kFloats; ++j) vectors[static_cast<std::size_t>(i)][j] = static_cast<float>(1000 * i + j);
  const Float total = sums(vectors.data());
  for (int i = 0; i < kFloats; ++i) EXPECT_EQ(total[i], static_cast<float>(kFloats * 1000 * i + kFloats * (kFloats - 1) / 2));
}

TEST(Products, CombineAddsMultiplesOfRows) {
  for (const Index m : kRows)
    for (const Index n : kRows)
      for (const Index length : kLengths) {
        SCOPED_TRACE(::testing::Message() << m << ' ' << n << ' ' << length);
        const RowMatrix y = draw(m, length, 6), x = draw(n, length, 7), c = draw(m, n, 8), p = draw(m, m, 9);
        const Eigen::VectorXd keep = draw(m, 1, 10);
        const Padded X(x), fresh(RowMatrix::Constant(m, length, std::numeric_limits<double>::quiet_NaN())), kept(y), replaced(y);
        combine(view(c), X.rows(), fresh.rows());
        EXPECT_LT((fresh.read(length) - c * x).cwiseAbs().maxCoeff(), kTolerance);
        combine(keep.data(), view(c), X.rows(), kept.rows());
        EXPECT_LT((kept.read(length) - (keep.asDiagonal() * y + c * x)).cwiseAbs().maxCoeff(), kTolerance);
        std::vector<double> room(static_cast<std::size_t>(combine_room(m)));
        combine_in_place(view(p), view(c), X.rows(), replaced.rows(), room.data());
        EXPECT_LT((replaced.read(length) - (p * y + c * x)).cwiseAbs().maxCoeff(), kTolerance);
        EXPECT_TRUE((fresh.read(padded(length)).rightCols(padded(length) - length).array() == 0.0).all()) << "the padding stays zero";
      }
}

TEST(Products, WithoutRowsNothingIsAdded) {
  const Padded Y(draw(3, 20, 11));
  const Eigen::Vector3d keep(1.0, 0.5, 2.0);
  const RowMatrix before = Y.read(20);
  combine(keep.data(), {nullptr, 0}, {nullptr, 0, 24, 24}, Y.rows());
  EXPECT_EQ(Y.read(20), keep.asDiagonal() * before);
}

TEST(Products, StridesAvoidMultiplesOfAPage) {
  for (std::ptrdiff_t length = 1; length < 5000; ++length) {
    const auto stride = row_stride(length);
    EXPECT_EQ(stride % kPadding, 0);
    EXPECT_GE(stride, padded(length));
    EXPECT_LE(stride, padded(length) + 4 * kPadding);
    EXPECT_TRUE(length <= 256 || stride % 512 != 0) << length;
  }
}

}  // namespace
}  // namespace aesweep::lanes
