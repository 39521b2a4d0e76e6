#pragma once
#include <array>
#include <cstddef>
#include <span>

namespace aesweep {

/// The standard normal is integrated over [−kReach, kReach]; outside, it weighs 1e-17.
constexpr double kReach = 8.6;

/// Composite Gauss–Legendre rule for means over a standard normal u, its panels fitted to the transitions of the integrand. Twenty nodes a
/// panel: about 1e-15 for functions analytic within `scale` around each transition and nearly polynomial beyond 12 scales from it.
class PanelRule {
 public:
  static constexpr std::size_t kNodes = 20;
  struct Panel {
    std::array<double, kNodes> node;    // u
    std::array<double, kNodes> weight;  // includes the density
  };

  /// A change of the integrand around u = centre, at most three. What lies outside the range or is not finite is ignored.
  void add_transition(double centre, double scale);

  /// Calls visit(panel) for one panel after the other.
  template <class Visit>
  void for_each_panel(Visit&& visit) {
    prepare();
    for (std::size_t i = 0; i + 1 < count_; ++i) {
      const int parts = parts_of(border_[i + 1] - border_[i]);
      const double width = (border_[i + 1] - border_[i]) / parts;
      for (int part = 0; part < parts; ++part) visit(panel(border_[i] + part * width, width));
    }
  }

 private:
  void add_border(double u);
  void prepare();  // sorts the borders
  static int parts_of(double length);
  static Panel panel(double left, double width);

  std::array<double, 2 + 3 * 7> border_{-kReach, kReach};
  std::size_t count_ = 2;
};

}  // namespace aesweep
