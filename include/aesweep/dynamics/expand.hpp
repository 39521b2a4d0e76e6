#pragma once
#include "aesweep/data/spectrum.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// Weights along all D modes from those of a flow over compressed modes, exactly: the 2K rows of a block evolve by one linear map,
/// [W_b; V̂_b](t) = A(t) [W_b; V̂_b](0), and [W_b; V̂_b](0) = L Qᵀ, so that A(t) L, which the flow carries, times Qᵀ is [W_b; V̂_b](t)
/// [equations.md §2].
/// @param start     the weights that compress() was given, along all D modes.   @param followed  as compress() was given it.
/// @param weights   along the modes of compress(spectrum, start, followed), at any time of the flow.
/// @returns shape (K, D).
Weights expand(const Spectrum& spectrum, const Weights& start, Eigen::Index followed, const Weights& weights);

}  // namespace aesweep
