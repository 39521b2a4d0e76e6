#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "panel_rule.hpp"
#include "quadrature_sums.hpp"

namespace aesweep {

/// The most nodes a lattice may have.
constexpr int kLatticeCapacity = 768;
/// One number a node, on the stack.
using Line = Eigen::Array<double, Eigen::Dynamic, 1, 0, kLatticeCapacity + 4 * kLanes, 1>;

/// h φ(u) at u = h × (i − centre), for every i of the line.
void fill_normal_weights(Line& line, double h, int centre);

/// g, g', g'' on the nodes −half … half of a lattice, with zeros beyond for loops that run in lanes.
struct Samples {
  int half = 0;
  Line value, slope, second;

  static Eigen::Index index(int node, int half) { return node + half + kLanes; }
  Jet at(int node) const {
    const Eigen::Index i = index(node, half);
    return {value[i], slope[i], second[i], 0.0};
  }

  /// With one weight a node.
  Means<double> means(const Line& weight) const {
    const auto mean = [&](const Line& line) { return (weight * line.segment(kLanes, weight.size())).sum(); };
    return {mean(value), mean(slope), mean(second)};
  }

  template <class Curve>
  void fill(double bias, double step, int new_half) {
    half = new_half;
    const int size = 2 * half + 1;
    for (Line* line : {&value, &slope, &second}) {
      line->resize(size + 3 * kLanes);
      line->head(kLanes).setZero();
      line->tail(2 * kLanes).setZero();
    }
    double* values = value.data() + kLanes;
    double* slopes = slope.data() + kLanes;
    double* seconds = second.data() + kLanes;
    for (int i = 0; i < size; ++i) {
      const Jet jet = Curve::at(bias + step * (i - new_half));
      values[i] = jet.value;
      slopes[i] = jet.slope;
      seconds[i] = jet.second;
    }
  }
};

/// Σ_j h' φ((v_j − centre)/q)/q f(λ_j) over the inner neuron's lattice, for a row of centres. With η = h'/q and a pivot θ/η nodes above the
/// centre, the weight m nodes from the pivot is exp(−½(θ + ηm)²) = exp(−½θ²) t^m exp(−½η²m²), t = exp(−θη): one table serves every centre.
class InnerLattice {
 public:
  InnerLattice(const Samples& samples, double step, double q) : samples_(samples), step_(step), ratio_(step / q) {
    reach_ = std::min(samples.half, static_cast<int>(kReach / ratio_) + 1) + kLanes;
    gauss_.resize(2 * reach_ + 2 * kLanes);
    fill_normal_weights(gauss_, ratio_, reach_);
  }

  /// Prepares the centres r u; what all terms of a centre have in common is multiplied to its weight.
  void set_centres(double r, const Line& u, Line& weight);

  /// The means at the centre of the given index, as partial sums.
  Means<Lanes> operator()(Eigen::Index row) const {
    const int pivot = static_cast<int>(pivot_[row]);
    const int extent = static_cast<int>(extent_[row]);
    const int up = std::min(extent, samples_.half - pivot);
    const int down = std::min(extent, samples_.half + pivot);
    const double t = t_[row];
    const double t2 = t * t;
    const double t4 = t2 * t2;
    const double stride = t4 * t4;
    const double inverse_stride = 1.0 / stride;
    Lanes first;
    first << 1.0, t, t2, t2 * t, t4, t4 * t, t4 * t2, t4 * t2 * t;
    auto means = no_means<Lanes>();
    const auto add = [&](int m, const Lanes& power) {
      const Eigen::Index i = Samples::index(pivot + m, samples_.half);
      const Lanes weight = power * gauss_.segment<kLanes>(reach_ + m);
      means.add(weight, samples_.value.segment<kLanes>(i), samples_.slope.segment<kLanes>(i), samples_.second.segment<kLanes>(i));
    };
    Lanes power = first;
    for (int m = 0; m <= up; m += kLanes, power *= stride) add(m, power);
    power = first * inverse_stride;
    for (int m = -kLanes; m > -down - kLanes; m -= kLanes, power *= inverse_stride) add(m, power);
    return means;
  }

 private:
  const Samples& samples_;
  double step_;
  double ratio_;  // η
  int reach_;
  Line gauss_;               // h'/q φ(ηm)
  Line pivot_, extent_, t_;  // for each centre
};

}  // namespace aesweep
