// The flow against trajectories of an independent implementation (tests/data/trajectories.toml).
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/outcome/judge.hpp"
#include "golden.hpp"

namespace aesweep {
namespace {

using testing::list_of;
using testing::matrix_of;
using testing::vector_of;

// Asked for: 1e-6 relative. The reference's own accuracy is 1e-8; the flow runs at the sweep's default tolerances.
constexpr double kTolerance = 1e-6;

void expect_close(const Eigen::MatrixXd& found, const Eigen::MatrixXd& expected, const std::string& what) {
  ASSERT_EQ(found.rows(), expected.rows());
  ASSERT_EQ(found.cols(), expected.cols());
  EXPECT_LE((found - expected).cwiseAbs().maxCoeff(), kTolerance * std::max(1.0, expected.cwiseAbs().maxCoeff())) << what;
}

void check_case(const toml::table& golden) {
  const auto number = [&](const char* key) { return *golden[key].value<double>(); };
  LearningRule rule{*activation_from(*golden["activation"].value<std::string>()), *golden["bias_trained"].value<bool>(), number("learning_rate"),
                    number("weight_decay"), number("noise")};
  rule.kind = *golden["algorithm"].value<std::string>() == "truncated" ? RuleKind::truncated : RuleKind::sgd;
  if (*golden["tied"].value<bool>()) {
    rule.tying = Tying::tied;
    rule.tied_rate = number("tied_rate");
    rule.decoder_scale = 1.0 / std::sqrt(number("dimension"));
  }
  const auto rho_hat = vector_of(*golden["rho_hat"].as_array());
  const Modes modes{rho_hat, {matrix_of(*golden["W0"].as_array()), matrix_of(*golden["V0"].as_array()), vector_of(*golden["b0"].as_array())}};
  const auto times = list_of(*golden["t"].as_array());
  const auto pmse = list_of(*golden["pmse"].as_array());
  const auto judge = population_judge(rule.activation, modes.weights.hidden(), rho_hat, rho_hat.sum(), rule.noise);
  Weights last;
  integrate_flow(rule, modes, times, {}, [&](std::size_t i, const Weights& weights) {
    EXPECT_NEAR(judge->measure(weights, {}), pmse[i], kTolerance * pmse[i]) << "t = " << times[i];
    last = weights;
    return true;
  }, [] {});
  expect_close(last.encoder, matrix_of(*golden["W_final"].as_array()), "W");
  expect_close(last.decoder, matrix_of(*golden["V_final"].as_array()), "V");
  expect_close(last.bias, vector_of(*golden["b_final"].as_array()), "b");
  const Eigen::MatrixXd W = last.encoder, V = last.decoder;
  expect_close(W * (rho_hat.array() + rule.noise).matrix().asDiagonal() * W.transpose(), matrix_of(*golden["Q_final"].as_array()), "Q");
  expect_close(V * rho_hat.asDiagonal() * W.transpose(), matrix_of(*golden["R_final"].as_array()), "R");
  expect_close(V * V.transpose(), matrix_of(*golden["T0_final"].as_array()), "T0");
}

TEST(Golden, Trajectories) {
  const auto file = toml::parse_file(AESWEEP_TEST_DATA "/trajectories.toml");
  int checked = 0;
  for (const auto& entry : *file["case"].as_array()) {
    const auto& golden = *entry.as_table();
    SCOPED_TRACE(*golden["name"].value<std::string>());
    check_case(golden);
    ++checked;
  }
  EXPECT_EQ(checked, 15);
}

}  // namespace
}  // namespace aesweep
