#include "gram_draws.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aesweep {
namespace {

using lanes::Mask;
using lanes::Real;
using lanes::Word;

constexpr std::uint32_t kSelection = std::uint32_t{1} << 29, kFirstAttempts = std::uint32_t{1} << 30, kRetries = std::uint32_t{1} << 31;

/// A uniform number in (0, 1) from 32 bits.
Real uniform32(Word word) {
  constexpr std::uint64_t kTwo52 = 0x4330000000000000;
  return (lanes::as_real((word & 0xffffffffU) | kTwo52) - (0x1p52 - 0.5)) * 0x1p-32;
}

std::size_t normals_each(LatentLaw law) { return law == LatentLaw::laplace ? 4 : law == LatentLaw::mixture ? 2 : law == LatentLaw::gaussian ? 0 : 1; }

/// c from its normals   [data/latent.hpp].
Real coefficient(const Latent& latent, const Real* z, Real selection) {
  static const double mean = std::sqrt(2.0 * std::numbers::inv_pi), width = std::sqrt(1.0 - 2.0 * std::numbers::inv_pi);   // of |z|
  switch (latent.law) {
    case LatentLaw::gaussian: break;
    case LatentLaw::rademacher: return lanes::copysign(Real{} + 1.0, z[0]);
    case LatentLaw::nonnegative: return (lanes::abs(z[0]) - mean) / width;
    case LatentLaw::sparse: return selection < latent.sparsity ? z[0] / std::sqrt(latent.sparsity) : Real{};
    case LatentLaw::laplace: return (z[0] * z[1] + z[2] * z[3]) / std::numbers::sqrt2;
    case LatentLaw::mixture: return lanes::copysign(Real{} + latent.separation, z[0]) + std::sqrt(1.0 - latent.separation * latent.separation) * z[1];
  }
  return Real{};
}

}  // namespace

Chi::Chi(double degrees)
    : times_uniform_(degrees < 2.0), d_((times_uniform_ ? degrees + 2.0 : degrees) / 2.0 - 1.0 / 3.0), c_(1.0 / std::sqrt(9.0 * d_)), twice_(2.0 * d_),
      bound_(1.7 / 12.0 * c_ * c_) {}

inline Real Chi::value(Real x) const {
  const Real w = 1.0 + c_ * x;
  return w * lanes::sqrt(lanes::max(twice_ * w, Real{}));
}

inline Mask Chi::is_plain(Real x, Real u) const {
  const Real square = x * x;
  return (u < 1.0 - bound_ * square * square) & (c_ * x >= -0.5);
}

inline Mask Chi::is_taken(Real x, Real u) const {
  const Real w = 1.0 + c_ * x;
  const Mask positive = w > 0.0;
  return positive & (lanes::log(u) < 0.5 * x * x + d_ * (1.0 - w * w * w + 3.0 * lanes::log(positive ? w : lanes::spread(1.0))));
}

GramDraws::GramDraws(const GramInputs& inputs, double noise, int axes, int block, std::span<const RandomStream> streams)
    : inputs_(inputs), each_(noise > 0.0 ? 2 : 1), width_(std::sqrt(inputs.bulk / inputs.dimension)), noise_width_(std::sqrt(noise)),
      latent_normals_(normals_each(inputs.latent.law)), key_(streams[0].key()), replica_{} {
  for (std::size_t i = 0; i < lanes::kLanes; ++i) replica_[i] = streams[i].replica();
  for (const double theta : inputs.tracked) {
    spread_.push_back(std::sqrt(theta + width_ * width_));
    root_.push_back(std::sqrt(theta));
  }
  const auto tracked = inputs.tracked.size(), vectors = static_cast<std::size_t>(each_ * block), m = static_cast<std::size_t>(axes);
  for (std::size_t i = 0; i < vectors; ++i) chi_.emplace_back(inputs.dimension - static_cast<double>(tracked + m + i));
  vectors_ = {static_cast<int>(tracked), axes, static_cast<int>(vectors), std::vector<Real>(vectors * tracked), std::vector<Real>(vectors * (m + vectors))};
  const std::size_t leading = tracked * (latent_normals_ + static_cast<std::size_t>(each_));
  normals_.resize((static_cast<std::size_t>(block) * leading + vectors * (m + 1) + vectors * (vectors - 1) / 2 + 7) / 8 * 8);
  words_.resize(normals_.size() / 4);
  radii_.resize(vectors);
  selected_.resize(inputs.latent.law == LatentLaw::sparse ? (static_cast<std::size_t>(block) * tracked + 3) / 4 * 4 : 0);
}

lanes::Words GramDraws::counter_at(std::uint32_t index) const {
  const std::uint64_t third = (step_ >> 32) << 16 | static_cast<std::uint64_t>(Purpose::gram);
  return {{Word{} + index, Word{} + (step_ & 0xffffffffU), Word{} + third, replica_}};
}

lanes::Words GramDraws::words_at(std::uint32_t index) const {
  lanes::Words blocks[] = {counter_at(index)};
  lanes::philox(blocks, key_);
  return blocks[0];
}

