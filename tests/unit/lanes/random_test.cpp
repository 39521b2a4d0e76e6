#include "aesweep/lanes/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace aesweep::lanes {
namespace {

Words block_at(Words counter, std::uint64_t key) {
  Words blocks[] = {counter};
  philox(blocks, key);
  return blocks[0];
}

void expect_words(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3, std::uint64_t key, const std::uint32_t (&expected)[4]) {
  const Words block = block_at({{spread(std::uint64_t{c0}), spread(std::uint64_t{c1}), spread(std::uint64_t{c2}), spread(std::uint64_t{c3})}}, key);
  for (int w = 0; w < 4; ++w)
    for (int i = 0; i < kLanes; ++i) EXPECT_EQ(static_cast<std::uint32_t>(block.word[w][i]), expected[w]);
}

// philox4x32 with 10 rounds, from the file kat_vectors of Random123.
TEST(LaneRandom, PublishedKnownAnswers) {
  expect_words(0, 0, 0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  expect_words(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffffffffffff, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  expect_words(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0x299f31d0a4093822, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST(LaneRandom, UpperHalvesOfWordsDoNotMatter) {
  const std::uint64_t high = 0xabcdef0100000000;
  const Words plain = block_at({{spread(std::uint64_t{7}), spread(std::uint64_t{8}), spread(std::uint64_t{9}), spread(std::uint64_t{10})}}, 5);
  const Words marked = block_at({{spread(7 + high), spread(8 + high), spread(9 + high), spread(10 + high)}}, 5);
  for (int w = 0; w < 4; ++w) EXPECT_EQ(static_cast<std::uint32_t>(plain.word[w][0]), static_cast<std::uint32_t>(marked.word[w][0]));
  Words raised = marked;
  for (Word& word : raised.word) word ^= high;
  const Normals normals = box_muller(plain, raised);
  for (int i = 0; i < 4; ++i)
    for (int lane = 0; lane < kLanes; ++lane) EXPECT_EQ(first_half(normals.value[i])[lane], second_half(normals.value[i])[lane]);
}

Float first_lane(float x) {
  Float all{};
  all[0] = x;
  return all;
}

TEST(LaneRandom, EighthTurn) {
  const double eighth = 0.785398163397448309616;
  for (double t = -1.0; t <= 1.0; t += 0.000977) {
    const auto place = static_cast<float>(t);
    const auto point = eighth_turn(first_lane(place));
    EXPECT_NEAR(point.cosine[0], std::cos(eighth * place), 1e-7) << t;
    EXPECT_NEAR(point.sine[0], std::sin(eighth * place), 1.5e-7 * std::abs(eighth * t)) << t;
  }
}

TEST(LaneRandom, RadiusOfAnyWord) {
  for (std::uint64_t w = 0; w <= 0xffffffff; w += w < 64 || w > 0xffffff00 ? 1 : w < 65536 ? 37 : w > 0xffff0000 ? 41 : std::min<std::uint64_t>(3000017, 0xffff0001 - w)) {
    Int word{};
    word[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(w));
    const long double part = (static_cast<long double>(w) + 0.5L) * 0x1p-32L, truth = std::sqrt(-2 * std::log1p(-part));
    EXPECT_NEAR(radius(word)[0], static_cast<double>(truth), 3e-7 * static_cast<double>(truth)) << w;
  }
}

TEST(LaneRandom, UniformLiesAboveZero) {
  EXPECT_EQ(uniform(spread(std::uint64_t{0}), spread(std::uint64_t{0}))[0], 1.0);
  EXPECT_EQ(uniform(spread(std::uint64_t{0xffffffff}), spread(std::uint64_t{0xffffffff}))[0], 0x1p-52);
}

}  // namespace
}  // namespace aesweep::lanes
