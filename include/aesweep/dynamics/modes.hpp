#pragma once
#include <Eigen/Core>

#include "aesweep/data/spectrum.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// The modes that a flow carries: their eigenvalues, shape (n), leading first, and the weights along them.
struct Modes {
  Eigen::VectorXd rho_hat;
  Weights weights;
};

/// Exact reduction of a start to fewer modes: in a block of equal eigenvalues only the Gram matrix of the 2K rows of [W_b; V̂_b] enters, so a block of
/// more than 2K modes is replaced by the 2K × 2K lower-triangular factor of its LQ decomposition   [equations.md §2].
/// The first `followed` modes stay as they are, because a mode inside a reduced block has no explained variance of its own.
/// @param start  weights along all D modes, in the order of the spectrum.
Modes compress(const Spectrum& spectrum, const Weights& start, Eigen::Index followed);

}  // namespace aesweep
