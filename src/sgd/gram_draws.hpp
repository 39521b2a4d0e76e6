#pragma once
#include <span>
#include <vector>

#include "aesweep/data/latent.hpp"
#include "aesweep/lanes/random.hpp"
#include "aesweep/sgd/gram_sgd.hpp"

namespace aesweep {

/// The vectors of a block of samples in coordinates: the input x̌ of each, followed by what the encoder sees, x̃ = x̌ + ŝξ', where there is corruption.
struct GramVectors {
  int tracked, axes;   ///< M; m
  int count;           ///< vectors of a whole block, n
  std::vector<lanes::Real> leading, bulk;   ///< shape (n, M) and (n, m + n): the latter lower triangular in the last n columns

  const lanes::Real* leading_of(int vector) const { return leading.data() + vector * tracked; }
  const lanes::Real* bulk_of(int vector) const { return bulk.data() + vector * (axes + count); }
  /// Coordinates that are not zero for certain.
  int length_of(int vector) const { return axes + vector + 1; }
};

/// Draws them, for one replica in each lane   [gram_sgd.hpp]. The block that begins at step s has counters (index, s, Purpose::gram): normal i comes from
/// block i/4 by Box–Muller, in the order of use; the 32-bit words of blocks 2^30 + i/4 decide the first attempt at χ number i, blocks 2^31 + 2^16 i + attempt
/// make the further ones, and blocks 2^29 + i/4 choose the non-zero coefficients of the sparse law.
class GramDraws {
 public:
  /// @param block  most samples of a block.   @param streams  one a lane, all with one key.
  GramDraws(const GramInputs& inputs, double noise, int axes, int block, std::span<const RandomStream> streams);

  /// Vectors of the samples `step` .. `step` + samples − 1. Does not allocate.
  const GramVectors& draw(std::uint64_t step, int samples);
  int vectors_per_sample() const { return each_; }

 private:
  void draw_normals(std::uint64_t step, std::size_t count);
  void draw_radii(std::uint64_t step, int count);
  lanes::Real retried(std::uint64_t step, int chi, lanes::Real normal, lanes::Real uniform) const;
  const lanes::Real* draw_leading(int sample, const lanes::Real* normal);
  void draw_selection(std::uint64_t step, int samples);
  lanes::Words block_at(std::uint64_t step, std::uint32_t index) const;

  GramInputs inputs_;
  int each_, block_;
  double width_, noise_width_;                        // σ̂, ŝ
  std::size_t latent_normals_;                        // of each coefficient
  std::vector<double> spread_, root_;                 // √(θ + σ̂²), √θ, shape (M)
  std::vector<double> degrees_;                       // of each χ, shape (n)
  std::uint64_t key_;
  lanes::Word replica_;
  GramVectors vectors_;
  std::vector<lanes::Real> normals_, radii_, selected_;
};

}  // namespace aesweep
