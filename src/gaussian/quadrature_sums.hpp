#pragma once
#include <Eigen/Core>
#include <type_traits>

#include "curves.hpp"

namespace aesweep {

/// Nodes that are summed side by side.
constexpr int kLanes = 8;
using Lanes = Eigen::Array<double, kLanes, 1>;

/// E g, E g', E g'' of the inner neuron at one outer node. Real may be Lanes, partial sums to be added up later.
template <class Real>
struct Means {
  Real value, slope, second;

  void add(const Real& weight, const Real& g, const Real& g1, const Real& g2) {
    value += weight * g;
    slope += weight * g1;
    second += weight * g2;
  }
  void add(double weight, const Jet& jet) { add(weight, jet.value, jet.slope, jet.second); }
};

/// Moments of one neuron alone.
struct Averages {
  double value = 0.0, slope = 0.0, second = 0.0, third = 0.0;  // E g, E g', ...
  double S = 0.0, G = 0.0, H = 0.0, P = 0.0;

  void add(double weight, const Jet& jet) {
    value += weight * jet.value;
    slope += weight * jet.slope;
    second += weight * jet.second;
    third += weight * jet.third;
    S += weight * jet.value * jet.value;
    G += weight * jet.slope * jet.slope;
    H += weight * jet.second * jet.value;
    P += weight * jet.slope * jet.value;
  }
};

/// Moments of a pair; H_outer and P_outer have their derivative on the outer neuron.
template <class Real>
struct Products {
  Real S, G, H_outer, H_inner, P_outer, P_inner;

  template <class Outer>
  void add(double weight, const Outer& outer, const Means<Real>& inner) {
    const double value = weight * outer.value;
    const double slope = weight * outer.slope;
    S += value * inner.value;
    G += slope * inner.slope;
    H_outer += weight * outer.second * inner.value;
    H_inner += value * inner.second;
    P_outer += slope * inner.value;
    P_inner += value * inner.slope;
  }
};

template <class Real>
Real zero() {
  if constexpr (std::is_same_v<Real, double>) {
    return 0.0;
  } else {
    return Real::Zero();
  }
}
template <class Real>
Means<Real> no_means() {
  return {zero<Real>(), zero<Real>(), zero<Real>()};
}
template <class Real>
Products<Real> no_products() {
  return {zero<Real>(), zero<Real>(), zero<Real>(), zero<Real>(), zero<Real>(), zero<Real>()};
}

inline Products<double> total(const Products<double>& products) { return products; }
inline Products<double> total(const Products<Lanes>& lanes) {
  return {lanes.S.sum(), lanes.G.sum(), lanes.H_outer.sum(), lanes.H_inner.sum(), lanes.P_outer.sum(), lanes.P_inner.sum()};
}

}  // namespace aesweep
