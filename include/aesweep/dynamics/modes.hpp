#pragma once
#include <Eigen/Core>
#include <memory>
#include <span>

#include "aesweep/data/population.hpp"
#include "aesweep/data/spectrum.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// The modes that a flow carries, with the inputs' law along them, and the weights along them.
struct Modes : Population {
  Weights weights;
};

/// Exact reduction of a start to fewer modes: in a block of equal eigenvalues only the Gram matrix of the 2K rows of [W_b; V̂_b] enters, so a block of
/// more than 2K modes is replaced by the 2K × 2K lower-triangular factor of its LQ decomposition   [equations.md §2].
/// The first `followed` modes stay as they are, because a mode inside a reduced block has no explained variance of its own, and so do the leading
/// modes of a mixture, whose axes matter.
/// @param start    weights along all D modes, in the order of the spectrum.
/// @param mixture  the inputs' law along the leading modes; null: Gaussian.
Modes compress(const Spectrum& spectrum, const Weights& start, Eigen::Index followed, std::shared_ptr<const GaussianMixture> mixture = nullptr);

/// The spiked model at D = ∞, untied and without input noise   [equations.md §2]: the spikes (ρ̂ = θ, descending), K modes of ρ̂ = 0 that carry the
/// bulk's decoder, with V̂V̂ᵀ = decoder_std² 1, and K frozen modes of ρ̂ = σ² that carry the bulk's encoder, with WWᵀ = encoder_std² 1. Flow and
/// judge of these modes are the limit of those at finite D, which they approach as 1/√D with random starts (1/D with aligned ones).
/// @param spikes   θ_m in any order, M of them.   @param bulk  σ².
/// @param leading  weights along the spikes and, if there are more columns than spikes, along single axes of the bulk (ρ̂ = 0): shape (K, ≥ M). A
///                 random start has V̂ = 0 there.
/// @param encoder_std, decoder_std  of the bulk's entries; 0 for aligned and perfect starts.
Modes infinite_modes(std::span<const double> spikes, double bulk, const Weights& leading, double encoder_std, double decoder_std,
                     const Latent& latent = {});

}  // namespace aesweep
