#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aesweep/data/images.hpp"
#include "aesweep/data/latent.hpp"
#include "aesweep/data/random.hpp"
#include "aesweep/data/spectrum.hpp"

namespace aesweep {

/// Source of the one-pass inputs, already divided by √D: coordinates x̌ = x/√D, so that their covariance is diag(ρ̂) in the eigenbasis.
/// A draw is a function of (stream, step) alone and does not allocate.
class InputSource {
 public:
  virtual ~InputSource() = default;
  virtual Eigen::Index dimension() const = 0;
  /// Fills x̌, shape (D), for the given step.
  virtual void draw(const RandomStream& stream, std::uint64_t step, std::span<double> x) const = 0;
};

/// Gaussian inputs in the eigenbasis: x̌_τ = √ρ̂_τ z_τ, z from Purpose::inputs.
std::unique_ptr<InputSource> gaussian_inputs(const Spectrum& spectrum);
/// Spiked model in the eigenbasis (RG24 eq. 3): x̌_m = √θ_m c_m + σ/√D ξ_m, x̌_τ = σ/√D ξ_τ; ξ from Purpose::inputs, c from Purpose::latents
/// by draw_latents. Spikes are sorted into descending order first, as in the spectrum.
std::unique_ptr<InputSource> spiked_inputs(std::span<const double> spikes, double bulk, Eigen::Index dimension, const Latent& latent = {});
/// Images drawn with replacement (Purpose::image), in pixel space: x̌ = (byte − mean)·unit/√D. Keeps references to both arguments,
/// which must outlive it.
std::unique_ptr<InputSource> image_inputs(const ImagePool& pool, const ImageStatistics& statistics);

/// A training set of P = `samples` inputs, seen again and again: every step draws one of them, uniformly and with replacement
/// (Purpose::training_index). Sample i is what `population` draws at step i of the same stream, made anew from its counter each time: no memory,
/// whatever P. A run with more samples has the same first ones. Keeps a reference to `population`.
/// @throws std::invalid_argument unless 1 ≤ samples ≤ 2^48.
std::unique_ptr<InputSource> finite_inputs(const InputSource& population, std::uint64_t samples);
/// The same samples as columns, shape (D, P), for what looks at all of them at once.
Eigen::MatrixXd training_sample(const InputSource& population, const RandomStream& stream, Eigen::Index samples);

}  // namespace aesweep
