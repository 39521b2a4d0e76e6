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

/// Marsaglia & Tsang's transformed rejection for the gamma law [ACM Trans. Math. Softw. 26, 363 (2000)] of shape a ≥ 1, as a χ of 2a degrees of freedom:
/// with x normal, y = cx and c = 1/√(9d), d = a − ⅓, the value √(2d(1 + y)³) is taken with probability h, ln h = x²/2 + d(1 − (1 + y)³ + 3 ln(1 + y)).
/// One degree of freedom is χ(3) times a uniform number.
class Chi {
 public:
  explicit Chi(double degrees);
  bool times_uniform() const { return times_uniform_; }
  lanes::Real value(lanes::Real x) const;
  /// Lanes that are surely taken, without a logarithm: u < 1 − 1.7c²x⁴/12 and y ≥ −½. For ln h = −(c²x⁴/12)·4(y − y²/2 + y³/3 − ln(1 + y))/y⁴, whose last
  /// factor decreases in y and is 1.695 at y = −½.
  lanes::Mask is_plain(lanes::Real x, lanes::Real u) const;
  lanes::Mask is_taken(lanes::Real x, lanes::Real u) const;

 private:
  bool times_uniform_;
  double d_, c_, twice_, bound_;   // d, c, 2d, 1.7c²/12
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
  template <std::size_t n>
  void draw_blocks(std::size_t first);
  void draw_normals();
  void draw_radii();
  lanes::Real retried(int index, lanes::Real normal, lanes::Real uniform, lanes::Real result) const;
  void draw_selection();
  const lanes::Real* place_leading(int sample, const lanes::Real* normal);
  lanes::Words counter_at(std::uint32_t index) const;
  lanes::Words words_at(std::uint32_t index) const;

  GramInputs inputs_;
  int each_;
  double width_, noise_width_;                        // σ̂, ŝ
  std::size_t latent_normals_;                        // of each coefficient
  std::vector<double> spread_, root_;                 // √(θ + σ̂²), √θ, shape (M)
  std::vector<Chi> chi_;                              // of each vector, shape (n)
  std::uint64_t key_;
  lanes::Word replica_;
  GramVectors vectors_;
  std::uint64_t step_ = 0;                            // where the block begins
  int samples_ = 0;
  std::vector<lanes::Real> normals_, radii_, selected_;
};

}  // namespace aesweep
