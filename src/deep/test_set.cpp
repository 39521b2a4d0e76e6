#include "test_set.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace aesweep {

namespace {

void place_on_curve(const Manifold& manifold, int count, TestSet& set) {
  const int components = manifold.facts().components, size = count / components;
  for (int component = 0; component < components; ++component) {
    const int first = component * size;
    for (int i = 0; i < size; ++i) set.places.push_back(manifold.place(component, (i + 0.5) / size, 0.0));
    for (int i = 1; i < size; ++i) set.edges.push_back({first + i - 1, first + i});
    if (manifold.facts().closed) set.edges.push_back({first + size - 1, first});
  }
}

void place_on_surface(const Manifold& manifold, int count, TestSet& set) {
  constexpr double kReach = 1.6, kInverseGoldenRatio = std::numbers::phi - 1.0;
  for (int i = 0; i < count; ++i) {
    const double turns = i * kInverseGoldenRatio;
    set.places.push_back(manifold.place(0, (i + 0.5) / count, turns - std::floor(turns)));
  }
  const double closest = kReach * set.spacing;
  for (int i = 0; i < count; ++i) {
    const Eigen::Vector3d x = manifold.point(set.places[static_cast<std::size_t>(i)]);
    for (int step = 1, next = 2; 2 * step < count; next = std::exchange(step, next) + next) {
      const int other = (i + step) % count;
      if ((manifold.point(set.places[static_cast<std::size_t>(other)]) - x).norm() < closest) set.edges.push_back({i, other});
    }
  }
}

}  // namespace

TestSet make_test_set(const Manifold& manifold, int count) {
  const ManifoldFacts& facts = manifold.facts();
  const double share = facts.measure / count;
  TestSet set{{}, {}, facts.dimension == 1 ? share : std::sqrt(share)};
  if (facts.dimension == 1)
    place_on_curve(manifold, count, set);
  else
    place_on_surface(manifold, count, set);
  return set;
}

}  // namespace aesweep
