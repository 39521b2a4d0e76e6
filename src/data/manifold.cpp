#include "aesweep/data/manifold.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numbers>

namespace aesweep {

namespace {

constexpr double kPi = std::numbers::pi, kInfinity = std::numeric_limits<double>::infinity();

constexpr std::array kKinds{ManifoldKind::circle, ManifoldKind::circles, ManifoldKind::figure_eight, ManifoldKind::trefoil, ManifoldKind::sphere,
                            ManifoldKind::torus,  ManifoldKind::swiss_roll, ManifoldKind::arc, ManifoldKind::disc};
constexpr std::array<std::string_view, kKinds.size()> kNames{"circle", "circles", "figure_eight", "trefoil", "sphere",
                                                             "torus",  "swiss_roll", "arc", "disc"};

// Reach: the least of the radii of curvature, of half the distances of points that see each other at right angles, and of what ends add   [Aamari et al.,
// EJS 13, 1359 (2019)].
//   circles     The point (−½ + cos s, sin s, 0) has distance |cos s| from the other circle within that one's plane and |sin s| from the plane: distance 1
//               everywhere. Half of it is less than the radius.
//   trefoil     t and t + π lie opposite each other on the circle of radius r = 0.3 around (0.7 cos 2t, 0.7 sin 2t, 0), along which no tangent points:
//               distance 2r at right angles. All other pairs, and the curvature (radius 0.5244 at least), allow more, as the search of the tests confirms.
//   torus       The core circle is r = ½ away from all of it, the axis R − r = ½ at least.
//   swiss_roll  An interval adds nothing. Of the spiral the inner end is closest to the next turn: half the distance from t = 3π/2 to t = 10.874355726...,
//               less than the radius of curvature (0.3267).
//   arc         Half the distance of the ends, √2: less than the radius.
// Variances: the lemniscate has ds = dr/√(1 − r⁴), hence E r² = π/ϖ² and E(x² − y²) = E r⁴ = 1/3, with ϖ = 2.622... half its length   [Gauss]; the torus'
// density is proportional to ρ; with a = 3π/4 the arc has ½ − sin 2a/4a, and ½ + sin 2a/4a − (sin a/a)²; trefoil and roll by quadrature with 30 digits.
constexpr std::array<ManifoldFacts, kKinds.size()> kFacts{{
    {1, 2, 1, true, 1.0, 1.0, 2.0 * kPi, {0.5, 0.5, 0.0}},
    {1, 3, 2, true, 0.5, 1.0, 4.0 * kPi, {0.75, 0.25, 0.25}},
    {1, 2, 1, true, 0.0, 0.0, 5.244115108584239621, {0.395139957188898479, 0.061806623855565146, 0.0}},
    {1, 3, 1, true, 0.3, 0.3, 10.563002417664418052, {0.298664309628719286, 0.298664309628719286, 0.044770283557857807}},
    {2, 3, 1, true, 1.0, 1.0, 4.0 * kPi, {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0}},
    {2, 3, 1, true, 0.5, 0.5, 2.0 * kPi * kPi, {0.6875, 0.6875, 0.125}},
    {2, 3, 1, false, 0.220082697705967719, 0.0, 1.5 * 6.321865977990880991, {0.299387817711003018, 0.224296982789381388, 0.1875}},
    {1, 2, 1, false, 0.707106781186547524, 0.0, 1.5 * kPi, {0.606103295394596891, 0.303833430256658424, 0.0}},
    {2, 2, 1, false, kInfinity, 0.0, kPi, {0.25, 0.25, 0.0}},
}};

std::size_t place_of(ManifoldKind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

std::span<const ManifoldKind> all_manifolds() { return kKinds; }

std::string_view name(ManifoldKind kind) { return kNames[place_of(kind)]; }

std::optional<ManifoldKind> manifold_from(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return kKinds[static_cast<std::size_t>(found - kNames.begin())];
}

const ManifoldFacts& facts(ManifoldKind kind) { return kFacts[place_of(kind)]; }

}  // namespace aesweep
