#include "aesweep/data/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <cassert>

#include "aesweep/lanes/random.hpp"

namespace aesweep {

namespace {

using Philox = r123::Philox4x32;

/// Blocks that make a chunk of normals, whatever the width of a vector: a number's place in the sequence says which block it comes from.
constexpr std::uint32_t kChunkBlocks = 8;
constexpr std::size_t kChunk = 4 * kChunkBlocks;
static_assert(kChunkBlocks % lanes::kLanes == 0);

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }

Philox::ctr_type counter(Purpose purpose, std::uint64_t step, std::uint32_t index, std::uint32_t replica) {
  assert(step < (std::uint64_t{1} << 48));
  return {{index, low(step), low(step >> 32 << 16) | static_cast<std::uint32_t>(purpose), replica}};
}

/// Chunks whose words are all drawn before the first of them becomes normals: either loop alone keeps more of a core busy than one that does both.
constexpr std::size_t kStage = 8;
constexpr std::size_t kVectors = kChunkBlocks / lanes::kLanes;   // of blocks, in a chunk

/// The words of so many chunks, and of those that fill up the last pass.
void draw_words(const Philox::ctr_type& at, std::uint64_t key, std::uint32_t chunk, std::size_t chunks, lanes::Words* words) {
  lanes::Word lane{};
  for (int i = 0; i < lanes::kLanes; ++i) lane[i] = static_cast<std::uint64_t>(i);
  const auto word = [&](std::size_t i) { return lanes::spread(std::uint64_t{at[i]}); };
  for (std::size_t i = 0; i < chunks * kVectors; i += lanes::kPhilox) {
    lanes::Words pass[lanes::kPhilox];
    for (std::size_t j = 0; j < lanes::kPhilox; ++j)
      pass[j] = {{lane + std::uint64_t{kChunkBlocks * chunk + (i + j) * lanes::kLanes}, word(1), word(2), word(3)}};
    lanes::philox(pass, key);
    std::copy_n(pass, lanes::kPhilox, words + i);
  }
}

/// Chunks of normals from their words, in pairs of vectors; up to one vector more than there are in the chunks.
void make_normals(const lanes::Words* words, std::size_t chunks, float* out) {
  const auto place = [out](std::size_t vector) { return out + vector / kVectors * kChunk + vector % kVectors * lanes::kLanes; };
  for (std::size_t i = 0; i < chunks * kVectors; i += 2) {
    const auto [value] = lanes::box_muller(words[i], words[i + 1]);
    for (std::size_t quarter = 0; quarter < 4; ++quarter)
      lanes::store_halves(place(i) + quarter * kChunkBlocks, place(i + 1) + quarter * kChunkBlocks, value[quarter]);
  }
}

/// Fills `out` with the normals from chunk `chunk` on, each times width(place). Chunks are made whole, also where only a part is wanted, so that a number's
/// bits do not depend on how many were asked for.
template <class Width>
void fill(const Philox::ctr_type& at, std::uint64_t key, std::uint32_t chunk, std::span<double> out, const Width& width) {
  lanes::Words words[kStage * kVectors + lanes::kPhilox];
  float normals[(kStage + 1) * kChunk];
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t count = std::min(kStage * kChunk, out.size() - done), chunks = (count + kChunk - 1) / kChunk;
    draw_words(at, key, chunk, chunks, words);
    make_normals(words, chunks, normals);
    for (std::size_t i = 0; i < count; ++i) out[done + i] = width(done + i) * static_cast<double>(normals[i]);
    chunk += static_cast<std::uint32_t>(chunks);
    done += count;
  }
}

}  // namespace

RandomStream::Block RandomStream::block(Purpose purpose, std::uint64_t step, std::uint32_t index) const {
  const Philox::ctr_type word = Philox()(counter(purpose, step, index, replica_), {{low(key_), low(key_ >> 32)}});
  return {{word[0], word[1], word[2], word[3]}};
}

void RandomStream::normals(Purpose purpose, std::uint64_t step, std::span<double> out) const { normals(purpose, step, 0, out); }

void RandomStream::normals(Purpose purpose, std::uint64_t step, std::uint64_t first, std::span<double> out) const {
  assert(first % kChunk == 0 && first + out.size() <= std::uint64_t{1} << 34);
  fill(counter(purpose, step, 0, replica_), key_, low(first / kChunk), out, [](std::size_t) { return 1.0; });
}

void RandomStream::scaled_normals(Purpose purpose, std::uint64_t step, double width, std::span<double> out) const {
  fill(counter(purpose, step, 0, replica_), key_, 0, out, [width](std::size_t) { return width; });
}

void RandomStream::scaled_normals(Purpose purpose, std::uint64_t step, std::span<const double> width, std::span<double> out) const {
  assert(width.size() == out.size());
  fill(counter(purpose, step, 0, replica_), key_, 0, out, [width](std::size_t i) { return width[i]; });
}

std::uint64_t RandomStream::index(Purpose purpose, std::uint64_t step, std::uint64_t n) const {
  assert(n >= 1);
  __extension__ using Wide = unsigned __int128;
  const Block b = block(purpose, step, 0);
  const std::uint64_t word = std::uint64_t{b.word[1]} << 32 | b.word[0];
  return static_cast<std::uint64_t>(static_cast<Wide>(word) * n >> 64);
}

}  // namespace aesweep
