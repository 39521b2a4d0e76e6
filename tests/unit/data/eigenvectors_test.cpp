#include "aesweep/data/eigenvectors.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <stdexcept>

#include "aesweep/data/random.hpp"
#include "aesweep/data/spectrum.hpp"
#include "helpers.hpp"

namespace aesweep {
namespace {

using testing::message_of;

RowMatrix random_rows(Eigen::Index hidden, Eigen::Index dimension) {
  RowMatrix rows(hidden, dimension);
  RandomStream(11, 0).normals(Purpose::start, 0, {rows.data(), static_cast<std::size_t>(rows.size())});
  return rows;
}

/// Ψ, column by column: ψ_m is what the unit row e_m becomes in pixels.
Eigen::MatrixXd vectors_of(const Eigenbasis& basis) {
  return basis.to_pixels(RowMatrix::Identity(basis.dimension(), basis.dimension())).transpose();
}

TEST(Eigenbasis, IdentityHandsTheRowsOn) {
  const auto basis = Eigenbasis::identity(40);
  RowMatrix rows = random_rows(3, 40);
  const RowMatrix copy = rows;
  const double* const memory = rows.data();
  RowMatrix pixels = basis.to_pixels(std::move(rows));
  EXPECT_EQ(pixels.data(), memory);   // moved, not copied
  EXPECT_EQ(pixels, copy);
  EXPECT_EQ(basis.to_eigenbasis(std::move(pixels)), copy);
  EXPECT_TRUE(basis.is_identity());
  EXPECT_EQ(basis.dimension(), 40);
}

TEST(Eigenbasis, DenseIsTheProduct) {
  const Eigen::Index D = 30;
  const Eigen::MatrixXd symmetric = random_rows(D, D).selfadjointView<Eigen::Lower>();
  const Eigen::MatrixXd psi = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(symmetric).eigenvectors();
  const auto basis = Eigenbasis::dense(psi);
  const RowMatrix rows = random_rows(4, D);
  EXPECT_LT((basis.to_pixels(rows) - rows * psi.transpose()).cwiseAbs().maxCoeff(), 1e-13);     // D·ε and the entries' size of 4
  EXPECT_LT((basis.to_eigenbasis(rows) - rows * psi).cwiseAbs().maxCoeff(), 1e-13);
  EXPECT_FALSE(basis.is_identity());
}

// Gram–Schmidt in long double gives the same vectors with the same signs. Rounding is amplified by the inverse of what orthogonalisation leaves of a
// sinusoid; from 1/50 at least for these, by the check below.
TEST(Eigenbasis, SinusoidsAreOrthonormalisedInTheirOrder) {
  const Eigen::Index D = 500, M = 5;
  const Eigen::MatrixXd psi = vectors_of(Eigenbasis::sinusoidal(D, M));
  EXPECT_LT((psi.transpose() * psi - Eigen::MatrixXd::Identity(D, D)).cwiseAbs().maxCoeff(), 1e-13);
  Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic> expected(D, M);
  for (Eigen::Index m = 0; m < M; ++m) {
    for (Eigen::Index i = 0; i < D; ++i) expected(i, m) = std::sin(static_cast<long double>((m + 1) * i) / 100);
    const auto length = expected.col(m).norm();
    for (int pass = 0; pass < 2; ++pass)
      for (Eigen::Index j = 0; j < m; ++j) expected.col(m) -= expected.col(j).dot(expected.col(m)) * expected.col(j);
    ASSERT_GT(expected.col(m).norm(), length / 50);
    expected.col(m).normalize();
    EXPECT_LT((psi.col(m) - expected.col(m).cast<double>()).cwiseAbs().maxCoeff(), 1e-13) << m;   // 50·√D·ε, at most
  }
  EXPECT_GT(psi.col(0)[100], 0.0);
}

// Near-orthogonal where many periods fit: overlaps of different sinusoids fall as 1/D.
TEST(Eigenbasis, EachVectorOverlapsItsOwnSinusoid) {
  const Eigen::Index D = 20000, M = 8;
  const auto basis = Eigenbasis::sinusoidal(D, M);
  const RowMatrix leading = basis.to_pixels(RowMatrix::Identity(M, D));   // no D × D matrix
  for (Eigen::Index m = 0; m < M; ++m) {
    Eigen::VectorXd sinusoid(D);
    for (Eigen::Index i = 0; i < D; ++i) sinusoid[i] = std::sin(static_cast<double>((m + 1) * i) / 100.0);
    EXPECT_GT(leading.row(m).dot(sinusoid.normalized()), 0.99) << m;
  }
}

TEST(Eigenbasis, ThereAndBack) {
  const RowMatrix rows = random_rows(3, 300);
  const auto basis = Eigenbasis::sinusoidal(300, 6);
  const RowMatrix pixels = basis.to_pixels(rows);
  EXPECT_GT((pixels - rows).cwiseAbs().maxCoeff(), 0.1);
  EXPECT_LT((basis.to_eigenbasis(pixels) - rows).cwiseAbs().maxCoeff(), 1e-13);   // twelve reflections
  EXPECT_LT((pixels * pixels.transpose() - rows * rows.transpose()).cwiseAbs().maxCoeff(), 1e-10);   // products of size 300
  EXPECT_EQ(basis.to_pixels(rows), Eigenbasis::sinusoidal(300, 6).to_pixels(rows));
}

TEST(Eigenbasis, WithoutSinusoidsNothingTurns) {
  const RowMatrix rows = random_rows(2, 50);
  EXPECT_EQ(Eigenbasis::sinusoidal(50, 0).to_pixels(rows), rows);
}

TEST(Eigenbasis, DependentSinusoidsAreRefused) {
  const auto fault = [](Eigen::Index dimension, Eigen::Index modes) {
    return message_of<std::invalid_argument>([&] { Eigenbasis::sinusoidal(dimension, modes); });
  };
  EXPECT_EQ(fault(1, 1), "1 sinusoids, all 0 at their first pixel, can't be independent in 1 dimensions");
  EXPECT_EQ(fault(3, 3), "3 sinusoids, all 0 at their first pixel, can't be independent in 3 dimensions");
  EXPECT_EQ(fault(2, 1), "");
  const std::string degenerate = fault(20, 10);
  EXPECT_TRUE(degenerate.starts_with("sinusoidal eigenvectors degenerate: in 20 dimensions sinusoid ")) << degenerate;
  EXPECT_EQ(fault(1000, 10), "");
  for (const auto& [modes, least] : {std::pair{3, 4}, {5, 25}, {10, 77}, {20, 125}}) {   // as the header says
    EXPECT_EQ(fault(least, modes), "");
    EXPECT_NE(fault(least - 1, modes), "");
  }
}

// Written by tests/data/hdf5_inputs/make.py.
std::string file(const std::string& name) { return AESWEEP_TEST_DATA "/hdf5_inputs/" + name + ".hdf5"; }

// The file's columns belong to the eigenvalues 1, 9, 4.
TEST(EigenvectorFile, ColumnsFollowTheSortedEigenvalues) {
  Eigen::Matrix3d psi;
  psi << 2, -1, 2, 2, 2, -1, -1, 2, 2;
  psi /= 3;
  Eigen::Matrix3d sorted;
  sorted << psi.col(1), psi.col(2), psi.col(0);
  EXPECT_EQ(vectors_of(read_eigenvectors(file("vectors"))), sorted);
  EXPECT_EQ(read_spectrum(file("vectors")).rho_hat(), Eigen::Vector3d(9, 4, 1) / 3);
  sorted << psi.col(1), psi.col(0), psi.col(2);
  EXPECT_EQ(vectors_of(read_eigenvectors(file("vectors_equal"))), sorted);   // eigenvalues 1, 4, 1
}

TEST(EigenvectorFile, IdentityWithoutEigenvectors) {
  const auto basis = read_eigenvectors(file("spectrum_float64"));
  EXPECT_TRUE(basis.is_identity());
  EXPECT_EQ(basis.dimension(), 5);
}

TEST(EigenvectorFile, EachFaultIsNamed) {
  const std::pair<const char*, const char*> faults[] = {
      {"vectors_short", "must have the shape [3, 3], found [3, 2]"},
      {"vectors_flat", "must have the shape [3, 3], found [3]"},
      {"vectors_nan", "must be finite, found nan at [1, 1]"},
      {"vectors_skew", "must have orthonormal columns: the product of columns 0 and 2 is off by 1.00e-03, more than 1e-08"},
  };
  for (const auto& [name, fault] : faults) {
    const std::string message = message_of<std::runtime_error>([&, name = name] { read_eigenvectors(file(name)); });
    EXPECT_EQ(message, file(name) + ": dataset 'eigenvectors' " + fault);
  }
  const std::string single = message_of<std::runtime_error>([] { read_eigenvectors(file("vectors_single")); });
  EXPECT_NE(single.find("must have orthonormal columns"), std::string::npos) << single;   // single precision is not enough
}

}  // namespace
}  // namespace aesweep
