#include "aesweep/data/start.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "helpers.hpp"

namespace aesweep {
namespace {

// Written by tests/data/hdf5_inputs/make.py.
std::string file(const std::string& name) { return AESWEEP_TEST_DATA "/hdf5_inputs/" + name + ".hdf5"; }

TEST(RandomStart, RowsAreTheStreamsNormals) {
  const RandomStream stream(42, 3);
  const Start start = random_start(3, 101, 0.3, 0.7, -0.25, stream);
  std::vector<double> z(101);
  for (Eigen::Index k = 0; k < 3; ++k) {
    stream.normals(Purpose::start, static_cast<std::uint64_t>(2 * k), z);
    for (Eigen::Index i = 0; i < 101; ++i) EXPECT_DOUBLE_EQ(start.encoder(k, i), 0.3 * z[static_cast<std::size_t>(i)]);
    stream.normals(Purpose::start, static_cast<std::uint64_t>(2 * k + 1), z);
    for (Eigen::Index i = 0; i < 101; ++i) EXPECT_DOUBLE_EQ(start.decoder(k, i), 0.7 * z[static_cast<std::size_t>(i)] / std::sqrt(101.0));
  }
  EXPECT_EQ(start.bias, Eigen::VectorXd::Constant(3, -0.25));
}

TEST(RandomStart, NeuronsDoNotDependOnTheirNumber) {
  const RandomStream stream(42, 3);
  const Start few = random_start(2, 64, 0.1, 0.2, 0.0, stream), many = random_start(9, 64, 0.1, 0.2, 0.0, stream);
  EXPECT_EQ(few.encoder, many.encoder.topRows(2));
  EXPECT_EQ(few.decoder, many.decoder.topRows(2));
  EXPECT_NE(few.encoder, random_start(2, 64, 0.1, 0.2, 0.0, RandomStream(42, 4)).encoder);
}

TEST(RandomStart, WidthsAreThoseOfTheUnscaledWeights) {
  const Eigen::Index hidden = 10, dimension = 10000;
  const Start start = random_start(hidden, dimension, 0.5, 2.0, 0.0, RandomStream(1, 0));
  const double n = static_cast<double>(hidden * dimension);
  // Mean squares of 10^5 normals: relative standard error √(2/n) = 0.0045; five of them. Key 1.
  EXPECT_NEAR(start.encoder.squaredNorm() / n / 0.25, 1.0, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(start.decoder.squaredNorm() / static_cast<double>(hidden) / 4.0, 1.0, 5 * std::sqrt(2 / n));
  // Rows are independent: cosines are normal with width 1/√D.
  EXPECT_LT(std::abs(start.encoder.row(0).normalized().dot(start.decoder.row(0).normalized())), 0.05);
  EXPECT_LT(std::abs(start.encoder.row(0).normalized().dot(start.encoder.row(1).normalized())), 0.05);
}

// Mean k, variance 2k of χ²; 2·10^4 draws, keys 1: within five standard errors (of the variance: those of a normal, √(2/n), and the excess kurtosis 12/k).
TEST(Chi, HasTheMomentsOfItsSquare) {
  const RandomStream stream(1, 0);
  const int n = 20000;
  for (const double degrees : {1.0, 2.0, 3.0, 10.0, 1e3, 1e9, 1e12}) {
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < n; ++i) {
      const double chi = draw_chi(degrees, stream, Purpose::start, static_cast<std::uint64_t>(i), 0);
      const double z = (chi - std::sqrt(degrees)) * (chi + std::sqrt(degrees)) / std::sqrt(2.0 * degrees);
      sum += z;
      squares += z * z;
    }
    EXPECT_NEAR(sum / n, 0.0, 5.0 / std::sqrt(n)) << degrees;
    EXPECT_NEAR(squares / n, 1.0, 5.0 * std::sqrt((2.0 + 12.0 / degrees) / n)) << degrees;
  }
}

/// Inner products of the rows w_0, v_0, w_1, v_1 in units of their widths, and the coordinates along the two single axes.
Eigen::VectorXd summary_of(const Start& start, Eigen::Index single, double dimension, double encoder_std, double decoder_std) {
  const Eigen::Index hidden = start.encoder.rows();
  Eigen::MatrixXd rows(2 * hidden, start.encoder.cols());
  for (Eigen::Index k = 0; k < hidden; ++k) {
    rows.row(2 * k) = start.encoder.row(k) / encoder_std;
    rows.row(2 * k + 1) = start.decoder.row(k) * std::sqrt(dimension) / decoder_std;
  }
  const Eigen::MatrixXd gram = rows.rightCols(rows.cols() - single) * rows.rightCols(rows.cols() - single).transpose();
  std::vector<double> values;
  for (Eigen::Index i = 0; i < 2 * hidden; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) values.push_back(gram(i, j));
    for (Eigen::Index m = 0; m < single; ++m) values.push_back(rows(i, m));
  }
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

// D = 200, two single axes, K = 2, 4000 replicas of each: mean and variance of all entries of the Gram matrix beyond these axes and of the coordinates along
// them, 18 of each kind: 36 comparisons at 4.5 standard errors, a family-wise error of 2.5e-4. Key 11.
TEST(StartInLaw, HasTheLawOfAStartOfDNumbers) {
  const Eigen::Index hidden = 2, single = 2, dimension = 200;
  const int n = 4000;
  const double encoder_std = 0.3, decoder_std = 0.7;
  std::vector<Eigen::ArrayXd> mean(2), variance(2), fourth(2);
  for (std::size_t way = 0; way < 2; ++way) {
    std::vector<Eigen::ArrayXd> all;
    for (int r = 0; r < n; ++r) {
      const RandomStream stream(11 + way, static_cast<std::uint32_t>(r));
      const Start start = way == 0 ? random_start(hidden, dimension, encoder_std, decoder_std, 0.0, stream)
                                   : random_start_in_law(hidden, single, dimension, encoder_std, decoder_std, 0.0, stream);
      all.push_back(summary_of(start, single, static_cast<double>(dimension), encoder_std, decoder_std).array());
    }
    mean[way] = variance[way] = fourth[way] = Eigen::ArrayXd::Zero(all.front().size());
    for (const auto& values : all) mean[way] += values / n;
    for (const auto& values : all) {
      variance[way] += (values - mean[way]).square() / n;
      fourth[way] += (values - mean[way]).square().square() / n;
    }
  }
  const Eigen::ArrayXd of_means = (mean[0] - mean[1]) / ((variance[0] + variance[1]) / n).sqrt();
  const Eigen::ArrayXd of_variances =
      (variance[0] - variance[1]) / ((fourth[0] - variance[0].square() + fourth[1] - variance[1].square()) / n).sqrt();
  EXPECT_EQ(of_means.size(), 18);
  EXPECT_LT(of_means.abs().maxCoeff(), 4.5) << of_means;
  EXPECT_LT(of_variances.abs().maxCoeff(), 4.5) << of_variances;
}

TEST(StartInLaw, NeuronsDoNotDependOnTheirNumberAndNothingHasTheSizeOfD) {
  const RandomStream stream(42, 3);
  const Start few = random_start_in_law(2, 5, 1'000'000'000'000, 0.1, 0.2, 0.5, stream), many = random_start_in_law(7, 5, 1'000'000'000'000, 0.1, 0.2, 0.5, stream);
  ASSERT_EQ(few.encoder.cols(), 5 + 4);
  EXPECT_EQ(few.encoder, many.encoder.topLeftCorner(2, 9));
  EXPECT_EQ(few.decoder, many.decoder.topLeftCorner(2, 9));
  EXPECT_TRUE((many.encoder.topRightCorner(2, 10).array() == 0.0).all());
  EXPECT_EQ(few.bias, Eigen::Vector2d(0.5, 0.5));
  EXPECT_NEAR(few.encoder.row(1).norm() / 0.1 / 1e6, 1.0, 1e-5);   // ±5/√(2D)
  EXPECT_NEAR(few.decoder.row(0).norm() / 0.2, 1.0, 1e-5);
}

TEST(AlignedStart, PutsNeuronKAlongEigenvectorK) {
  const Start start = aligned_start(2, 4, 0.3, -0.7, 0.1);
  EXPECT_EQ(start.encoder, 0.3 * Eigen::MatrixXd::Identity(2, 4));
  EXPECT_EQ(start.decoder, -0.7 * Eigen::MatrixXd::Identity(2, 4));
  EXPECT_EQ(start.bias, Eigen::Vector2d(0.1, 0.1));
}

// α_V = a α_W ρ̂/S   [equations.md §5], written out: linear ρ̂/(α(ρ̂+ŝ²)); erf with a = √(2/π)/√(1+q), S = (2/π) asin(q/(1+q)), q = α²(ρ̂+ŝ²).
TEST(PerfectStart, HasTheBestDecoderForEachNeuron) {
  const Spectrum spectrum({{2.0, 1}, {0.5, 1}, {0.0, 2}});
  const double alpha = 0.4, noise = 0.25;
  const Start linear = perfect_start(Activation::linear, spectrum, 3, alpha, 0.0, noise);
  const Start erf = perfect_start(Activation::erf, spectrum, 3, alpha, 0.0, noise);
  for (const Eigen::Index k : {0, 1}) {
    const double rho = spectrum[k], q = alpha * alpha * (rho + noise);
    EXPECT_NEAR(linear.decoder(k, k), rho / (alpha * (rho + noise)), 1e-14);
    EXPECT_NEAR(erf.decoder(k, k), std::sqrt(2.0 / M_PI / (1.0 + q)) * alpha * rho / (2.0 / M_PI * std::asin(q / (1.0 + q))), 1e-13);
  }
  EXPECT_EQ(erf.decoder(2, 2), 0.0) << "a component without variance has nothing to reconstruct";
  EXPECT_EQ(erf.decoder(0, 1), 0.0);
  EXPECT_EQ(erf.encoder, alpha * Eigen::MatrixXd::Identity(3, 4));
}

TEST(StartFile, ScalesTheDecoder) {
  Eigen::MatrixXd w(3, 4);
  w << 1.0, -2.0, 0.5, 4.0, 0.25, 3.0, -1.0, 8.0, 7.0, 0.125, 6.0, -5.0;
  const Start start = read_start(file("start"), 9.0);
  EXPECT_EQ(start.encoder, w);
  EXPECT_EQ(start.decoder, 2.0 * w.colwise().reverse() / 2.0);  // v = 2 w with the rows reversed; √D = 2
  EXPECT_EQ(start.bias, Eigen::Vector3d(0.5, -1.0, 2.0));
}

TEST(StartFile, BiasIsOptionalAndTypesConvert) {
  const Start start = read_start(file("start_without_bias"), 9.0);
  EXPECT_EQ(start.encoder(2, 3), -5.0);
  EXPECT_EQ(start.decoder(0, 0), 7.0);
  EXPECT_EQ(start.bias, Eigen::VectorXd::Constant(3, 9.0));
}

TEST(StartFile, EachFaultIsNamed) {
  const std::pair<const char*, const char*> faults[] = {
      {"start_without_encoder", "dataset 'encoder' is missing"},
      {"start_without_decoder", "dataset 'decoder' is missing"},
      {"start_vector", "dataset 'encoder' must have the shape [K, D], found [4]"},
      {"start_transposed", "dataset 'decoder' must have the shape [3, 4] of 'encoder', found [4, 3]"},
      {"start_long_bias", "dataset 'bias' must have the shape [3] (one entry for each row of 'encoder'), found [4]"},
  };
  for (const auto& [name, fault] : faults) {
    const std::string expected = file(name) + ": " + fault;
    EXPECT_EQ(testing::message_of<std::runtime_error>([&, name = name] { read_start(file(name), 0.0); }), expected);
  }
  EXPECT_EQ(testing::message_of<std::runtime_error>([] { read_start(file("start_infinite"), 0.0); }),
            file("start_infinite") + ": dataset 'decoder' must be finite, found inf at [1, 2]");
}

}  // namespace
}  // namespace aesweep
