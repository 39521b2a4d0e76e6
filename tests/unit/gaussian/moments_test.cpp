#include "aesweep/gaussian/moments.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string>

namespace aesweep {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Input {
  VectorXd bias;
  MatrixXd cov;
};

Input random_input(Index hidden, unsigned seed, double bias_scale = 1.0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const MatrixXd factor = MatrixXd::NullaryExpr(hidden, hidden + 2, [&] { return normal(random); }) / std::sqrt(static_cast<double>(hidden + 2));
  return {bias_scale * VectorXd::NullaryExpr(hidden, [&] { return normal(random); }), factor * factor.transpose()};
}

Moments moments_of(Activation activation, const Input& input, MomentSet wanted = MomentSet::flow_mixture) {
  Moments result(input.bias.size());
  gaussian_moments(activation, input.bias, input.cov, wanted, result);
  return result;
}

Moments filled_with(double value, Index hidden) {
  Moments result(hidden);
  for (VectorXd* v : {&result.mean, &result.a, &result.c1, &result.c3}) v->setConstant(value);
  for (MatrixXd* m : {&result.S, &result.G, &result.H, &result.P}) m->setConstant(value);
  return result;
}

bool all_finite(const Moments& m) {
  return m.mean.allFinite() && m.a.allFinite() && m.c1.allFinite() && m.c3.allFinite() &&
         m.S.allFinite() && m.G.allFinite() && m.H.allFinite() && m.P.allFinite();
}

class EveryActivation : public ::testing::TestWithParam<Activation> {};
INSTANTIATE_TEST_SUITE_P(Activations, EveryActivation, ::testing::ValuesIn(all_activations().begin(), all_activations().end()),
                         [](const auto& tested) { return std::string(name(tested.param)); });

// Derivatives with respect to b and Q follow from the definitions: ∂E[fg]/∂b_k = E[f'g] etc., and Price's theorem for Q.
TEST_P(EveryActivation, MomentsAreEachOthersDerivatives) {
  const double step = 1e-4;         // truncation step² f'''/6 ~ 1e-9 f''', rounding eps/step ~ 1e-12
  const double tolerance = 1e-7;
  const Input input = random_input(3, 5);
  const Moments m = moments_of(GetParam(), input);
  for (Index k = 0; k < 3; ++k) {
    Input up = input, down = input;
    up.bias[k] += step;
    down.bias[k] -= step;
    const Moments above = moments_of(GetParam(), up), below = moments_of(GetParam(), down);
    const auto slope = [&](double high, double low) { return (high - low) / (2.0 * step); };
    EXPECT_NEAR(m.c1[k], slope(above.a[k], below.a[k]), tolerance);
    EXPECT_NEAR(m.c3[k], slope(above.c1[k], below.c1[k]), tolerance);
    EXPECT_NEAR(2.0 * m.P(k, k), slope(above.S(k, k), below.S(k, k)), tolerance);
    EXPECT_NEAR(m.H(k, k) + m.G(k, k), slope(above.P(k, k), below.P(k, k)), tolerance);
    for (Index l = 0; l < 3; ++l) {
      if (l == k) continue;
      EXPECT_NEAR(m.P(k, l), slope(above.S(k, l), below.S(k, l)), tolerance);
      EXPECT_NEAR(m.H(k, l), slope(above.P(k, l), below.P(k, l)), tolerance);
      EXPECT_NEAR(m.G(k, l), slope(above.P(l, k), below.P(l, k)), tolerance);
    }
  }
}

TEST_P(EveryActivation, CovarianceDerivativesFollowPrice) {
  const double step = 1e-4;
  const Input input = random_input(2, 6);
  const Moments m = moments_of(GetParam(), input);
  const auto slope_of_S = [&](Index row, Index column) {
    Input up = input, down = input;
    up.cov(row, column) += step;
    down.cov(row, column) -= step;
    return (moments_of(GetParam(), up).S(1, 0) - moments_of(GetParam(), down).S(1, 0)) / (2.0 * step);
  };
  EXPECT_NEAR(slope_of_S(1, 0), m.G(1, 0), 1e-7);
  EXPECT_NEAR(slope_of_S(0, 0), 0.5 * m.H(0, 1), 1e-7);
  EXPECT_NEAR(slope_of_S(1, 1), 0.5 * m.H(1, 0), 1e-7);
}

TEST_P(EveryActivation, SymmetricMomentsAreSymmetricAndOnlyTheLowerTriangleIsRead) {
  for (const double bias_scale : {0.0, 1.0}) {
    Input input = random_input(5, 8, bias_scale);
    const Moments m = moments_of(GetParam(), input);
    EXPECT_EQ(m.S, m.S.transpose());
    EXPECT_EQ(m.G, m.G.transpose());
    input.cov.triangularView<Eigen::StrictlyUpper>().setConstant(kNan);
    const Moments lower = moments_of(GetParam(), input);
    EXPECT_EQ(m.S, lower.S);
    EXPECT_EQ(m.H, lower.H);
    EXPECT_EQ(m.P, lower.P);
  }
}

// 150 neurons are more than two tiles of the loop over pairs: each 2 × 2 block must equal the moments of that pair alone, in any order.
TEST_P(EveryActivation, EntriesDependOnTheirPairAlone) {
  const Index hidden = 150;
  for (const double bias_scale : {0.0, 1.0}) {
    const Input input = random_input(hidden, 9, bias_scale);
    const Moments all = moments_of(GetParam(), input);
    for (const auto& [k, l] : {std::pair<Index, Index>{0, 1}, {1, 0}, {3, 140}, {140, 3}, {63, 64}, {64, 63}, {149, 148}, {70, 20}}) {
      const Input pair{Eigen::Vector2d(input.bias[k], input.bias[l]),
                       (Eigen::Matrix2d() << input.cov(k, k), input.cov(k, l), input.cov(k, l), input.cov(l, l)).finished()};
      const Moments m = moments_of(GetParam(), pair);
      // Exchanging k and l may change the order of a sum: rounding only.
      EXPECT_NEAR(all.S(k, l), m.S(0, 1), 1e-15 * std::max(1.0, std::abs(m.S(0, 1))));
      EXPECT_NEAR(all.G(k, l), m.G(0, 1), 1e-15);
      EXPECT_NEAR(all.H(k, l), m.H(0, 1), 1e-15);
      EXPECT_NEAR(all.P(k, l), m.P(0, 1), 1e-15 * std::max(1.0, std::abs(m.P(0, 1))));
      EXPECT_EQ(all.S(k, k), m.S(0, 0));
      EXPECT_EQ(all.a[l], m.a[1]);
      EXPECT_EQ(all.c1[k], m.c1[0]);
      EXPECT_EQ(all.c3[k], m.c3[0]);
    }
  }
}

TEST_P(EveryActivation, FillsWhatIsWantedAndNothingElse) {
  const double old = 17.0;
  for (const double bias_scale : {0.0, 1.0}) {
    const Input input = random_input(4, 10, bias_scale);
    const Moments full = moments_of(GetParam(), input);
    Moments judged = filled_with(old, 4);
    gaussian_moments(GetParam(), input.bias, input.cov, MomentSet::judge, judged);
    EXPECT_EQ(judged.a, full.a);
    EXPECT_EQ(judged.S, full.S);
    for (const VectorXd* v : {&judged.c1, &judged.c3}) EXPECT_TRUE((v->array() == old).all());
    for (const MatrixXd* m : {&judged.G, &judged.H, &judged.P}) EXPECT_TRUE((m->array() == old).all());

    Moments flow = filled_with(old, 4);
    gaussian_moments(GetParam(), input.bias, input.cov, MomentSet::flow, flow);
    EXPECT_EQ(flow.a, full.a);
    EXPECT_EQ(flow.c3, full.c3);
    EXPECT_EQ(flow.S, full.S);
    EXPECT_EQ(flow.G, full.G);
    EXPECT_EQ(flow.H, full.H);
    EXPECT_TRUE((flow.c1.array() == old).all());
    EXPECT_TRUE((flow.P.array() == old).all());
    EXPECT_TRUE((judged.mean.array() == old).all());
    EXPECT_TRUE((flow.mean.array() == old).all());

    Moments mixture = filled_with(old, 4);
    gaussian_moments(GetParam(), input.bias, input.cov, MomentSet::flow_mixture, mixture);
    for (const auto array : {&Moments::S, &Moments::G, &Moments::H, &Moments::P}) EXPECT_EQ(mixture.*array, full.*array);
    for (const auto array : {&Moments::a, &Moments::c1, &Moments::c3}) EXPECT_EQ(mixture.*array, full.*array);
    Moments judged_mixture = filled_with(old, 4);
    gaussian_moments(GetParam(), input.bias, input.cov, MomentSet::judge_mixture, judged_mixture);
    EXPECT_EQ(judged_mixture.S, full.S);
    EXPECT_EQ(judged_mixture.mean, mixture.mean);
    EXPECT_TRUE((judged_mixture.G.array() == old).all());
  }
}

// One neuron's bias sends all pairs through the general formulas; among the others they must agree with the short ones.
TEST_P(EveryActivation, ShortFormsAgreeWithTheGeneralOnes) {
  for (const double scale : {1e-8, 1.0, 50.0}) {
    Input input = random_input(4, 11, 0.0);
    input.cov *= scale;
    const Moments brief = moments_of(GetParam(), input);
    input.bias[3] = 0.8;
    const Moments general = moments_of(GetParam(), input);
    const auto block = [](const MatrixXd& m) { return MatrixXd(m.topLeftCorner(3, 3)); };
    // Relative to the largest entry, so that small covariances count.
    EXPECT_TRUE(block(general.S).isApprox(block(brief.S), 1e-14)) << scale;
    EXPECT_TRUE(block(general.G).isApprox(block(brief.G), 1e-14)) << scale;
    EXPECT_TRUE(block(general.H).isApprox(block(brief.H), 1e-14)) << scale;
    EXPECT_TRUE((block(general.P) - block(brief.P)).norm() <= 1e-14 * std::sqrt(scale)) << scale;
    EXPECT_TRUE(general.a.head(3).isApprox(brief.a.head(3), 1e-15));
    EXPECT_TRUE((general.c1 - brief.c1).head(3).norm() <= 1e-14 * brief.c1.norm());
    EXPECT_TRUE((general.c3 - brief.c3).head(3).norm() <= 1e-14 * brief.c3.norm());
  }
}

TEST_P(EveryActivation, StayFiniteAtEveryExtreme) {
  const double smallest = std::numeric_limits<double>::denorm_min();
  for (const double v_k : {0.0, smallest, 1e-300, 1e-100, 1e-8, 1.0, 1e8, 1e100}) {
    for (const double v_l : {0.0, 1e-300, 1e-8, 1.0, 1e100}) {
      for (const double r : {-1.0, -1.0 + 1e-15, -0.945, 0.0, 1e-200, 0.945, 1.0 - 1e-15, 1.0, 1.0 + 1e-15}) {
        for (const double b_k : {0.0, -0.0, 1e-5, -1e-160, 6.0, -6.0, 1e3}) {
          for (const double b_l : {0.0, 1e-160, -6.0, 40.0, -1e5}) {
            const double cov = r * std::sqrt(v_k) * std::sqrt(v_l);
            const Input input{Eigen::Vector2d(b_k, b_l), (Eigen::Matrix2d() << v_k, cov, cov, v_l).finished()};
            ASSERT_TRUE(all_finite(moments_of(GetParam(), input))) << v_k << ' ' << v_l << ' ' << r << ' ' << b_k << ' ' << b_l;
          }
        }
      }
    }
  }
}

TEST_P(EveryActivation, ANeuronWithoutVarianceIsItsActivationAtTheBias) {
  for (const double bias : {-1.5, 0.4, 2.0}) {
    const Input input{Eigen::Vector2d(bias, 0.3), (Eigen::Matrix2d() << 0.0, 0.0, 0.0, 0.7).finished()};
    const Moments m = moments_of(GetParam(), input);
    const auto [value, slope] = evaluate(GetParam(), bias);
    const double other_mean = m.P(0, 1) / (slope == 0.0 ? 1.0 : slope);  // E g'_0 g_1 = g'(b_0) E g_1
    EXPECT_NEAR(m.a[0], slope, 1e-15);
    EXPECT_NEAR(m.S(0, 0), value * value, 1e-15 * std::max(1.0, value * value));
    EXPECT_NEAR(m.G(0, 0), slope * slope, 1e-15);
    EXPECT_NEAR(m.G(0, 1), slope * m.a[1], 1e-15);
    EXPECT_NEAR(m.P(0, 0), slope * value, 1e-15 * std::max(1.0, std::abs(value)));
    EXPECT_NEAR(m.P(1, 0), m.a[1] * value, 1e-15 * std::max(1.0, std::abs(value)));
    if (slope != 0.0) {
      EXPECT_NEAR(m.S(0, 1), value * other_mean, 1e-14);
    }
  }
}

// λ → −λ turns g' into itself and g and g'' into their opposites, if g is odd.
TEST(OddActivations, HaveMomentsThatAreEvenOrOddInTheBias) {
  const Input input = random_input(4, 21);
  const Input mirrored{-input.bias, input.cov};
  for (const Activation activation : {Activation::linear, Activation::erf, Activation::tanh}) {
    const Moments m = moments_of(activation, input), n = moments_of(activation, mirrored);
    const double rounding = 1e-15;  // the same sums in another order
    EXPECT_TRUE(m.a.isApprox(n.a, rounding)) << name(activation);
    EXPECT_LE((m.c1 + n.c1).norm(), rounding) << name(activation);
    EXPECT_LE((m.c3 - n.c3).norm(), rounding) << name(activation);
    EXPECT_TRUE(m.S.isApprox(n.S, rounding)) << name(activation);
    EXPECT_TRUE(m.G.isApprox(n.G, rounding)) << name(activation);
    EXPECT_LE((m.H - n.H).norm(), rounding) << name(activation);
    EXPECT_LE((m.P + n.P).norm(), 2.0 * rounding) << name(activation);
  }
}

// softplus' = sigmoid and sigmoid(x) = ½ + ½ tanh(x/2): three activations, three lattices, one set of numbers.
TEST(SigmoidMoments, AreThoseOfSoftplusSlopeAndOfTanh) {
  for (const double scale : {1e-6, 1.0, 30.0}) {
    Input input = random_input(4, 22);
    input.cov *= scale;
    const Moments sigmoid = moments_of(Activation::sigmoid, input);
    const Moments softplus = moments_of(Activation::softplus, input);
    const Moments tanh = moments_of(Activation::tanh, {0.5 * input.bias, 0.25 * input.cov});
    const double accuracy = 1e-14;  // the promised 4e-15 twice, times the few entries of a norm
    EXPECT_LE((softplus.G - sigmoid.S).norm(), accuracy) << scale;
    EXPECT_LE((softplus.c1 - sigmoid.a).norm(), accuracy) << scale;
    EXPECT_LE((softplus.c3 - sigmoid.c1).norm(), accuracy) << scale;
    EXPECT_LE((tanh.a / 4.0 - sigmoid.a).norm(), accuracy) << scale;
    EXPECT_LE((tanh.c3 / 16.0 - sigmoid.c3).norm(), accuracy) << scale;
    EXPECT_LE((tanh.G / 16.0 - sigmoid.G).norm(), accuracy) << scale;
    const MatrixXd from_tanh = tanh.P / 8.0 + tanh.a.replicate(1, 4) / 8.0;  // E ¼g'_k (½ + ½g_l)
    EXPECT_LE((from_tanh - sigmoid.P).norm(), accuracy) << scale;
  }
}

TEST(LeakyReluMoments, AreThoseOfReluAndItsMirrorImage) {
  // g(x) = relu(x) − β relu(−x): with one neuron alone S = E relu(λ)² + β² E relu(−λ)², G and a likewise.
  for (const double bias : {-1.3, 0.0, 0.4}) {
    const double beta = kLeakyReluSlope;
    const MatrixXd cov = MatrixXd::Constant(1, 1, 0.7);
    const Moments leaky = moments_of(Activation::leaky_relu, {VectorXd::Constant(1, bias), cov});
    const Moments relu = moments_of(Activation::relu, {VectorXd::Constant(1, bias), cov});
    const Moments mirrored = moments_of(Activation::relu, {VectorXd::Constant(1, -bias), cov});
    EXPECT_NEAR(leaky.a[0], relu.a[0] + beta * mirrored.a[0], 1e-15);
    EXPECT_NEAR(leaky.S(0, 0), relu.S(0, 0) + beta * beta * mirrored.S(0, 0), 1e-15);
    EXPECT_NEAR(leaky.G(0, 0), relu.G(0, 0) + beta * beta * mirrored.G(0, 0), 1e-15);
    EXPECT_NEAR(leaky.P(0, 0), relu.P(0, 0) - beta * beta * mirrored.P(0, 0), 1e-15);
    EXPECT_NEAR(leaky.c1[0], (1.0 - beta) * relu.c1[0], 1e-15);
  }
}

TEST(ErfMoments, LargeAndSmallVariancesKeepRelativeAccuracy) {
  // Zero bias, equal neurons: S = (2/π) asin(Q/(1+Q)), in extended precision; 1 − S ~ Q^-½ must be seen too.
  for (const double variance : {1e-12, 1e-4, 1.0, 1e4, 1e12}) {
    const Input input{VectorXd::Zero(2), MatrixXd::Constant(2, 2, variance)};
    const Moments m = moments_of(Activation::erf, input);
    const long double root = std::sqrt(1.0L + 2.0L * variance);
    const long double complement = 2.0L / std::numbers::pi_v<long double> * std::atan(root / variance);  // 1 − S
    EXPECT_NEAR(1.0 - m.S(0, 1), static_cast<double>(complement), 2e-16) << variance;
    const double expected = static_cast<double>(2.0L / std::numbers::pi_v<long double> * std::atan(variance / root));
    EXPECT_NEAR(m.S(0, 1) / expected, 1.0, 1e-15) << variance;
    EXPECT_NEAR(m.S(0, 0) / expected, 1.0, 1e-15) << variance;
  }
}

TEST(ReluMoments, AreHomogeneousDownToVanishingWeights) {
  // g(cx) = c g(x) for c > 0: S scales with c², P with c, H not at all; c = 2^-500 is exact, and its square products would underflow.
  Input input = random_input(3, 12);
  const Moments unit = moments_of(Activation::relu, input);
  const double c = std::ldexp(1.0, -500);
  input.bias *= c;
  input.cov *= c * c;
  const Moments small = moments_of(Activation::relu, input);
  EXPECT_TRUE((small.S / c / c).isApprox(unit.S, 1e-14));
  EXPECT_TRUE((small.P / c).isApprox(unit.P, 1e-14));
  EXPECT_TRUE(small.G.isApprox(unit.G, 1e-14));
  EXPECT_TRUE(small.H.isApprox(unit.H, 1e-14));
  EXPECT_TRUE((small.c1 * c).isApprox(unit.c1, 1e-14));
}

TEST(ReluMoments, NearlySingularCovarianceLosesNothingToCancellation) {
  // With u = 2^-30, (1 + 3u)(1 + u) − (1 + 2u − 2^-46)² = 2^-45 (1 + 2u − 2^-15 − 2^-47). The entries are exact doubles; both products are not.
  const double u = std::ldexp(1.0, -30);
  const Input input{VectorXd::Zero(2), (Eigen::Matrix2d() << 1.0 + 3.0 * u, 0.0, 1.0 + 2.0 * u - std::ldexp(1.0, -46), 1.0 + u).finished()};
  const double root = std::sqrt(std::ldexp(1.0 + 2.0 * u - std::ldexp(1.0, -15) - std::ldexp(1.0, -47), -45));
  const Moments m = moments_of(Activation::relu, input);
  EXPECT_NEAR(m.H(1, 0) * 2.0 * std::numbers::pi / root * input.cov(1, 1), 1.0, 1e-15);
  EXPECT_NEAR(m.H(0, 1) * 2.0 * std::numbers::pi / root * input.cov(0, 0), 1.0, 1e-15);
}

std::string refusal(const Input& input) {
  try {
    moments_of(Activation::erf, input);
  } catch (const std::domain_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(GaussianMoments, RefuseInvalidEntriesByName) {
  const Input good = random_input(3, 13);
  EXPECT_EQ(refusal(good), "accepted");
  Input input = good;
  input.cov(2, 1) = kNan;
  EXPECT_EQ(refusal(input), "gaussian_moments: cov(2, 1) = nan is not finite");
  input = good;
  input.cov(1, 1) = -0.25;
  EXPECT_EQ(refusal(input), "gaussian_moments: cov(1, 1) = -0.25 is a negative variance");
  input = good;
  input.cov(0, 0) = std::numeric_limits<double>::infinity();
  EXPECT_EQ(refusal(input), "gaussian_moments: cov(0, 0) = inf is not finite");
  input = good;
  input.bias[2] = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(refusal(input), "gaussian_moments: bias(2) = -inf is not finite");
}

}  // namespace
}  // namespace aesweep
