#include "panel_rule.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>

#include "aesweep/gaussian/normal.hpp"

namespace aesweep {
namespace {

constexpr double kWidest = 3.0;  // on it twenty nodes integrate φ times a polynomial to rounding

using Legendre = boost::math::quadrature::gauss<double, PanelRule::kNodes>;
const auto& kHalfNodes = Legendre::abscissa();  // of [−1, 1]: the positive half
const auto& kHalfWeights = Legendre::weights();

}  // namespace

void PanelRule::add_border(double u) {
  if (std::abs(u) < kReach) border_[count_++] = u;  // false for NaN, too
}

// Poles lie `scale` beside the centre: panels may widen in proportion to their distance from it.
void PanelRule::add_transition(double centre, double scale) {
  add_border(centre);
  for (const double multiple : {1.5, 4.5, 12.0}) {
    add_border(centre - multiple * scale);
    add_border(centre + multiple * scale);
  }
}

void PanelRule::prepare() { std::sort(border_.begin(), border_.begin() + static_cast<std::ptrdiff_t>(count_)); }

int PanelRule::parts_of(double length) { return std::max(1, static_cast<int>(std::ceil(length / kWidest))); }

PanelRule::Panel PanelRule::panel(double left, double width) {
  Panel result;
  for (std::size_t i = 0; i < kNodes; ++i) {
    const bool is_upper = i >= kNodes / 2;
    const std::size_t half = is_upper ? i - kNodes / 2 : i;
    result.node[i] = left + 0.5 * width * (1.0 + (is_upper ? kHalfNodes[half] : -kHalfNodes[half]));
    result.weight[i] = 0.5 * width * kHalfWeights[half] * normal_pdf(result.node[i]);
  }
  return result;
}

}  // namespace aesweep
