#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "correlation_integral.hpp"
#include "moment_kernels.hpp"

// The correlation of two neurons from variances brought near 1 by a power of two, so that networks whose weights decayed to 1e-100 keep it.

namespace aesweep {

/// Standard deviation s of one neuron, and the same scaled by a power of two into [1, 2).
struct Spread {
  double s = 0.0;
  double inv_s = 0.0;  // 0 for a neuron without variance
  double scale = 0.0;
  double scaled_s = 0.0;
  double scaled_variance = 0.0;
};

inline Spread spread(double variance) {
  Spread result;
  if (variance < std::numeric_limits<double>::min()) return result;
  result.s = std::sqrt(variance);
  result.inv_s = 1.0 / result.s;
  result.scale = std::ldexp(1.0, -std::ilogb(result.s));
  result.scaled_s = result.s * result.scale;
  result.scaled_variance = variance * result.scale * result.scale;
  return result;
}

/// The correlation of two neurons with variance, and √det Q in the scaled variables.
struct ScaledPair {
  ScaledPair(const Spread& k, const Spread& l, double cov_kl) : cov(cov_kl * k.scale * l.scale) {
    root = std::sqrt(std::max(0.0, difference_of_products(k.scaled_variance, l.scaled_variance, cov, cov)));
    const double inverse = 1.0 / (k.scaled_s * l.scaled_s);
    correlation = {std::clamp(cov * inverse, -1.0, 1.0), root * inverse};
  }
  double cov;
  double root;
  Correlation correlation;
};

}  // namespace aesweep
