#include "aesweep/data/latent.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

namespace aesweep {
namespace {

constexpr std::size_t kPiece = 32;                       // coefficients drawn at a time
constexpr std::uint32_t kSelection = std::uint32_t{1} << 31;  // blocks from here on choose the sparse law's non-zero coefficients

bool is_selected(const RandomStream& stream, std::uint64_t step, std::uint32_t index, double probability) {
  const auto block = stream.block(Purpose::latents, step, kSelection + index);
  const std::uint64_t word = std::uint64_t{block.word[1]} << 32 | block.word[0];
  return static_cast<double>(word >> 11) * 0x1p-53 < probability;
}

void draw_piece(const Latent& latent, const RandomStream& stream, std::uint64_t step, std::uint32_t first, std::span<double> out) {
  static const double mean = std::sqrt(2.0 * std::numbers::inv_pi), width = std::sqrt(1.0 - 2.0 * std::numbers::inv_pi);   // of |z|
  std::array<double, 4 * kPiece> z;
  const std::size_t each = latent.law == LatentLaw::laplace ? 4 : latent.law == LatentLaw::mixture ? 2 : 1;
  if (each == 1) {
    stream.normals(Purpose::latents, step, first, out);
  } else {
    stream.normals(Purpose::latents, step, each * first, {z.data(), each * out.size()});
  }
  switch (latent.law) {
    case LatentLaw::gaussian: return;
    case LatentLaw::rademacher:
      for (double& c : out) c = std::copysign(1.0, c);
      return;
    case LatentLaw::nonnegative:
      for (double& c : out) c = (std::abs(c) - mean) / width;
      return;
    case LatentLaw::sparse:
      for (std::size_t m = 0; m < out.size(); ++m)
        out[m] = is_selected(stream, step, first + static_cast<std::uint32_t>(m), latent.sparsity) ? out[m] / std::sqrt(latent.sparsity) : 0.0;
      return;
    case LatentLaw::laplace:
      for (std::size_t m = 0; m < out.size(); ++m)
        out[m] = (z[4 * m] * z[4 * m + 1] + z[4 * m + 2] * z[4 * m + 3]) / std::numbers::sqrt2;
      return;
    case LatentLaw::mixture: {
      const double rest = std::sqrt(1.0 - latent.separation * latent.separation);
      for (std::size_t m = 0; m < out.size(); ++m) out[m] = std::copysign(latent.separation, z[2 * m]) + rest * z[2 * m + 1];
      return;
    }
  }
}

}  // namespace

void draw_latents(const Latent& latent, const RandomStream& stream, std::uint64_t step, std::uint32_t first, std::span<double> out) {
  assert(first % kPiece == 0);
  for (std::size_t from = 0; from < out.size(); from += kPiece)
    draw_piece(latent, stream, step, first + static_cast<std::uint32_t>(from), out.subspan(from, std::min(kPiece, out.size() - from)));
}

}  // namespace aesweep
