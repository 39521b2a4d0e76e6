#pragma once
#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <vector>

namespace aesweep::testing {

/// ∫_lower^upper f by 30-point Gauss–Legendre on panels no wider than `width`, with a panel border at every break, in extended precision:
/// exact to rounding for functions analytic between breaks on the scale of a panel.
template <class Function>
long double integrate(Function&& f, long double lower, long double upper, std::vector<long double> breaks, long double width) {
  std::erase_if(breaks, [&](long double x) { return !(x > lower && x < upper); });
  breaks.push_back(lower);
  breaks.push_back(upper);
  std::sort(breaks.begin(), breaks.end());
  long double sum = 0.0L;
  for (std::size_t i = 0; i + 1 < breaks.size(); ++i) {
    const long double length = breaks[i + 1] - breaks[i];
    const int panels = std::max(1, static_cast<int>(std::ceil(length / width)));
    for (int p = 0; p < panels; ++p) {
      const long double left = breaks[i] + length * p / panels;
      sum += boost::math::quadrature::gauss<long double, 30>::integrate(f, left, left + length / panels);
    }
  }
  return sum;
}

/// Borders around a transition at `centre` whose width is `scale`: panels shrink with it however sharp it is.
inline void add_transition(std::vector<long double>& breaks, long double centre, long double scale) {
  breaks.push_back(centre);
  for (const long double multiple : {2.0L, 5.0L, 10.0L}) {
    breaks.push_back(centre - multiple * scale);
    breaks.push_back(centre + multiple * scale);
  }
}

inline long double density(long double x) { return std::exp(-0.5L * x * x) * 0.398942280401432677939946059934L; }
inline long double distribution(long double x) { return 0.5L * std::erfc(-x * 0.707106781186547524400844362105L); }

}  // namespace aesweep::testing