/// The words of blocks `first` .. `first` + n − 1.
template <std::size_t n>
void GramDraws::draw_words(std::size_t first) {
  lanes::Words blocks[n];
  for (std::size_t j = 0; j < n; ++j) blocks[j] = counter_at(static_cast<std::uint32_t>(first + j));
  lanes::philox(blocks, key_);
  std::copy_n(blocks, n, words_.data() + first);
}

/// As many as the block takes, rounded up to those of two blocks. All words come first: either loop alone keeps more of a core busy than one that does both.
void GramDraws::draw_normals() {
  const auto vectors = static_cast<std::size_t>(samples_ * each_), axes = static_cast<std::size_t>(vectors_.axes);
  const std::size_t leading = root_.size() * (latent_normals_ + static_cast<std::size_t>(each_));
  const std::size_t count = static_cast<std::size_t>(samples_) * leading + vectors * (axes + 1) + vectors * (vectors - 1) / 2;
  const std::size_t blocks = (count + 7) / 8 * 2;
  std::size_t i = 0;
  for (; i + lanes::kPhilox <= blocks; i += lanes::kPhilox) draw_words<lanes::kPhilox>(i);
  if (i < blocks) draw_words<2>(i);
  for (i = 0; i < blocks; i += 2) {
    const auto [value] = lanes::box_muller(words_[i], words_[i + 1]);
    for (std::size_t j = 0; j < 4; ++j) {
      normals_[4 * i + j] = lanes::first_half(value[j]);
      normals_[4 * i + 4 + j] = lanes::second_half(value[j]);
    }
  }
}

void GramDraws::draw_selection() {
  for (std::size_t i = 0; i < static_cast<std::size_t>(samples_) * root_.size(); i += 4) {
    const auto [word] = words_at(kSelection + static_cast<std::uint32_t>(i / 4));
    for (std::size_t part = 0; part < 4; ++part) selected_[i + part] = uniform32(word[part]);
  }
}

/// The χ's, from the first normals.
void GramDraws::draw_radii() {
  lanes::Words words{};
  for (int i = 0; i < samples_ * each_; ++i) {
    if (i % 4 == 0) words = words_at(kFirstAttempts + static_cast<std::uint32_t>(i / 4));
    const auto at = static_cast<std::size_t>(i);
    const Real x = normals_[at], u = uniform32(words.word[i % 4]);
    radii_[at] = chi_[at].value(x);
    if (lanes::any(~chi_[at].is_plain(x, u)) || chi_[at].times_uniform()) radii_[at] = retried(i, x, u, radii_[at]);
  }
}

/// The first attempt that is taken, in each lane by itself: one that took the first must not see whether others did, so its value is not computed again.
Real GramDraws::retried(int index, Real normal, Real uniform, Real result) const {
  const Chi& chi = chi_[static_cast<std::size_t>(index)];
  const std::uint32_t counter = kRetries + (static_cast<std::uint32_t>(index) << 16);
  Mask open = ~(chi.is_plain(normal, uniform) | chi.is_taken(normal, uniform));
  for (std::uint32_t attempt = 1; lanes::any(open); ++attempt) {
    const lanes::Words block = words_at(counter + attempt);
    const Real x = lanes::first_half(lanes::box_muller(block, block).value[0]);
    result = open ? chi.value(x) : result;
    open &= ~chi.is_taken(x, uniform32(block.word[2]));
  }
  if (!chi.times_uniform()) return result;
  const auto [word] = words_at(counter);
  return result * lanes::uniform(word[0], word[1]);
}

/// Coordinates along the tracked axes; returns the next unused normal.
const Real* GramDraws::place_leading(int sample, const Real* normal) {
  const auto tracked = root_.size();
  Real* clean = vectors_.leading.data() + static_cast<std::size_t>(sample * each_) * tracked;
  for (std::size_t m = 0; m < tracked; ++m) {
    if (latent_normals_ == 0) {
      clean[m] = spread_[m] * *normal++;
      continue;
    }
    const Real selection = selected_.empty() ? Real{} : selected_[static_cast<std::size_t>(sample) * tracked + m];
    const Real c = coefficient(inputs_.latent, normal, selection);
    normal += latent_normals_;
    clean[m] = root_[m] * c + width_ * *normal++;
  }
  if (each_ == 2)
    for (std::size_t m = 0; m < tracked; ++m) clean[tracked + m] = clean[m] + noise_width_ * *normal++;
  return normal;
}

const GramVectors& GramDraws::draw(std::uint64_t step, int samples) {
  step_ = step;
  samples_ = samples;
  draw_normals();
  if (!selected_.empty()) draw_selection();
  draw_radii();
  const int m = vectors_.axes, stride = m + vectors_.count;
  const Real* normal = normals_.data() + samples_ * each_;
  for (int sample = 0; sample < samples_; ++sample) {
    normal = place_leading(sample, normal);
    for (int part = 0; part < each_; ++part) {
      const int i = sample * each_ + part;
      Real* row = vectors_.bulk.data() + i * stride;
      const double width = part == 0 ? width_ : noise_width_;
      for (int j = 0; j < m + i; ++j) row[j] = width * normal[j];
      normal += m + i;
      row[m + i] = width * radii_[static_cast<std::size_t>(i)];
      if (part == 1)
        for (int j = 0; j < m + i; ++j) row[j] += row[j - stride];
    }
  }
  return vectors_;
}

}  // namespace aesweep
