#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace aesweep {

/// Manifolds in two or three dimensions. Their coordinates have mean 0 and are their principal axes, by descending variance; none is further than 3/2 from 0.
///   circle        (cos s, sin s)
///   circles       two interlaced unit circles, each through the other's centre: (−½ + cos s, sin s, 0) and (½ − cos s, 0, sin s)
///   figure_eight  Bernoulli's lemniscate, r² = cos 2φ: an immersed circle; no manifold where it crosses itself
///   trefoil       the knot (ρ cos 2t, ρ sin 2t, 0.3 sin 3t) with ρ = 0.7 + 0.3 cos 3t
///   sphere        unit sphere in R³
///   torus         (ρ cos φ, ρ sin φ, ½ sin θ) with ρ = 1 + ½ cos θ
///   swiss_roll    turn and a half of Archimedes' spiral, radius t/(9π/2) at the angle t = 3π/2 .. 9π/2, times an interval of length 3/2
///   arc           three quarters of the unit circle
///   disc          the unit disc of the plane, solid
enum class ManifoldKind : std::uint8_t { circle, circles, figure_eight, trefoil, sphere, torus, swiss_roll, arc, disc };

/// All of them, in the order of the enum.
std::span<const ManifoldKind> all_manifolds();
std::string_view name(ManifoldKind kind);
std::optional<ManifoldKind> manifold_from(std::string_view name);

/// What is known of a manifold. The reach is the largest distance up to which every point of space has one nearest point on it   [Federer, Trans. AMS 93,
/// 418 (1959)]; derivations in manifold.cpp.
struct ManifoldFacts {
  int dimension;        ///< intrinsic, k
  int ambient;          ///< 2 or 3
  int components;       ///< of equal measure
  bool closed;          ///< compact without boundary
  double reach;         ///< exact, or to 1e-15; 0 for the figure eight, infinite for the disc
  /// No continuous map through R^k keeps |x̂ − x| below this everywhere: the reach of one component by itself; 0 where nothing is forbidden or known. If the
  /// distance stayed below it, projecting x̂ would be a map of the component to itself that is homotopic to the identity and factors through R^k, which
  /// kills the top homology   [after KS24].
  double bound;
  double measure;       ///< length or area of all components
  double variance[3];   ///< of each coordinate under the uniform measure, to 1e-15
};
const ManifoldFacts& facts(ManifoldKind kind);

/// A place on a manifold: coordinates in the chart of one component.
struct ChartPlace {
  int component = 0;
  double u[2] = {0.0, 0.0};
};

/// Range of a coordinate of the chart.
struct Coordinate {
  double low, high;
  bool cyclic;
};

/// Chart and uniform measure. Charts: arc length on curves; (arc length, height) on the Swiss roll; polar angle and azimuth on the sphere; (θ, φ) on the
/// torus; (radius, azimuth) on the disc. Coordinate lines are orthogonal.
class Manifold {
 public:
  static std::unique_ptr<const Manifold> make(ManifoldKind kind);
  virtual ~Manifold() = default;

  ManifoldKind kind() const { return kind_; }
  const ManifoldFacts& facts() const { return aesweep::facts(kind_); }

  /// The place of two numbers in [0, 1): uniform ones give a uniform place. Curves use the first alone. Measure is preserved to 1e-10.
  virtual ChartPlace place(int component, double first, double second) const = 0;
  /// Points are on the manifold to rounding; beyond the two coordinates of a plane, 0. Cyclic coordinates may have any value.
  virtual Eigen::Vector3d point(const ChartPlace& place) const = 0;
  /// ∂x/∂u_i as column i, i < k. The chart is singular at the sphere's poles and the disc's centre.
  virtual Eigen::Matrix<double, 3, 2> derivatives(const ChartPlace& place) const = 0;
  virtual Coordinate coordinate(int i) const = 0;

 protected:
  explicit Manifold(ManifoldKind kind) : kind_(kind) {}

 private:
  ManifoldKind kind_;
};

}  // namespace aesweep
