#include "aesweep/data/spectrum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <stdexcept>

namespace aesweep {

namespace {

void require(bool ok, const std::string& message) {
  if (!ok) throw std::invalid_argument(message);
}

void require_nonnegative(double value, const char* what) {
  require(std::isfinite(value) && value >= 0, fmt::format("{} must be finite and >= 0, not {}", what, value));
}

/// Σ of f(ρ̂) over the modes from `first` up to, not including, `last`, smallest eigenvalue first.
template <typename Function>
double sum_modes(std::span<const EigenBlock> blocks, Eigen::Index first, Eigen::Index last, Function f) {
  double sum = 0;
  Eigen::Index end = 0;
  for (const EigenBlock& block : blocks) end += block.count;
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    const Eigen::Index begin = end - block->count;
    const Eigen::Index inside = std::min(end, last) - std::max(begin, first);
    if (inside > 0) sum += static_cast<double>(inside) * f(block->rho_hat);
    end = begin;
  }
  return sum;
}

}  // namespace

Spectrum::Spectrum(std::vector<EigenBlock> blocks, double unresolved) : blocks_(std::move(blocks)), unresolved_(unresolved) {
  require_nonnegative(unresolved, "the unresolved variance");
  require(!blocks_.empty(), "a spectrum needs at least one eigenvalue");
  for (const EigenBlock& block : blocks_) {
    require_nonnegative(block.rho_hat, "an eigenvalue");
    require(block.count >= 1, fmt::format("an eigenvalue's multiplicity must be >= 1, not {}", block.count));
    dimension_ += block.count;
  }
  std::sort(blocks_.begin(), blocks_.end(), [](const EigenBlock& a, const EigenBlock& b) { return a.rho_hat > b.rho_hat; });
  auto last = blocks_.begin();
  for (auto block = last + 1; block != blocks_.end(); ++block) {
    if (block->rho_hat == last->rho_hat) {
      last->count += block->count;
    } else {
      *++last = *block;
    }
  }
  blocks_.erase(last + 1, blocks_.end());
}

Eigen::VectorXd Spectrum::rho_hat() const {
  Eigen::VectorXd values(dimension_);
  Eigen::Index mode = 0;
  for (const EigenBlock& block : blocks_) {
    values.segment(mode, block.count).setConstant(block.rho_hat);
    mode += block.count;
  }
  return values;
}

double Spectrum::operator[](Eigen::Index mode) const {
  assert(mode >= 0 && mode < dimension_);
  auto block = blocks_.begin();
  for (; mode >= block->count; ++block) mode -= block->count;
  return block->rho_hat;
}

double Spectrum::total() const { return tail(0); }

double Spectrum::tail(Eigen::Index leading) const {
  assert(leading >= 0);
  return sum_modes(blocks_, leading, dimension_, std::identity()) + unresolved_;
}

Spectrum Spectrum::leading_part(Eigen::Index modes) const {
  assert(modes >= 1 && modes <= dimension_);
  std::vector<EigenBlock> kept;
  Eigen::Index left = modes;
  for (auto block = blocks_.begin(); left > 0; left -= block->count, ++block) kept.push_back({block->rho_hat, std::min(left, block->count)});
  return Spectrum(std::move(kept), tail(modes));
}

Spectrum spiked_spectrum(std::span<const double> spikes, double bulk, Eigen::Index dimension) {
  require(dimension >= 1, fmt::format("the dimension must be >= 1, not {}", dimension));
  const auto count = static_cast<Eigen::Index>(spikes.size());
  require(count <= dimension, fmt::format("{} spikes do not fit into {} dimensions", count, dimension));
  require_nonnegative(bulk, "the bulk");
  const double floor = bulk / static_cast<double>(dimension);
  std::vector<EigenBlock> blocks;
  for (const double spike : spikes) {
    require_nonnegative(spike, "a spike");
    blocks.push_back({spike + floor, 1});
  }
  if (dimension > count) blocks.push_back({floor, dimension - count});
  return Spectrum(std::move(blocks));
}

Spectrum infinite_spectrum(std::span<const double> spikes, double bulk) {
  require_nonnegative(bulk, "the bulk");
  std::vector<EigenBlock> blocks;
  for (const double spike : spikes) blocks.push_back({spike, 1});
  return Spectrum(std::move(blocks), bulk);
}

Spectrum power_law_spectrum(double exponent, double trace, Eigen::Index dimension) {
  require(dimension >= 1, fmt::format("the dimension must be >= 1, not {}", dimension));
  require_nonnegative(exponent, "the exponent");
  require(std::isfinite(trace) && trace > 0, fmt::format("the trace must be finite and > 0, not {}", trace));
  std::vector<EigenBlock> blocks;
  double sum = 0;
  for (Eigen::Index tau = dimension; tau >= 1; --tau) {
    const double value = std::pow(static_cast<double>(tau), -exponent);
    blocks.push_back({value, 1});
    sum += value;
  }
  for (EigenBlock& block : blocks) block.rho_hat *= trace / sum;
  return Spectrum(std::move(blocks));
}

double chance_error(const Spectrum& spectrum) { return 0.5 * spectrum.total(); }

double pca_error(const Spectrum& spectrum, Eigen::Index hidden) { return 0.5 * spectrum.tail(hidden); }

double denoising_error(const Spectrum& spectrum, Eigen::Index hidden, double noise) {
  assert(noise >= 0);
  const auto residue = [noise](double rho_hat) { return rho_hat > 0 ? rho_hat * noise / (rho_hat + noise) : 0.0; };
  return 0.5 * (spectrum.tail(hidden) + sum_modes(spectrum.blocks(), 0, hidden, residue));
}

}  // namespace aesweep
