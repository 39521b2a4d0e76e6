#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

namespace aesweep {

/// t as a function of s = ∫_low^t f for a smooth density f > 0: arc lengths and areas inverted. Nodes at equal s, exact to rounding, and between them the
/// cubic through values and slopes dt/ds = 1/f: good to 1e-11 for curves that turn a few times.
class InverseMeasure {
 public:
  template <class Density>
  InverseMeasure(double low, double high, const Density& density) : nodes_(kCells + 1) {
    const double width = (high - low) / kCells;
    for (std::size_t i = 0; i < kCells; ++i) total_ += integral(density, low + static_cast<double>(i) * width, width);
    double reached = 0.0, left = low;   // s at the left end of a cell of equal width in t
    for (std::size_t i = 0; i <= kCells; ++i) {
      const double s = total_ * static_cast<double>(i) / kCells;
      for (double next = reached + integral(density, left, width); next < s && left + 1.5 * width < high; next += integral(density, left, width)) {
        reached = next;
        left += width;
      }
      double t = left;
      for (int newton = 0; newton < 5; ++newton) t -= (reached + integral(density, left, t - left) - s) / density(t);
      nodes_[i] = {t, total_ / kCells / density(t)};
    }
  }

  double total() const { return total_; }

  /// @param s  0 <= s <= total.
  double operator()(double s) const {
    const double place = s * (kCells / total_);
    const auto i = std::min(static_cast<std::size_t>(place), kCells - 1);
    const double x = place - static_cast<double>(i);
    const Node &a = nodes_[i], &b = nodes_[i + 1];
    const double rise = b.t - a.t;
    return a.t + x * (a.slope + x * (3.0 * rise - 2.0 * a.slope - b.slope + x * (a.slope + b.slope - 2.0 * rise)));
  }

 private:
  static constexpr std::size_t kCells = 4096;
  struct Node {
    double t, slope;   // slope in cells
  };

  /// Gauss' rule of five points.
  template <class Density>
  static double integral(const Density& density, double left, double width) {
    constexpr double kNode[] = {0.0, 0.5384693101056831, 0.9061798459386640};
    constexpr double kWeight[] = {0.5688888888888889, 0.4786286704993665, 0.2369268850561891};
    const double middle = left + 0.5 * width;
    double sum = kWeight[0] * density(middle);
    for (int j = 1; j < 3; ++j) sum += kWeight[j] * (density(middle - 0.5 * width * kNode[j]) + density(middle + 0.5 * width * kNode[j]));
    return 0.5 * width * sum;
  }

  double total_ = 0.0;
  std::vector<Node> nodes_;
};

}  // namespace aesweep
