#pragma once

#include <vector>

#include "aesweep/data/manifold.hpp"

namespace aesweep {

/// Two neighbours of a test set.
struct Edge {
  int first, second;
};

/// Quasi-uniform points of equal weight, and which of them are neighbours.
struct TestSet {
  std::vector<ChartPlace> places;   ///< component after component
  std::vector<Edge> edges;
  double spacing;                   ///< (measure per point)^{1/k}
};

/// Curves: points in the middle of equal arcs, the same number on each component. Surfaces: the Fibonacci lattice (i + ½)/P, frac(i/golden ratio) in
/// coordinates that preserve area   [Swinbank & Purser, QJRMS 132, 1769 (2006)]; neighbours are those closer than 1.6 spacings, whose numbers differ by
/// Fibonacci numbers.
/// @param count  a Fibonacci number on surfaces, so that the lattice closes on the torus.
TestSet make_test_set(const Manifold& manifold, int count);

}  // namespace aesweep
