#include "aesweep/data/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <cassert>

#include "aesweep/lanes/random.hpp"

namespace aesweep {

namespace {

using Philox = r123::Philox4x32;
using lanes::Real;

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

/// A chunk of normals from its words, each times what `width` says of its place. The words 0 and 1 of a block give two normals, 2 and 3 the others.
template <class Width>
void fill_chunk(const lanes::Words* words, double* out, const Width& width) {
  for (std::size_t i = 0; i < kVectors; ++i)
    for (std::size_t pair = 0; pair < 2; ++pair) {
      const auto [first, second] = lanes::box_muller(words[i].word[2 * pair], words[i].word[2 * pair + 1]);
      const std::size_t place = 2 * pair * kChunkBlocks + i * lanes::kLanes;
      lanes::store(out + place, width(place) * first);
      lanes::store(out + place + kChunkBlocks, width(place + kChunkBlocks) * second);
    }
}

/// The same factor everywhere, and one for each place.
struct Uniform {
  double width;
  double operator()(std::size_t) const { return width; }
  Uniform from(std::size_t) const { return *this; }
  double at(std::size_t) const { return width; }
};
struct Varying {
  const double* width;
  Real operator()(std::size_t place) const { return lanes::load(width + place); }
  Varying from(std::size_t place) const { return {width + place}; }
  double at(std::size_t place) const { return width[place]; }
};

/// Fills `out` with the normals from chunk `chunk` on. Chunks are made whole, also where only a part is wanted, so that a number's bits do not depend
/// on how many were asked for.
template <class Width>
void fill(const Philox::ctr_type& at, std::uint64_t key, std::uint32_t chunk, std::span<double> out, const Width& width) {
  lanes::Words words[kStage * kVectors + lanes::kPhilox];
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t chunks = std::min(kStage, (out.size() - done + kChunk - 1) / kChunk);
    draw_words(at, key, chunk, chunks, words);
    chunk += static_cast<std::uint32_t>(chunks);
    for (std::size_t c = 0; c < chunks; ++c, done += kChunk) {
      const lanes::Words* const from = words + c * kVectors;
      if (done + kChunk <= out.size()) {
        fill_chunk(from, &out[done], width.from(done));
        continue;
      }
      double rest[kChunk], factor[kChunk] = {};
      for (std::size_t i = done; i < out.size(); ++i) factor[i - done] = width.at(i);
      fill_chunk(from, rest, Varying{factor});
      std::copy_n(rest, out.size() - done, &out[done]);
    }
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
  fill(counter(purpose, step, 0, replica_), key_, low(first / kChunk), out, Uniform{1.0});
}

void RandomStream::scaled_normals(Purpose purpose, std::uint64_t step, double width, std::span<double> out) const {
  fill(counter(purpose, step, 0, replica_), key_, 0, out, Uniform{width});
}

void RandomStream::scaled_normals(Purpose purpose, std::uint64_t step, std::span<const double> width, std::span<double> out) const {
  assert(width.size() == out.size());
  fill(counter(purpose, step, 0, replica_), key_, 0, out, Varying{width.data()});
}

std::uint64_t RandomStream::index(Purpose purpose, std::uint64_t step, std::uint64_t n) const {
  assert(n >= 1);
  __extension__ using Wide = unsigned __int128;
  const Block b = block(purpose, step, 0);
  const std::uint64_t word = std::uint64_t{b.word[1]} << 32 | b.word[0];
  return static_cast<std::uint64_t>(static_cast<Wide>(word) * n >> 64);
}

}  // namespace aesweep
