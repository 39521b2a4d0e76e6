#include "aesweep/deep/reconstruction_judge.hpp"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "aesweep/data/manifold_samples.hpp"
#include "aesweep/deep/trainer.hpp"

namespace aesweep {
namespace {

using Eigen::VectorXd;
constexpr double kPi = std::numbers::pi;
const std::vector<double> kQuantiles{0.5, 0.9, 0.99, 1.0}, kEpsilons{0.1, 0.25, 0.5, 1.0};

struct Coded {
  VectorXd reconstruction, latents;
};

/// A map point by point, as a judge calls it; counts the points.
template <class Map>
Reconstruct each(Eigen::Index n, Eigen::Index k, Map map, std::size_t* looks = nullptr) {
  return [=](std::span<const double> points, std::span<double> reconstructions, std::span<double> latents) {
    const Eigen::Index count = static_cast<Eigen::Index>(points.size()) / n;
    EXPECT_LE(count, ReconstructionJudge::kBatch);
    EXPECT_EQ(reconstructions.size(), points.size());
    EXPECT_EQ(static_cast<Eigen::Index>(latents.size()), count * k);
    if (looks != nullptr) *looks += static_cast<std::size_t>(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      const Coded coded = map(VectorXd(Eigen::Map<const VectorXd>(points.data() + i * n, n)));
      Eigen::Map<VectorXd>(reconstructions.data() + i * n, n) = coded.reconstruction;
      Eigen::Map<VectorXd>(latents.data() + i * k, k) = coded.latents;
    }
  };
}

Eigen::MatrixXd natural(ManifoldKind kind) { return Eigen::MatrixXd::Identity(facts(kind).ambient, facts(kind).ambient); }

ReconstructionJudge judge_of(ManifoldKind kind, int latents, int test_points = 0) {
  return {Manifold::make(kind), natural(kind), latents, kQuantiles, kEpsilons, test_points};
}

template <class Map>
ReconstructionOutcome judged(ManifoldKind kind, int latents, Map map, std::size_t* looks = nullptr) {
  auto judge = judge_of(kind, latents);
  return judge.measure(each(facts(kind).ambient, latents, map, looks));
}

VectorXd vector(std::initializer_list<double> entries) { return Eigen::Map<const VectorXd>(entries.begin(), static_cast<Eigen::Index>(entries.size())); }

/// A continuous function of the circle: the angle in (−π, π], but for a tear of width w before π in which it runs back.
double cut_angle(double angle, double width) {
  const double wrapped = std::remainder(angle, 2.0 * kPi), edge = kPi - 0.5 * width;
  if (std::abs(wrapped) <= edge) return wrapped;
  const double part = (wrapped > 0.0 ? wrapped - edge : wrapped + 2.0 * kPi - edge) / width;
  return edge * (1.0 - 2.0 * part);
}

TEST(ReconstructionJudge, IdentityHasNoError) {
  for (const ManifoldKind kind : all_manifolds()) {
    auto judge = judge_of(kind, facts(kind).ambient);
    const auto& outcome = judge.measure(each(facts(kind).ambient, facts(kind).ambient, [](const VectorXd& x) { return Coded{x, x}; }));
    EXPECT_EQ(outcome.pmse, 0.0);
    EXPECT_EQ(outcome.supremum, 0.0);
    EXPECT_EQ(outcome.quantile, std::vector<double>(4, 0.0));
    EXPECT_EQ(outcome.exceptional, std::vector<double>(4, 0.0));
    EXPECT_EQ(outcome.pieces, std::vector<int>(4, 0));
    EXPECT_EQ(outcome.explained, std::vector<double>(static_cast<std::size_t>(facts(kind).ambient), 1.0));
    // Here the latents are the points.
    const Eigen::Map<const Eigen::MatrixXd> x(judge.points().data(), facts(kind).ambient, static_cast<Eigen::Index>(judge.places().size()));
    for (Eigen::Index j = 0; j < x.rows(); ++j) {
      EXPECT_EQ(outcome.latent_low[static_cast<std::size_t>(j)], x.row(j).minCoeff()) << name(kind);
      EXPECT_EQ(outcome.latent_high[static_cast<std::size_t>(j)], x.row(j).maxCoeff()) << name(kind);
    }
  }
}

// x̂ = 0: the distance is |x|.
TEST(ReconstructionJudge, OfAConstantMap) {
  const auto zero = [](const VectorXd& x) { return Coded{VectorXd::Zero(x.size()), vector({0.0})}; };
  for (const ManifoldKind kind : all_manifolds()) {
    const auto outcome = judged(kind, 1, zero);
    const auto& variance = facts(kind).variance;
    EXPECT_NEAR(outcome.pmse, 0.5 * (variance[0] + variance[1] + variance[2]), 1e-4) << name(kind);
    for (const double explained : outcome.explained) EXPECT_NEAR(explained, 0.0, 1e-12) << name(kind);
    EXPECT_EQ(outcome.latent_low[0], 0.0);
    EXPECT_EQ(outcome.latent_high[0], 0.0);
  }
  const auto circle = judged(ManifoldKind::circle, 1, zero);
  EXPECT_NEAR(circle.supremum, 1.0, 1e-15);
  for (const double quantile : circle.quantile) EXPECT_NEAR(quantile, 1.0, 1e-15);
  for (std::size_t e = 0; e < 3; ++e) {
    EXPECT_NEAR(circle.exceptional[e], 1.0, 1e-12);
    EXPECT_EQ(circle.pieces[e], 1);
  }
  // |x|² = 5/4 ± cos s on the circles: above 1 on the outer part of each, |s| > arccos ¼, the farthest at 3/2.
  const auto circles = judged(ManifoldKind::circles, 1, zero);
  EXPECT_NEAR(circles.supremum, 1.5, 1e-12);
  EXPECT_NEAR(circles.quantile[0], std::sqrt(1.25), 1e-3);
  EXPECT_NEAR(circles.exceptional[3], 1.0 - std::acos(0.25) / kPi, 1e-5);
  EXPECT_NEAR(circles.exceptional[2], 1.0, 1e-5);
  EXPECT_EQ(circles.pieces[3], 2);
  // The disc: |x| is above ε on the share 1 − ε², |x| = √q at quantile q.
  const auto disc = judged(ManifoldKind::disc, 1, zero);
  EXPECT_NEAR(disc.supremum, 1.0, 1e-12);
  EXPECT_EQ(disc.supremum, disc.worst.u[0]);
  for (std::size_t e = 0; e < 3; ++e) {
    EXPECT_NEAR(disc.exceptional[e], 1.0 - kEpsilons[e] * kEpsilons[e], 1e-4);
    EXPECT_NEAR(disc.quantile[e], std::sqrt(kQuantiles[e]), 1e-4);
    EXPECT_EQ(disc.pieces[e], 1);
  }
  const auto sphere = judged(ManifoldKind::sphere, 1, zero);
  EXPECT_NEAR(sphere.supremum, 1.0, 1e-15);
  EXPECT_EQ(sphere.exceptional[2], 1.0);
  EXPECT_EQ(sphere.pieces[2], 1);
}

// One coordinate is lost, the others kept: on the torus |z| > ε leaves two pieces, above and below, of the share 1 − (2/π) arcsin 2ε.
TEST(ReconstructionJudge, OfAProjection) {
  const auto outcome = judged(ManifoldKind::torus, 2, [](const VectorXd& x) { return Coded{vector({x[0], x[1], 0.0}), x.head(2)}; });
  EXPECT_NEAR(outcome.pmse, 0.0625, 1e-5);
  EXPECT_EQ(outcome.explained[0], 1.0);
  EXPECT_EQ(outcome.explained[1], 1.0);
  EXPECT_EQ(outcome.explained[2], 0.0);
  EXPECT_NEAR(outcome.supremum, 0.5, 1e-12);
  EXPECT_NEAR(outcome.latent_low[0], -1.5, 1e-3);
  EXPECT_NEAR(outcome.latent_high[1], 1.5, 1e-3);
  for (std::size_t e = 0; e < 2; ++e) {
    EXPECT_NEAR(outcome.exceptional[e], 1.0 - 2.0 / kPi * std::asin(2.0 * kEpsilons[e]), 2e-4);
    EXPECT_EQ(outcome.pieces[e], 2);
  }
  EXPECT_EQ(outcome.exceptional[3], 0.0);
  EXPECT_EQ(outcome.pieces[3], 0);
}

// In the tear the code runs back once around the circle: 2πt behind at its part t, so that the distance is 2 sin πt, up to 2, above ε on the share
// 1 − (2/π) arcsin(ε/2) of it. Neighbours are 1.5e-3 apart, and x̂ is the same on both sides of the tear.
TEST(ReconstructionJudge, FindsTheTearOfACutCircle) {
  for (const double width : {0.5, 1e-2, 1e-3, 1e-4, 1e-5, 3e-6}) {
    for (const double at : {0.0, 0.7, 2.0}) {
      std::size_t looks = 0;
      const auto outcome = judged(ManifoldKind::circle, 1, [&](const VectorXd& x) {
        const double code = cut_angle(std::atan2(x[1], x[0]) - at, width);
        return Coded{vector({std::cos(code + at), std::sin(code + at)}), vector({code})};
      }, &looks);
      EXPECT_LT(looks, 20'000U);
      EXPECT_NEAR(outcome.supremum, 2.0, std::pow(kPi * 1e-7 / width, 2) + 1e-13) << width << " at " << at;   // places are told apart to 1e-7
      EXPECT_NEAR(std::remainder(outcome.worst.u[0] - at - kPi, 2.0 * kPi), 0.0, 0.5 * width);
      for (std::size_t e = 0; e < kEpsilons.size(); ++e) {
        const double expected = (1.0 - 2.0 / kPi * std::asin(0.5 * kEpsilons[e])) * width / (2.0 * kPi);
        EXPECT_NEAR(outcome.exceptional[e], expected, 1e-7) << width << " at " << at << ", " << kEpsilons[e];
        EXPECT_EQ(outcome.pieces[e], 1) << width << " at " << at;
        EXPECT_EQ(outcome.cuts[e], 1) << width << " at " << at;
      }
    }
  }
}

// The same in R^20, by an isometry.
TEST(ReconstructionJudge, DoesNotDependOnTheEmbedding) {
  const auto map = [](const VectorXd& y) {
    const double code = cut_angle(std::atan2(y[1], y[0]) - 0.3, 0.05);
    return Coded{vector({1.15 * std::cos(code + 0.3), 0.92 * std::sin(code + 0.3)}), vector({code})};
  };
  const auto plane = judged(ManifoldKind::circle, 1, map);
  const Eigen::MatrixXd isometry = random_isometry(20, 2, RandomStream(4, 0));
  ReconstructionJudge judge(Manifold::make(ManifoldKind::circle), isometry, 1, kQuantiles, kEpsilons);
  const auto space = judge.measure(each(20, 1, [&](const VectorXd& x) {
    const Coded coded = map(isometry.transpose() * x);
    return Coded{isometry * coded.reconstruction, coded.latents};
  }));
  EXPECT_NEAR(space.pmse, plane.pmse, 1e-14);
  EXPECT_NEAR(space.supremum, plane.supremum, 1e-10);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(space.quantile[i], plane.quantile[i], 1e-13);
    EXPECT_NEAR(space.exceptional[i], plane.exceptional[i], 1e-6);
    EXPECT_EQ(space.pieces[i], plane.pieces[i]);
  }
  for (std::size_t m = 0; m < 2; ++m) EXPECT_NEAR(space.explained[m], plane.explained[m], 1e-13);
}

// KS24's example: the codes of both circles lie side by side on the line, and each is cut open once.
TEST(ReconstructionJudge, CutsInterlacedCirclesTwice) {
  for (const double width : {0.1, 1e-4}) {
    const auto outcome = judged(ManifoldKind::circles, 1, [&](const VectorXd& x) {
      const bool is_first = x[2] == 0.0 && std::abs(std::hypot(x[0] + 0.5, x[1]) - 1.0) < 1e-9;
      const double angle = is_first ? std::atan2(x[1], x[0] + 0.5) : std::atan2(x[2], 0.5 - x[0]);
      const double code = cut_angle(angle - (is_first ? 0.7 : 2.1), width), s = code + (is_first ? 0.7 : 2.1);
      return Coded{is_first ? vector({-0.5 + std::cos(s), std::sin(s), 0.0}) : vector({0.5 - std::cos(s), 0.0, std::sin(s)}),
                   vector({code + (is_first ? 0.0 : 10.0)})};
    });
    EXPECT_NEAR(outcome.supremum, 2.0, 1e-6);
    EXPECT_NEAR(outcome.latent_low[0], -kPi, 0.06);
    EXPECT_NEAR(outcome.latent_high[0], 10.0 + kPi, 0.06);
    for (std::size_t e = 0; e < kEpsilons.size(); ++e) {
      const double expected = (1.0 - 2.0 / kPi * std::asin(0.5 * kEpsilons[e])) * width / (2.0 * kPi);
      EXPECT_NEAR(outcome.exceptional[e], expected, 1e-7) << width;
      EXPECT_EQ(outcome.pieces[e], 2) << width;
      EXPECT_EQ(outcome.cuts[e], 2) << width;
    }
  }
}

// The circle but for waves |sin 20s|, which exceed ε on the share 1 − (2/π) arcsin ε of each half wave: pieces with gaps of 0.052 at ε = ½ and 0.01 at 0.1.
TEST(ReconstructionJudge, CountsPiecesAndCuts) {
  const auto waves = [](double from, double to, double shift) {
    return [=](const VectorXd& x) {
      const double s = std::remainder(std::atan2(x[1], x[0]) - shift, 2.0 * kPi);
      VectorXd back = x;
      if (s > from && s < to) back *= 1.0 + std::sin(20.0 * s);
      return Coded{back, vector({s})};
    };
  };
  // Four half waves from 0 and two from 1.2 on, somewhere, and over the start of the circle.
  for (const double shift : {1.0, -kPi / 20.0 - 0.01}) {
    const auto outcome = judged(ManifoldKind::circle, 1, [&](const VectorXd& x) {
      const VectorXd first = waves(0.0, 4.0 * kPi / 20.0, shift)(x).reconstruction;
      return Coded{first + waves(0.0, 2.0 * kPi / 20.0, shift + 1.2)(x).reconstruction - x, vector({0.0})};
    });
    EXPECT_EQ(outcome.pieces[2], 6) << shift;
    EXPECT_EQ(outcome.cuts[2], 2) << shift;
    EXPECT_EQ(outcome.cuts[0], 2) << shift;
    EXPECT_EQ(outcome.cuts[3], 0) << shift;
    EXPECT_NEAR(outcome.exceptional[2], 6.0 * (2.0 / 3.0) / 40.0, 1e-5) << shift;
    EXPECT_NEAR(outcome.exceptional[0], 6.0 * (1.0 - 2.0 / kPi * std::asin(0.1)) / 40.0, 1e-5) << shift;
  }
  // The arc, cut at both of its ends, which are not next to each other.
  const auto ends = judged(ManifoldKind::arc, 1, [](const VectorXd& x) {
    const double s = std::atan2(x[0], x[1] + 0.300105438719035357);
    return Coded{x * (std::abs(s) > 2.0 ? 2.0 : 1.0), vector({s})};
  });
  EXPECT_EQ(ends.pieces[0], 2);
  EXPECT_EQ(ends.cuts[0], 2);
  EXPECT_NEAR(ends.exceptional[0], 1.0 - 2.0 / (0.75 * kPi), 1e-4);
}

/// A rotation that puts the pole of what follows anywhere.
Eigen::Matrix3d rotation() { return Eigen::AngleAxisd(2.2, Eigen::Vector3d(1.0, 2.0, -0.5).normalized()).toRotationMatrix(); }

// The sphere laid flat, as by a stereographic projection but with latents that are the distance from a pole, so that they stay finite: in a cap of radius w
// around the other pole they run back to 0. There x̂ is the first pole: distance 2. Test points are 0.034 apart. The share of a cap of radius r is (1 − cos r)/2.
TEST(ReconstructionJudge, FindsThePunctureOfASphere) {
  const Eigen::Matrix3d turn = rotation();
  for (const double width : {0.4, 0.1, 0.02, 1e-3, 1e-4}) {
    std::size_t looks = 0;
    const auto outcome = judged(ManifoldKind::sphere, 2, [&](const VectorXd& x) {
      const Eigen::Vector3d y = turn * x;
      const double plane = std::hypot(y[0], y[1]), polar = std::atan2(plane, y[2]), left = kPi - polar;
      const double radius = left < width ? (kPi - width) * left / width : polar;
      const Eigen::Vector2d direction = plane > 0.0 ? Eigen::Vector2d(y.head(2) / plane) : Eigen::Vector2d(1.0, 0.0);
      Eigen::Vector3d back;
      back << std::sin(radius) * direction, std::cos(radius);
      return Coded{turn.transpose() * back, radius * direction};
    }, &looks);
    EXPECT_LT(looks, 50'000U);
    EXPECT_NEAR(outcome.supremum, 2.0, 1e-6) << width;
    if (width < 0.1) continue;
    // The distance is that of polar angles, 2 sin(½|polar − radius|), which falls to 0 at the cap's border: above ½ within left < 0.83918 w and so on.
    const double inner = width * (1.0 - 2.0 * std::asin(0.25) / kPi);
    EXPECT_NEAR(outcome.exceptional[2], 0.5 * (1.0 - std::cos(inner)), 0.1 * 0.25 * width * width + 2e-4) << width;
    EXPECT_EQ(outcome.pieces[2], 1) << width;
  }
}

// Cut open along one circle of each kind, w wide; across, as far as the torus reaches: the diameter, 3, of the outer equator.
TEST(ReconstructionJudge, FindsTheCutsOfATorus) {
  for (const double width : {0.3, 0.01, 1e-4}) {
    const auto outcome = judged(ManifoldKind::torus, 2, [&](const VectorXd& x) {
      const double phi = cut_angle(std::atan2(x[1], x[0]) - 1.0, width) + 1.0;
      const double theta = cut_angle(std::atan2(x[2], std::hypot(x[0], x[1]) - 1.0) - 2.0, width) + 2.0, rho = 1.0 + 0.5 * std::cos(theta);
      return Coded{vector({rho * std::cos(phi), rho * std::sin(phi), 0.5 * std::sin(theta)}), vector({theta, phi})};
    });
    EXPECT_GT(outcome.supremum, width < 0.1 ? 2.7 : 3.0 - 1e-9) << width;
    EXPECT_LT(outcome.supremum, 3.0 + 1e-9);
  }
}

// KS24's bound, by maps that attain it: a projection keeps x̂ within the reach of one component, everywhere. No map could do better.
TEST(ReconstructionJudge, ProjectionsAttainTheBound) {
  for (const ManifoldKind kind : {ManifoldKind::circle, ManifoldKind::circles, ManifoldKind::sphere, ManifoldKind::torus}) {
    const int k = facts(kind).dimension;
    const auto outcome = judged(kind, k, [k](const VectorXd& x) {
      VectorXd kept = VectorXd::Zero(x.size());
      kept.head(k) = x.head(k);
      return Coded{kept, x.head(k)};
    });
    EXPECT_NEAR(outcome.supremum, facts(kind).bound, 1e-12) << name(kind);
  }
}

// By networks, as they start and in training: first they come near projections, and then cut. In float64, whose rounding does not hide a tear.
TEST(ReconstructionJudge, NoNetworkStaysBelowTheBound) {
  for (const ManifoldKind kind : {ManifoldKind::circle, ManifoldKind::circles, ManifoldKind::trefoil, ManifoldKind::sphere, ManifoldKind::torus}) {
    const int n = facts(kind).ambient, k = facts(kind).dimension;
    double least = std::numeric_limits<double>::infinity();
    auto judge = judge_of(kind, k, k == 1 ? 1000 : 2584);
    for (const double gain : {1.0, 2.0}) {
      const RandomStream stream(41, 0);
      const ManifoldSamples samples(Manifold::make(kind), natural(kind), 0.0, 0, stream);
      const DeepShape shape{n, {16}, k, {16}, Activation::tanh};
      DeepTrainer network(shape, {.single_precision = false, .batch = 64, .learning_rate = 0.01}, deep_start(shape, gain, stream));
      std::vector<double> batch(64 * static_cast<std::size_t>(n));
      for (const std::uint64_t until : {0, 100, 300, 1000, 3000}) {
        while (network.steps() < until) {
          samples.draw(network.steps(), batch);
          network.step(batch);
        }
        const auto& outcome = judge.measure([&](auto x, auto back, auto latents) { network.reconstruct(x, back, latents); });
        EXPECT_GE(outcome.supremum, facts(kind).bound - 1e-6) << name(kind) << " at " << until << " from gain " << gain;
        least = std::min(least, outcome.supremum);
      }
    }
    EXPECT_LT(least, kind == ManifoldKind::trefoil ? 1.2 : facts(kind).bound + 0.1) << name(kind);
  }
}

TEST(ReconstructionJudge, ADivergedMapHasNoNumbers) {
  auto judge = judge_of(ManifoldKind::circles, 2, 64);
  const auto bad = [](double value) {
    return [value](const VectorXd& x) { return Coded{x[0] > 1.4 ? VectorXd::Constant(3, value) : x, vector({0.0, 0.0})}; };
  };
  for (const double value : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    const auto& outcome = judge.measure(each(3, 2, bad(value)));
    EXPECT_TRUE(std::isnan(outcome.pmse) && std::isnan(outcome.supremum));
    for (const auto* values : {&outcome.explained, &outcome.quantile, &outcome.exceptional, &outcome.latent_low, &outcome.latent_high})
      for (const double x : *values) EXPECT_TRUE(std::isnan(x));
    EXPECT_EQ(outcome.pieces, std::vector<int>(4, -1));
  }
  EXPECT_EQ(judge.measure(each(3, 2, bad(0.0))).pieces.size(), 4U);
}

TEST(ReconstructionJudge, ShowsItsTestSet) {
  for (const ManifoldKind kind : all_manifolds()) {
    auto judge = judge_of(kind, 1);
    const std::size_t count = facts(kind).dimension == 1 ? 4096 : 10946, n = static_cast<std::size_t>(facts(kind).ambient);
    judge.measure(each(facts(kind).ambient, 1, [](const VectorXd& x) { return Coded{2.0 * x, x.head(1)}; }));
    ASSERT_EQ(judge.places().size(), count);
    ASSERT_EQ(judge.points().size(), count * n);
    ASSERT_EQ(judge.latents().size(), count);
    const auto manifold = Manifold::make(kind);
    for (std::size_t i = 0; i < count; i += 97) {
      for (std::size_t j = 0; j < n; ++j) {
        EXPECT_EQ(judge.points()[i * n + j], manifold->point(judge.places()[i])[static_cast<Eigen::Index>(j)]);
        EXPECT_EQ(judge.reconstructions()[i * n + j], 2.0 * judge.points()[i * n + j]);
      }
      EXPECT_EQ(judge.latents()[i], judge.points()[i * n]);
    }
    EXPECT_NEAR(std::pow(judge.spacing(), facts(kind).dimension) * static_cast<double>(count), facts(kind).measure, 1e-9);
  }
}

}  // namespace
}  // namespace aesweep
