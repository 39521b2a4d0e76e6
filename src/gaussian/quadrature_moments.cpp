#include "quadrature_moments.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "lattice.hpp"
#include "panel_rule.hpp"
#include "scaled_pair.hpp"

// Trapezoidal rules converge exponentially for functions analytic in a strip around the real axis (Trefethen & Weideman, SIAM Review 56,
// 385 (2014)): with u = (λ − b)/s the mean of g over N(b, s²) on a lattice of step h errs by the Fourier transform of φ(u) g(b + su) at
// ω = 2π/h, that is by exp(y²/2 − ωy) for every shift y of the contour into the strip. Against Gauss–Hermite rules, whose nodes cannot be
// shared, a lattice has one more merit: a pair's two-dimensional rule may put its nodes on the product of two lattices, one for each neuron,
//   E f(λ_k) f'(λ_l) = Σ_i h φ(u_i) f(λ_i) Σ_j h' φ((v_j − r u_i)/q)/q f'(λ_j),   q = √(1 − r²),
// so that g is evaluated along two lines and the plane costs multiplications only. The wider neuron is the outer one, so that the poles of
// the other's conditional mean are never nearer than its own. For |r| ≤ ½ both neurons' own lattices serve (the Gaussian's transform
// decays no slower along the diagonals of the plane of frequencies than along its axes); else the inner one is as fine as the
// conditional deviation q s_l demands. Where that takes more nodes than the capacity, r is so near ±1 that the inner rule needs few nodes:
// they are laid around each outer node's conditional mean. If one neuron's own lattice exceeds the capacity, panels serve for its pairs.

namespace aesweep {
namespace {

template <class Curve>
class Quadrature {
 public:
  struct Neuron {
    double bias;
    Spread spread;
    double step = 1.0;     // h, in units of s
    bool is_wide = false;  // beyond the capacity of a lattice
    Averages own;
    Samples samples;  // empty if wide
    Line weight;      // h φ(u)
  };

  Quadrature(const MomentInput& input, Moments& out, const Resolution& resolution) : input_(input), out_(out), resolution_(resolution) {
    assert(resolution.capacity <= kLatticeCapacity);
  }

  Neuron neuron(Eigen::Index k) const {
    Neuron n;
    n.bias = input_.bias[k];
    n.spread = spread(input_.cov(k, k));
    if (n.spread.s == 0.0) {
      n.own.add(1.0, Curve::at(n.bias));
    } else if (const int half = half_of(step(n.spread.s)); half < 0) {
      n.is_wide = true;
      average_over_panels(n);
    } else {
      average_over_lattice(n, half);
    }
    if (Curve::kIsOdd && n.bias == 0.0) n.own.value = n.own.second = n.own.P = 0.0;
    return n;
  }

  void single(Eigen::Index k, const Neuron& n) const {
    if (input_.needs_mean()) out_.mean[k] = n.own.value + kOffset;
    out_.a[k] = n.own.slope;
    out_.S(k, k) = n.own.S + kOffset * (2.0 * n.own.value + kOffset);
    if (!input_.needs_flow()) return;
    out_.c3[k] = n.own.third;
    out_.G(k, k) = n.own.G;
    out_.H(k, k) = n.own.H + kOffset * n.own.second;
    if (!input_.needs_bias()) return;
    out_.c1[k] = n.own.second;
    out_.P(k, k) = n.own.P + kOffset * n.own.slope;
  }

  void pair(Eigen::Index k, const Neuron& n_k, Eigen::Index l, const Neuron& n_l) const {
    if (n_k.spread.s >= n_l.spread.s) {
      ordered_pair(k, n_k, l, n_l);
    } else {
      ordered_pair(l, n_l, k, n_k);
    }
  }

 private:
  static constexpr double kOffset = Curve::kOffset;
  static constexpr double kSteinFrom = 0.5;
  static constexpr double kOwnLatticeServes = 0.5;  // |r| up to which it does

