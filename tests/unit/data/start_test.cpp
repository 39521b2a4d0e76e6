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
