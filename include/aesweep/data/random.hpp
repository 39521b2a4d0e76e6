#pragma once
#include <cstdint>
#include <span>

namespace aesweep {

/// What a random number is for; part of the counter, so that streams never meet. Values are fixed (they enter every result).
enum class Purpose : std::uint16_t { start = 0, inputs = 1, corruption = 2, latents = 3, image = 4, held_out = 5, training_index = 6, gram = 7 };

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

  /// Standard normals by Box–Muller, two a block: entry i comes from block i / 2 alone, so that any part can be drawn again by itself.
  /// The first 64 bits of a block (word 0 the low half), cut to 53, give the radius √(−2 ln u), the other 64 the angle 2πu', u and u' in (0, 1];
  /// even entries are the cosine's, odd ones the sine's. |z| ≤ 8.6. Accuracy a few 1e-16. Any length; a shorter call gives the same leading bits.
  void normals(Purpose purpose, std::uint64_t step, std::span<double> out) const;
  /// Entries 2·first_block onwards of the same sequence.
  void normals(Purpose purpose, std::uint64_t step, std::uint32_t first_block, std::span<double> out) const;

  /// Uniform in [0, n), n ≥ 1, by the multiply-shift of one 64-bit word (bias below n/2^64).
  std::uint64_t index(Purpose purpose, std::uint64_t step, std::uint64_t n) const;

 private:
  std::uint64_t key_;
  std::uint32_t replica_;
};

}  // namespace aesweep
