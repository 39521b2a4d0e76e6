#include "aesweep/data/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace aesweep {
namespace {

using Words = std::array<std::uint32_t, 4>;

Words words(const RandomStream& stream, Purpose purpose, std::uint64_t step, std::uint32_t index) {
  return std::to_array(stream.block(purpose, step, index).word);
}

std::vector<double> normals(const RandomStream& stream, Purpose purpose, std::uint64_t step, std::size_t size) {
  std::vector<double> out(size);
  stream.normals(purpose, step, out);
  return out;
}

// philox4x32 with 10 rounds, from the file kat_vectors of Random123. Counter words: block, step low, step high | purpose, replica.
TEST(Random, PublishedKnownAnswers) {
  EXPECT_EQ(words(RandomStream(0, 0), Purpose::start, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(words(RandomStream(0xffffffffffffffff, 0xffffffff), Purpose{0xffff}, 0xffffffffffff, 0xffffffff),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(words(RandomStream(0x299f31d0a4093822, 0x03707344), Purpose{0x8a2e}, 0x131985a308d3, 0x243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

/// Normal `entry` of a stream in long double, from the words of its block as the header says.
long double normal(const RandomStream& stream, Purpose purpose, std::uint64_t step, std::size_t entry) {
  const std::size_t chunk = entry / 32, quarter = entry % 32 / 8, lane = entry % 8;
  const Words w = words(stream, purpose, step, static_cast<std::uint32_t>(8 * chunk + lane));
  const std::uint32_t angle = w.at(quarter / 2 * 2), radius = w.at(quarter / 2 * 2 + 1);
  const long double u = 1 - (static_cast<long double>(radius) + 0.5L) * 0x1p-32L;
  const long double place = static_cast<long double>(angle & 0x3fffffff) * 0x1p-30L - 0.5L;   // of a quarter turn
  const long double phi = place * std::numbers::pi_v<long double> / 2;
  const long double cosine = (angle >> 31 != 0 ? -1 : 1) * std::cos(phi), sine = std::sin(phi);
  const bool exchanged = (angle >> 30 & 1) != 0;
  return std::sqrt(-2 * std::log(u)) * ((quarter % 2 == 0) != exchanged ? cosine : sine);
}

TEST(Random, NormalsAreBoxMullerOfTheBlocks) {
  const RandomStream stream(0x123456789abcdef0, 3);
  const std::vector<double> z = normals(stream, Purpose::inputs, 77, 20001);
  long double worst = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const long double exact = normal(stream, Purpose::inputs, 77, i);
    worst = std::max(worst, std::abs((z[i] - exact) / exact));
  }
  EXPECT_LT(worst, 3.5e-7L);  // roundings of the logarithm, the root, the polynomials and the product
  EXPECT_GT(worst, 0);
}

// Roundings of single precision that all went one way would widen the inputs: their mean effect on z² over its mean 1 lies far below each.
TEST(Random, RoundingsLeaveTheVariance) {
  const RandomStream stream(0x123456789abcdef0, 4);
  const std::vector<double> z = normals(stream, Purpose::inputs, 78, 400000);
  long double difference = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const long double exact = normal(stream, Purpose::inputs, 78, i);
    difference += z[i] * z[i] - exact * exact;
  }
  EXPECT_LT(std::abs(difference) / static_cast<long double>(z.size()), 1e-7L);
}

// The same bits whatever the machine's vectors, if it fuses multiply-adds: some entries of a fixed stream, two of them beyond the first stage, and a sum of all.
TEST(Random, NormalsAreTheSameWhateverTheWidth) {
  const std::vector<double> z = normals(RandomStream(0x123456789abcdef0, 3), Purpose::inputs, 77, 1000);
  EXPECT_EQ(z[0], -0x1.3ff79p+1);
  EXPECT_EQ(z[9], 0x1.85be7ep-1);
  EXPECT_EQ(z[31], 0x1.5b45acp-2);
  EXPECT_EQ(z[300], -0x1.4239ecp-2);
  EXPECT_EQ(z[999], -0x1.f97e92p+0);
  double all = 0;
  for (std::size_t i = 0; i < z.size(); ++i) all += static_cast<double>(i % 7 + 1) * z[i];
#if defined(__FMA__)
  EXPECT_EQ(all, -0x1.0a57886a2ep+8);
#else
  EXPECT_NEAR(all, -0x1.0a57886a2ep+8, 1e-4);
#endif
}

TEST(Random, AnyPartCanBeDrawnByItself) {
  const RandomStream stream(5, 0);
  const std::vector<double> all = normals(stream, Purpose::inputs, 9, 200);
  for (std::size_t size = 0; size <= 200; ++size) {
    EXPECT_TRUE(std::ranges::equal(normals(stream, Purpose::inputs, 9, size), std::span(all).first(size))) << size;
  }
  for (std::uint64_t first = 0; first < 160; first += 32) {
    std::vector<double> part(39);
    stream.normals(Purpose::inputs, 9, first, part);
    EXPECT_TRUE(std::ranges::equal(part, std::span(all).subspan(first, 39))) << first;
  }
}

TEST(Random, WidthsMultiplyTheSameNumbers) {
  const RandomStream stream(6, 2);
  for (const std::size_t size : {1U, 31U, 32U, 77U}) {
    const std::vector<double> z = normals(stream, Purpose::inputs, 3, size);
    std::vector<double> width(size), each(size), all(size);
    for (std::size_t i = 0; i < size; ++i) width[i] = 0.5 + static_cast<double>(i);
    stream.scaled_normals(Purpose::inputs, 3, width, each);
    stream.scaled_normals(Purpose::inputs, 3, 0.3, all);
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_EQ(each[i], width[i] * z[i]);
      EXPECT_EQ(all[i], 0.3 * z[i]);
    }
  }
}

TEST(Random, MomentsOfNormals) {
  const double n = 1e6;
  const std::vector<double> z = normals(RandomStream(2024, 1), Purpose::inputs, 0, 1000000);
  std::array<double, 5> moment{};
  for (const double x : z) {
    for (std::size_t p = 1; p <= 4; ++p) moment[p] += std::pow(x, static_cast<double>(p)) / n;
  }
  // Variances of the p-th powers: 1, 2, 15, 96; five standard errors, key 2024.
  EXPECT_NEAR(moment[1], 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(moment[2], 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(moment[3], 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(moment[4], 3, 5 * std::sqrt(96 / n));
}

TEST(Random, KolmogorovSmirnov) {
  std::vector<double> z = normals(RandomStream(2025, 0), Purpose::inputs, 0, 100000);
  std::ranges::sort(z);
  const auto n = static_cast<double>(z.size());
  double distance = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double cdf = 0.5 * std::erfc(-z[i] / std::numbers::sqrt2), rank = static_cast<double>(i);
    distance = std::max({distance, cdf - rank / n, (rank + 1) / n - cdf});
  }
  EXPECT_LT(distance * std::sqrt(n), 2.23);  // exceeded with probability 2 exp(-2·2.23²) = 1e-4; key 2025
}

TEST(Random, StreamsAreIndependent) {
  const std::size_t n = 100000;
  std::vector<std::vector<double>> streams;
  for (const std::uint64_t key : {1ULL, 2ULL, 1ULL << 32}) streams.push_back(normals(RandomStream(key, 0), Purpose::start, 0, n));
  streams.push_back(normals(RandomStream(1, 1), Purpose::start, 0, n));
  for (const std::uint64_t step : {1ULL, 2ULL, 1ULL << 32}) streams.push_back(normals(RandomStream(1, 0), Purpose::start, step, n));
  for (const Purpose purpose : {Purpose::inputs, Purpose::corruption, Purpose::latents}) {
    streams.push_back(normals(RandomStream(1, 0), purpose, 0, n));
  }
  for (std::size_t a = 0; a < streams.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      double product = 0, squares = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const double x = streams[a][i], y = streams[b][i];
        product += x * y;
        squares += (x * x - 1) * (y * y - 1);
      }
      // 45 pairs, five standard errors of sums of n products with variance 1 and 4.
      EXPECT_LT(std::abs(product), 5 * std::sqrt(1.0 * n)) << a << ' ' << b;
      EXPECT_LT(std::abs(squares), 5 * std::sqrt(4.0 * n)) << a << ' ' << b;
    }
  }
}

TEST(Random, NeighboursAreIndependent) {
  const std::vector<double> z = normals(RandomStream(7, 0), Purpose::inputs, 0, 200000);
  for (std::size_t lag = 1; lag <= 64; ++lag) {  // lag 8 pairs cosine with sine, 16 the halves of a block; 32 and 64 the chunks
    double product = 0, squares = 0;
    const std::size_t n = z.size() - lag;
    for (std::size_t i = 0; i < n; ++i) {
      product += z[i] * z[i + lag];
      squares += (z[i] * z[i] - 1) * (z[i + lag] * z[i + lag] - 1);
    }
    EXPECT_LT(std::abs(product), 5 * std::sqrt(1.0 * static_cast<double>(n))) << lag;
    EXPECT_LT(std::abs(squares), 5 * std::sqrt(4.0 * static_cast<double>(n))) << lag;
  }
}

TEST(Random, IndexIsMultiplyShiftOfTheFirstWordPair) {
  const RandomStream stream(11, 4);
  for (std::uint64_t step = 0; step < 100; ++step) {
    const Words w = words(stream, Purpose::image, step, 0);
    const std::uint64_t word = std::uint64_t{w[1]} << 32 | w[0];
    EXPECT_EQ(stream.index(Purpose::image, step, 1), 0U);
    EXPECT_EQ(stream.index(Purpose::image, step, std::uint64_t{1} << 32), w[1]);
    EXPECT_EQ(stream.index(Purpose::image, step, std::uint64_t{1} << 63), word >> 1);
  }
}

TEST(Random, IndexIsUniform) {
  const RandomStream stream(12, 0);
  std::array<double, 10> count{};
  const double n = 100000;
  for (std::uint64_t step = 0; step < 100000; ++step) count.at(stream.index(Purpose::image, step, 10)) += 1;
  double chi2 = 0;
  for (const double c : count) chi2 += (c - n / 10) * (c - n / 10) / (n / 10);
  EXPECT_LT(chi2, 33.7);  // nine degrees of freedom: exceeded with probability 1e-4; key 12
}

}  // namespace
}  // namespace aesweep
