#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "aesweep/data/spectrum.hpp"

namespace aesweep {

namespace {

/// The continuous part of the Marchenko–Pastur law of variance 1. Its shape depends on p = min(q, 1/q) alone: x = max(1, q)(1 + p + 2√p cos φ),
/// φ from 0 at the upper edge to π at the lower.
class MarchenkoPastur {
 public:
  explicit MarchenkoPastur(double q) : p_(std::min(q, 1.0 / q)), root_(std::sqrt(p_)), scale_(std::max(1.0, q)) {}

  /// Points with the masses (i − ½)/count above them, i = 1..count, descending.
  std::vector<double> quantiles(Eigen::Index count) const {
    std::vector<double> result;
    double phi = 0.0;
    for (Eigen::Index i = 0; i < count; ++i) {
      phi = angle((static_cast<double>(i) + 0.5) / static_cast<double>(count), phi);
      const double c = std::cos(0.5 * phi);
      result.push_back(scale_ * ((1.0 - root_) * (1.0 - root_) + 4.0 * root_ * c * c));
    }
    return result;
  }

 private:
  /// Mass above the point at φ: (2/π) ∫_0^φ sin²/(1 + p + 2√p cos), integrated. What cancels for p → 0 is an error of some ε/√p, which the width 4√p
  /// of the law undoes.
  double mass_above(double phi) const {
    const double s = root_ * std::sin(phi), delta = std::atan2(s, 1.0 + root_ * std::cos(phi));
    return (phi + ((1.0 - p_) * delta - s) / p_) / std::numbers::pi;
  }

  /// Inverse of mass_above in [low, π], by bisection: the density vanishes at the edges, where Newton's method would creep.
  double angle(double mass, double low) const {
    double high = std::numbers::pi;
    for (;;) {
      const double middle = 0.5 * (low + high);
      if (middle <= low || middle >= high) return middle;
      (mass_above(middle) < mass ? low : high) = middle;
    }
  }

  double p_, root_, scale_;
};

}  // namespace

Spectrum marchenko_pastur_spectrum(std::span<const double> spikes, double bulk, Eigen::Index dimension, Eigen::Index samples) {
  spiked_spectrum(spikes, bulk, dimension);  // checks its arguments
  if (samples < 1) throw std::invalid_argument(fmt::format("the number of samples must be >= 1, not {}", samples));
  const auto D = static_cast<double>(dimension);
  const double q = D / static_cast<double>(samples), floor = bulk / D;
  std::vector<EigenBlock> blocks;
  for (const double spike : spikes) {
    if (spike > floor * std::sqrt(q)) blocks.push_back({(spike + floor) * (1.0 + q * floor / spike), 1});
  }
  const Eigen::Index rank = std::min(dimension, samples), left = rank - static_cast<Eigen::Index>(blocks.size());
  if (left < 0) throw std::invalid_argument(fmt::format("{} spikes stand out of the bulk, more than {} samples can show", blocks.size(), samples));
  for (const double x : MarchenkoPastur(q).quantiles(left)) blocks.push_back({floor * x, 1});
  if (dimension > rank) blocks.push_back({0.0, dimension - rank});
  return Spectrum(std::move(blocks));
}

}  // namespace aesweep
