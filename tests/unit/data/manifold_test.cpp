#include "aesweep/data/manifold.hpp"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

namespace aesweep {
namespace {

using Eigen::Vector3d;

std::string text(ManifoldKind kind) { return std::string(name(kind)); }

/// Places of a lattice over both numbers that place() takes, on all components.
std::vector<ChartPlace> lattice(const Manifold& manifold, int first, int second) {
  std::vector<ChartPlace> places;
  for (int component = 0; component < manifold.facts().components; ++component)
    for (int i = 0; i < first; ++i)
      for (int j = 0; j < (manifold.facts().dimension == 1 ? 1 : second); ++j)
        places.push_back(manifold.place(component, (i + 0.5) / first, (j + 0.5) / second));
  return places;
}

TEST(Manifold, NamesAreFoundAgain) {
  for (const ManifoldKind kind : all_manifolds()) {
    EXPECT_EQ(manifold_from(name(kind)), kind);
    EXPECT_EQ(Manifold::make(kind)->kind(), kind);
  }
  EXPECT_EQ(all_manifolds().size(), 9U);
  EXPECT_EQ(manifold_from("klein_bottle"), std::nullopt);
}

// Equations that only points of the manifold satisfy.
TEST(Manifold, PointsSatisfyItsEquation) {
  const auto defect = [](ManifoldKind kind, const ChartPlace& place, const Vector3d& x) {
    const double plane = std::hypot(x[0], x[1]), r = x.norm();
    switch (kind) {
      case ManifoldKind::circle:
      case ManifoldKind::sphere: return r - 1.0;
      case ManifoldKind::circles:
        return place.component == 0 ? std::hypot(x[0] + 0.5, x[1]) - 1.0 + std::abs(x[2]) : std::hypot(x[0] - 0.5, x[2]) - 1.0 + std::abs(x[1]);
      case ManifoldKind::figure_eight: return r * r * r * r - x[0] * x[0] + x[1] * x[1];
      case ManifoldKind::trefoil: {   // φ = 2t: t, or t + π on the other side of the core
        const double t = 0.5 * std::atan2(x[1], x[0]), c = 0.3 * std::cos(3.0 * t), s = 0.3 * std::sin(3.0 * t);
        return std::min(std::hypot(plane - 0.7 - c, x[2] - s), std::hypot(plane - 0.7 + c, x[2] + s));
      }
      case ManifoldKind::torus: return std::hypot(plane - 1.0, x[2]) - 0.5;
      case ManifoldKind::swiss_roll: {
        const double c = std::cos(1.04017949838250077), s = std::sin(1.04017949838250077);
        const double p = c * x[0] - s * x[1] + 0.173378305120243674, q = s * x[0] + c * x[1] + 0.029838794466961750;
        const double turns = std::hypot(p, q) * 2.25 - std::atan2(q, p) / (2.0 * std::numbers::pi);
        return turns - std::round(turns) + std::max(std::abs(x[2]) - 0.75, 0.0);
      }
      case ManifoldKind::arc: return std::hypot(x[0], x[1] + 0.300105438719035357) - 1.0 + (x[1] + 0.300105438719035357 < -0.70710678119);
      case ManifoldKind::disc: return std::max(plane - 1.0, 0.0);
    }
    return 1.0;
  };
  for (const ManifoldKind kind : all_manifolds()) {
    const auto manifold = Manifold::make(kind);
    for (const ChartPlace& place : lattice(*manifold, 57, 23)) {
      const Vector3d x = manifold->point(place);
      ASSERT_NEAR(defect(kind, place, x), 0.0, 2e-15) << text(kind) << " at " << place.u[0] << ", " << place.u[1];
      ASSERT_TRUE(x[2] == 0.0 || facts(kind).ambient == 3) << text(kind);
    }
  }
}

// Central differences with steps of 1e-5: 1e-10 from the third derivatives and as much from rounding.
TEST(Manifold, DerivativesAreThoseOfThePoint) {
  for (const ManifoldKind kind : all_manifolds()) {
    const auto manifold = Manifold::make(kind);
    const int k = facts(kind).dimension;
    for (const ChartPlace& place : lattice(*manifold, 31, 7)) {
      const auto slopes = manifold->derivatives(place);
      for (int i = 0; i < k; ++i) {
        ChartPlace before = place, after = place;
        before.u[i] -= 1e-5;
        after.u[i] += 1e-5;
        const Vector3d expected = (manifold->point(after) - manifold->point(before)) / 2e-5;
        ASSERT_LT((slopes.col(i) - expected).norm(), 1e-8) << text(kind) << ", coordinate " << i << " at " << place.u[0];
      }
      ASSERT_NEAR(k == 1 ? slopes.col(0).norm() : 1.0, 1.0, 1e-14) << text(kind);   // arc length
      ASSERT_NEAR(slopes.col(0).dot(slopes.col(1)), 0.0, 1e-15) << text(kind);
    }
  }
}

// Length or area of what a step in place()'s numbers covers, by central differences: the whole measure over the number of components, everywhere.
TEST(Manifold, PlacesPreserveMeasure) {
  for (const ManifoldKind kind : all_manifolds()) {
    const auto manifold = Manifold::make(kind);
    const double step = 1e-5, measure = facts(kind).measure / facts(kind).components;
    for (int i = 1; i < 40; ++i) {
      for (int j = 1; j < 10; ++j) {
        const double a = i / 40.0, b = j / 10.0;
        const auto slope = [&](double da, double db) -> Vector3d {
          return (manifold->point(manifold->place(0, a + da, b + db)) - manifold->point(manifold->place(0, a - da, b - db))) / (2.0 * step);
        };
        const Vector3d along = slope(step, 0.0);
        const double density = facts(kind).dimension == 1 ? along.norm() : along.cross(slope(0.0, step)).norm();
        ASSERT_NEAR(density / measure, 1.0, 1e-6) << text(kind) << " at " << a << ", " << b;
      }
    }
  }
}

// Sums over equal weights. Those over closed curves and angles are exact but for rounding and tables; midpoints of the others err by 1/P² and less.
TEST(Manifold, HasItsMeanAndCovariance) {
  for (const ManifoldKind kind : all_manifolds()) {
    const auto manifold = Manifold::make(kind);
    const auto places = lattice(*manifold, 4000, 50);
    Vector3d mean = Vector3d::Zero();
    Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();
    for (const ChartPlace& place : places) {
      const Vector3d x = manifold->point(place);
      mean += x / static_cast<double>(places.size());
      covariance += x * x.transpose() / static_cast<double>(places.size());
    }
    const bool is_exact = facts(kind).closed && kind != ManifoldKind::sphere;
    const double tolerance = kind == ManifoldKind::swiss_roll ? 1e-4 : is_exact ? 1e-11 : 1e-7;   // midpoints of 50 heights: 1/(12·50²) of 3/16·4
    EXPECT_LT(mean.norm(), tolerance) << text(kind);
    EXPECT_LT((covariance - Eigen::Matrix3d(Eigen::Map<const Vector3d>(facts(kind).variance).asDiagonal())).norm(), tolerance) << text(kind);
    for (int i = 1; i < 3; ++i) EXPECT_GE(facts(kind).variance[i - 1], facts(kind).variance[i]) << text(kind);
  }
}

/// A point with the directions that lie in the manifold there. At an end of a coordinate only the inward half of its direction does.
struct Tangents {
  Vector3d x, direction[2];
  int inward[2] = {0, 0};
  bool is_singular = false;   ///< a direction is missing
};
Tangents tangents(const Manifold& manifold, const ChartPlace& place) {
  Tangents result{manifold.point(place), {Vector3d::Zero(), Vector3d::Zero()}};
  const auto slopes = manifold.derivatives(place);
  for (int i = 0; i < manifold.facts().dimension; ++i) {
    result.direction[i] = slopes.col(i).normalized();
    result.is_singular = result.is_singular || slopes.col(i).norm() < 1e-6;
    const auto [low, high, cyclic] = manifold.coordinate(i);
    const bool is_end = !cyclic && manifold.kind() != ManifoldKind::sphere && manifold.kind() != ManifoldKind::disc;
    if (is_end && place.u[i] == low) result.inward[i] = 1;
    if (is_end && place.u[i] == high) result.inward[i] = -1;
  }
  return result;
}

/// |x − y|²/(2 dist(y − x, T_x)) with the tangent cone T_x: the reach is the least of them   [Federer, Theorem 4.18].
double allowed(const Tangents& at, const Vector3d& y) {
  Vector3d rest = y - at.x;
  const double square = rest.squaredNorm();
  for (int i = 0; i < 2; ++i) {
    const double along = rest.dot(at.direction[i]);
    if (along * at.inward[i] >= 0.0) rest -= along * at.direction[i];
  }
  const double off = rest.norm();
  return at.is_singular || off < 1e-9 * std::sqrt(square) ? std::numeric_limits<double>::infinity() : square / (2.0 * off);
}

/// The least over all pairs of a lattice, and then around the best pair, from grids of 3 points a coordinate that halve.
double least_allowed(const Manifold& manifold, int first, int second) {
  std::vector<ChartPlace> places;
  const int k = manifold.facts().dimension;
  for (int component = 0; component < manifold.facts().components; ++component) {
    for (int i = 0; i <= first; ++i) {
      for (int j = 0; j <= (k == 1 ? 0 : second); ++j) {
        const auto at = [&manifold](int coordinate, double part) {
          const auto [low, high, cyclic] = manifold.coordinate(coordinate);
          return std::lerp(low, high, part);
        };
        places.push_back({component, {at(0, static_cast<double>(i) / first), k == 1 ? 0.0 : at(1, static_cast<double>(j) / second)}});
      }
    }
  }
  std::vector<Vector3d> points;
  for (const ChartPlace& place : places) points.push_back(manifold.point(place));
  double least = std::numeric_limits<double>::infinity();
  ChartPlace best[2];
  for (const ChartPlace& place : places) {
    const Tangents at = tangents(manifold, place);
    for (std::size_t j = 0; j < places.size(); ++j) {
      if ((points[j] - at.x).squaredNorm() < 1e-4) continue;   // rounding; the curvature shows beyond
      if (const double radius = allowed(at, points[j]); radius < least) {
        least = radius;
        best[0] = place;
        best[1] = places[j];
      }
    }
  }
  for (double scale = 0.5; scale > 1e-6 && std::isfinite(least); scale *= 0.7) {
    ChartPlace centre[2] = {best[0], best[1]};
    for (int cell = 0; cell < (k == 1 ? 9 : 81); ++cell) {
      ChartPlace pair[2] = {centre[0], centre[1]};
      for (int end = 0, digits = cell; end < 2; ++end) {
        for (int i = 0; i < k; ++i, digits /= 3) {
          const auto [low, high, cyclic] = manifold.coordinate(i);
          const double u = pair[end].u[i] + (digits % 3 - 1) * scale * (high - low) / first;
          pair[end].u[i] = cyclic ? u : std::clamp(u, low, high);
        }
      }
      const Vector3d y = manifold.point(pair[1]);
      if ((y - manifold.point(pair[0])).squaredNorm() < 1e-4) continue;
      if (const double radius = allowed(tangents(manifold, pair[0]), y); radius < least) {
        least = radius;
        best[0] = pair[0];
        best[1] = pair[1];
      }
    }
  }
  return least;
}

TEST(Manifold, HasItsReach) {
  for (const ManifoldKind kind : all_manifolds()) {
    const auto manifold = Manifold::make(kind);
    const double found = facts(kind).dimension == 1 ? least_allowed(*manifold, 1200, 1) : least_allowed(*manifold, 240, 8);
    if (kind == ManifoldKind::figure_eight) {
      EXPECT_LT(found, 0.01);   // the branches cross
    } else if (kind == ManifoldKind::disc) {
      EXPECT_EQ(found, std::numeric_limits<double>::infinity());
    } else {
      EXPECT_NEAR(found, facts(kind).reach, 1e-9) << text(kind);
    }
    EXPECT_TRUE(facts(kind).bound == 0.0 || facts(kind).bound >= facts(kind).reach) << text(kind);
  }
}

// A single circle of the two, by itself.
TEST(Manifold, BoundOfTheCirclesIsTheReachOfOne) { EXPECT_EQ(facts(ManifoldKind::circles).bound, facts(ManifoldKind::circle).reach); }

}  // namespace
}  // namespace aesweep