  void ordered_pair(Eigen::Index k, const Neuron& outer, Eigen::Index l, const Neuron& inner) const {
    const Products<double> products = products_of(outer, inner, input_.cov(std::max(k, l), std::min(k, l)));
    const Averages& own_k = outer.own;
    const Averages& own_l = inner.own;
    out_.S(k, l) = out_.S(l, k) = products.S + kOffset * (own_k.value + own_l.value + kOffset);
    if (!input_.needs_flow()) return;
    out_.G(k, l) = out_.G(l, k) = products.G;
    out_.H(k, l) = products.H_outer + kOffset * own_k.second;
    out_.H(l, k) = products.H_inner + kOffset * own_l.second;
    if (!input_.needs_bias()) return;
    out_.P(k, l) = products.P_outer + kOffset * own_k.slope;
    out_.P(l, k) = products.P_inner + kOffset * own_l.slope;
  }

  Products<double> products_of(const Neuron& outer, const Neuron& inner, double cov) const {
    if (cov == 0.0 || inner.spread.s == 0.0) {
      auto products = no_products<double>();
      products.add(1.0, outer.own, {inner.own.value, inner.own.slope, inner.own.second});
      return products;
    }
    const Correlation correlation = ScaledPair(outer.spread, inner.spread, cov).correlation;
    if (outer.is_wide) return products_over_panels(outer, inner, correlation);
    const double step_needed = correlation.q * step(inner.spread.s * correlation.q);
    if (std::abs(correlation.r) <= kOwnLatticeServes || inner.step <= step_needed) {
      return products_over_lattice(outer, inner, correlation.r, InnerLattice(inner.samples, inner.step, correlation.q));
    }
    if (const int half = half_of(step_needed); half >= 0) {
      Samples finer;
      finer.fill<Curve>(inner.bias, inner.spread.s * step_needed, half);
      return products_over_lattice(outer, inner, correlation.r, InnerLattice(finer, step_needed, correlation.q));
    }
    return products_around_outer_nodes(outer, inner, correlation);
  }

  /// The step h in units of s, from the condition max over y of ωy − y²/2 = exponent, y at most the strip's half width and at most ω.
  double step(double s) const {
    const double unlimited = std::sqrt(2.0 * resolution_.exponent);
    const double y = std::min(Curve::kStrip / s, unlimited);
    return 2.0 * std::numbers::pi / (resolution_.exponent / y + 0.5 * y);
  }

  /// Nodes on each side of 0; −1 if they exceed the capacity.
  int half_of(double step) const {
    const double half = std::ceil(kReach / step);
    return 2.0 * half + 1.0 <= resolution_.capacity ? static_cast<int>(half) : -1;
  }

  void average_over_lattice(Neuron& n, int half) const {
    n.step = step(n.spread.s);
    const double spacing = n.step * n.spread.s;
    n.samples.template fill<Curve>(n.bias, spacing, half);
    n.weight.resize(2 * half + 1);
    fill_normal_weights(n.weight, n.step, half);
    // g''' and g''g have the strongest poles. Where it costs no accuracy, Stein's lemma spares them: E g''' = E u g''/s and
    // E g''g = E u g'g/s − E g'².
    double third = 0.0, slopes = 0.0;
    for (int i = -half; i <= half; ++i) {
      const Jet jet = n.samples.at(i);
      const double weight = n.weight[i + half];
      n.own.add(weight, jet);
      third += weight * i * jet.second;
      slopes += weight * i * jet.slope * jet.value;
    }
    if (n.spread.s > kSteinFrom) {
      n.own.third = third * n.step * n.spread.inv_s;
      n.own.H = slopes * n.step * n.spread.inv_s - n.own.G;
    } else {
      Line thirds;
      thirds.resize(2 * half + 1);
      double* values = thirds.data();
      for (int i = 0; i <= 2 * half; ++i) values[i] = Curve::at(n.bias + spacing * (i - half)).third;
      n.own.third = (n.weight * thirds).sum();
    }
  }

  void average_over_panels(Neuron& n) const {
    PanelRule rule;
    rule.add_transition(-n.bias / n.spread.s, Curve::kStrip / n.spread.s);
    rule.for_each_panel([&](const PanelRule::Panel& panel) {
      for (std::size_t i = 0; i < PanelRule::kNodes; ++i) n.own.add(panel.weight[i], Curve::at(n.bias + n.spread.s * panel.node[i]));
    });
  }

