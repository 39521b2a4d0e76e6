#pragma once
#include <cstdint>
#include <span>

namespace aesweep {

/// What a random number is for; part of the counter, so that streams never meet. Values are fixed (they enter every result).
enum class Purpose : std::uint16_t { start = 0, inputs = 1, corruption = 2, latents = 3, image = 4, held_out = 5, training_index = 6, gram = 7, isometry = 8 };

/// Random numbers of one replica, addressable by (purpose, step): Philox4x32-10 with a 64-bit key and the counter
/// (block, step low 32, step high 16 | purpose 16, replica)   [interfaces.md, "Streams"; Salmon et al., SC 2011].
/// Word 2 holds the step's bits 32..47 in its upper half and the purpose in its lower half. step < 2^48.
class RandomStream {
 public:
  RandomStream(std::uint64_t key, std::uint32_t replica) : key_(key), replica_(replica) {}
  std::uint64_t key() const { return key_; }
  std::uint32_t replica() const { return replica_; }

  /// The four raw words of one block.
  struct Block { std::uint32_t word[4]; };
  Block block(Purpose purpose, std::uint64_t step, std::uint32_t index) const;

  /// Standard normals by Box–Muller, four a block: the words 0 and 1 give two, as angle and radius √(−2 ln u) of a point (lanes/random.hpp), the words 2
  /// and 3 the others. Entry 32c + 8q + l is number q of block 8c + l. Any length; a shorter call gives the same leading bits. Computed in single precision,
  /// to 3e-7 of each number, the same bits on all instruction sets that fuse multiply-adds (all but x86-64-v2); variance 1 to 1e-7. |z| ≤ 6.8, because words of 32 bits resolve probabilities of
  /// 2⁻³²: what is missing beyond would be one number in 7e10.
  void normals(Purpose purpose, std::uint64_t step, std::span<double> out) const;
  /// Entries `first`, a multiple of 32, onwards of the same sequence.
  void normals(Purpose purpose, std::uint64_t step, std::uint64_t first, std::span<double> out) const;
  /// The same sequence times one width, or each entry times its own.
  void scaled_normals(Purpose purpose, std::uint64_t step, double width, std::span<double> out) const;
  void scaled_normals(Purpose purpose, std::uint64_t step, std::span<const double> width, std::span<double> out) const;

  /// Uniform in [0, n), n ≥ 1, by the multiply-shift of one 64-bit word (bias below n/2^64).
  std::uint64_t index(Purpose purpose, std::uint64_t step, std::uint64_t n) const;

 private:
  std::uint64_t key_;
  std::uint32_t replica_;
};

}  // namespace aesweep
