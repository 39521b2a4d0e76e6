#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <toml++/toml.h>

#include "aesweep/gaussian/moments.hpp"

namespace aesweep {
namespace {

Eigen::VectorXd vector_of(const toml::array& values) {
  Eigen::VectorXd result(static_cast<Eigen::Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) result[static_cast<Eigen::Index>(i)] = values[i].value<double>().value();
  return result;
}

Eigen::MatrixXd matrix_of(const toml::array& rows) {
  Eigen::MatrixXd result(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) result.row(static_cast<Eigen::Index>(i)) = vector_of(*rows[i].as_array());
  return result;
}

/// The criterion in the head of moments.toml.
void expect_close(const Eigen::MatrixXd& actual, const Eigen::MatrixXd& expected, const std::string& what) {
  ASSERT_EQ(actual.rows(), expected.rows());
  const double floor = 1e-15 * std::max(1.0, expected.cwiseAbs().maxCoeff());
  for (Eigen::Index k = 0; k < expected.rows(); ++k) {
    for (Eigen::Index l = 0; l < expected.cols(); ++l) {
      EXPECT_NEAR(actual(k, l), expected(k, l), 1e-10 * std::abs(expected(k, l)) + floor) << fmt::format("{} ({}, {})", what, k, l);
    }
  }
}

TEST(GoldenMoments, EveryCaseWithinTheAccuracyTheFileStates) {
  const toml::table file = toml::parse_file(AESWEEP_TEST_DATA "/moments.toml");
  const toml::array& cases = *file["case"].as_array();
  ASSERT_EQ(cases.size(), 27u);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const toml::table& entry = *cases[i].as_table();
    const auto activation = activation_from(entry["activation"].value<std::string>().value());
    ASSERT_TRUE(activation.has_value());
    const Eigen::VectorXd bias = vector_of(*entry["b"].as_array());
    Moments moments(bias.size());
    gaussian_moments(*activation, bias, matrix_of(*entry["Q"].as_array()), MomentSet::flow_with_bias, moments);
    const auto label = [&](const char* moment) { return fmt::format("case {} ({}), {}", i, name(*activation), moment); };
    expect_close(moments.a, vector_of(*entry["a"].as_array()), label("a"));
    expect_close(moments.c1, vector_of(*entry["c1"].as_array()), label("c1"));
    expect_close(moments.c3, vector_of(*entry["c3"].as_array()), label("c3"));
    expect_close(moments.S, matrix_of(*entry["S"].as_array()), label("S"));
    expect_close(moments.G, matrix_of(*entry["G"].as_array()), label("G"));
    expect_close(moments.H, matrix_of(*entry["H"].as_array()), label("H"));
    expect_close(moments.P, matrix_of(*entry["P"].as_array()), label("P"));
  }
}

}  // namespace
}  // namespace aesweep
