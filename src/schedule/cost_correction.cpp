#include "aesweep/schedule/cost_correction.hpp"

#include <algorithm>

namespace aesweep {

void CostCorrection::Sums::add(double more_expected, double more_measured, double window) {
  const double kept = count < window ? 1.0 : 1.0 - 1.0 / window;
  expected = kept * expected + more_expected;
  measured = kept * measured + more_measured;
  count = kept * count + 1.0;
}

void CostCorrection::add(CostClass kind, double expected, double measured) {
  classes_[kind].add(expected, measured, window_);
  all_.add(expected, measured, window_);
}

double CostCorrection::factor(CostClass kind) const {
  if (empty()) return 1.0;
  const auto within = [](double ratio) { return std::clamp(ratio, 1.0 / kLargest, kLargest); };
  const double general = within(all_.measured / all_.expected);
  const auto& own = classes_[kind];
  if (own.count == 0.0) return general;
  const double one = own.expected / own.count;
  return within((own.measured + general * one) / (own.expected + one));
}

}  // namespace aesweep
