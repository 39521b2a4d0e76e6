#pragma once
#include <cstdint>
#include <span>

#include "aesweep/data/random.hpp"

namespace aesweep {

/// Law of the spikes' coefficients c_m, independent, each of mean zero and variance one   [equations.md §4].
///   gaussian N(0, 1);  rademacher ±1;  laplace density e^{−√2|c|}/√2;  sparse 0 with probability 1 − p, else N(0, 1/p);
///   nonnegative (|z| − √(2/π))/√(1 − 2/π), z ~ N(0, 1);  mixture ±s with probability ½ each, plus N(0, 1 − s²).
enum class LatentLaw : std::uint8_t { gaussian, rademacher, laplace, sparse, nonnegative, mixture };

struct Latent {
  LatentLaw law = LatentLaw::gaussian;
  double sparsity = 0.1;     ///< p of sparse, in (0, 1]
  double separation = 0.9;   ///< s of mixture, in [0, 1]
  bool operator==(const Latent&) const = default;
};

/// Coefficients c_first, c_first+1, ... of one step from Purpose::latents: each a function of (stream, step, its index) alone. Does not allocate.
/// gaussian, rademacher and nonnegative: c_m from normal m; mixture: from normals 2m, 2m + 1; laplace: (z z' + z'' z''')/√2 from normals 4m..4m + 3;
/// sparse: normal m, kept when the first 64 bits of block 2^31 + m, cut to 53, lie below p.
/// @param first  a multiple of 32; a piece of the sequence has the bits of the whole.
void draw_latents(const Latent& latent, const RandomStream& stream, std::uint64_t step, std::uint32_t first, std::span<double> out);

}  // namespace aesweep