  /// Σ_i weight_i f(λ_i) mean(i), i over the outer nodes.
  template <class Real, class InnerMean>
  static Products<double> sum_over_outer(const Neuron& outer, const Neuron& inner, const Line& weight, const InnerMean& mean) {
    auto products = no_products<Real>();
    const int half = outer.samples.half;
    // An odd g without bias: opposite nodes give equal terms, except to P, which vanishes.
    const bool is_even = Curve::kIsOdd && outer.bias == 0.0 && inner.bias == 0.0;
    for (int i = is_even ? 0 : -half; i <= half; ++i) {
      products.add(weight[i + half] * (is_even && i > 0 ? 2.0 : 1.0), outer.samples.at(i), mean(i + half));
    }
    auto result = total(products);
    if (is_even) result.P_outer = result.P_inner = 0.0;
    return result;
  }

  static Products<double> products_over_lattice(const Neuron& outer, const Neuron& inner, double r, InnerLattice lattice) {
    const int half = outer.samples.half;
    const Line u = Line::LinSpaced(2 * half + 1, -outer.step * half, outer.step * half);
    Line weight = outer.weight;
    lattice.set_centres(r, u, weight);
    return sum_over_outer<Lanes>(outer, inner, weight, lattice);
  }

  Products<double> products_around_outer_nodes(const Neuron& outer, const Neuron& inner, const Correlation& correlation) const {
    const double deviation = inner.spread.s * correlation.q;
    const double h = step(deviation);
    const int half = half_of(h);
    assert(half >= 0 && "the inner neuron has a lattice, and a narrower one needs no more nodes");
    Line normal(2 * half + 1);
    fill_normal_weights(normal, h, half);
    Samples around;
    return sum_over_outer<double>(outer, inner, outer.weight, [&](int node) {
      const double u = outer.step * (node - outer.samples.half);
      around.fill<Curve>(inner.bias + inner.spread.s * correlation.r * u, deviation * h, half);
      return around.means(normal);
    });
  }

  /// E over N(mean, deviation²) by panels.
  static Means<double> conditional_means(double mean, double deviation) {
    auto means = no_means<double>();
    if (deviation == 0.0) {
      means.add(1.0, Curve::at(mean));
      return means;
    }
    PanelRule rule;
    rule.add_transition(-mean / deviation, Curve::kStrip / deviation);
    rule.for_each_panel([&](const PanelRule::Panel& panel) {
      for (std::size_t i = 0; i < PanelRule::kNodes; ++i) means.add(panel.weight[i], Curve::at(mean + deviation * panel.node[i]));
    });
    return means;
  }

  static Products<double> products_over_panels(const Neuron& outer, const Neuron& inner, const Correlation& correlation) {
    const double s_k = outer.spread.s;
    const double s_l = inner.spread.s;
    PanelRule rule;
    rule.add_transition(-outer.bias / s_k, Curve::kStrip / s_k);
    // The conditional mean of g_l changes where its argument's mean passes 0, over its strip or over the conditional deviation.
    const double slope = s_l * std::abs(correlation.r);
    rule.add_transition(-inner.bias / std::copysign(slope, correlation.r), std::max(Curve::kStrip, s_l * correlation.q) / slope);
    auto products = no_products<double>();
    rule.for_each_panel([&](const PanelRule::Panel& panel) {
      for (std::size_t i = 0; i < PanelRule::kNodes; ++i) {
        const Means<double> means = conditional_means(inner.bias + s_l * correlation.r * panel.node[i], s_l * correlation.q);
        products.add(panel.weight[i], Curve::at(outer.bias + s_k * panel.node[i]), means);
      }
    });
    return products;
  }

  const MomentInput& input_;
  Moments& out_;
  Resolution resolution_;
};

}  // namespace

template <class Curve>
void quadrature_moments(const MomentInput& input, Moments& out, const Resolution& resolution) {
  for_each_pair(input.hidden(), Quadrature<Curve>(input, out, resolution));
}

template void quadrature_moments<TanhCurve>(const MomentInput&, Moments&, const Resolution&);
template void quadrature_moments<SigmoidCurve>(const MomentInput&, Moments&, const Resolution&);
template void quadrature_moments<SoftplusCurve>(const MomentInput&, Moments&, const Resolution&);
template void quadrature_moments<SiluCurve>(const MomentInput&, Moments&, const Resolution&);
template void quadrature_moments<ErfCurve>(const MomentInput&, Moments&, const Resolution&);

}  // namespace aesweep
