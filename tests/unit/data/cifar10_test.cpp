#include <gtest/gtest.h>

#include <stdexcept>

#include "aesweep/data/images.hpp"
#include "helpers.hpp"

namespace aesweep {
namespace {

using testing::message_of;
using testing::read_bytes;
using testing::TemporaryDirectory;

constexpr std::size_t kPixels = 1024, kRecord = 3073;

struct Colour {
  int red, green, blue;
};

/// Colour of pixel p of image i: no two planes and no two images alike.
Colour colour(std::size_t i, std::size_t p) {
  const auto byte = [](std::size_t x) { return static_cast<int>(x & 0xff); };
  return {byte(3 * p + i), byte(p * p / 7 + 5 * i), byte(251 * p + 40 * i)};
}

std::string records(std::size_t first, std::size_t count) {
  std::string bytes;
  for (std::size_t i = first; i < first + count; ++i) {
    bytes += static_cast<char>(i % 10);
    for (std::size_t p = 0; p < kPixels; ++p) bytes += static_cast<char>(colour(i, p).red);
    for (std::size_t p = 0; p < kPixels; ++p) bytes += static_cast<char>(colour(i, p).green);
    for (std::size_t p = 0; p < kPixels; ++p) bytes += static_cast<char>(colour(i, p).blue);
  }
  return bytes;
}

/// Images first, first + 1, ... of records(), grey by the weights of BT.601 in units of 2^-16, rounded to nearest.
void expect_images(const ImagePool& pool, std::size_t first, std::size_t count) {
  ASSERT_EQ(pool.count, count);
  ASSERT_EQ(pool.pixels, kPixels);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t p = 0; p < kPixels; ++p) {
      const auto [red, green, blue] = colour(first + i, p);
      const double luma = (19595.0 * red + 38470.0 * green + 7471.0 * blue) / 65536.0;
      ASSERT_EQ(pool.image(i)[p], static_cast<std::uint8_t>(luma + 0.5)) << "image " << i << ", pixel " << p;
    }
  }
}

ImagePool load(const std::vector<std::string>& paths, std::uint64_t samples) { return load_images(ImageFormat::cifar10, paths, samples); }

std::string fault_of(const std::string& path) {
  return message_of<std::runtime_error>([&] { load({path}, 0); });
}

// More images than are read at a time (64), so that one falls across two reads if records were not whole.
TEST(Cifar10, PlainAndCompressedFilesAgree) {
  const TemporaryDirectory directory;
  for (const std::size_t count : {1, 64, 130}) {
    for (const auto& path : {directory.write("plain", records(0, count)), directory.write_gz("packed.gz", records(0, count))}) {
      const ImageShape shape = image_shape(ImageFormat::cifar10, path);
      EXPECT_EQ(shape.count, count) << path;
      EXPECT_EQ(shape.pixels, kPixels) << path;
      expect_images(load({path}, 0), 0, count);
    }
  }
}

TEST(Cifar10, FilesFollowOneAnother) {
  const TemporaryDirectory directory;
  const std::vector<std::string> paths{directory.write_gz("a.gz", records(0, 70)), directory.write("b", records(70, 3))};
  expect_images(load(paths, 0), 0, 73);
  expect_images(load(paths, 71), 0, 71);
  expect_images(load(paths, 5), 0, 5);
}

// 0.299 R + 0.587 G + 0.114 B, rounded to nearest by hand: 76.2, 149.7, 29.1, 255, 123.8, 1.1.
TEST(Cifar10, GreyIsTheRoundedLuma) {
  const TemporaryDirectory directory;
  std::string bytes(kRecord, '\0');
  const std::pair<Colour, int> known[] = {
      {{255, 0, 0}, 76}, {{0, 255, 0}, 150}, {{0, 0, 255}, 29}, {{255, 255, 255}, 255}, {{10, 200, 30}, 124}, {{1, 1, 2}, 1}};
  for (std::size_t p = 0; p < std::size(known); ++p) {
    bytes[1 + p] = static_cast<char>(known[p].first.red);
    bytes[1 + kPixels + p] = static_cast<char>(known[p].first.green);
    bytes[1 + 2 * kPixels + p] = static_cast<char>(known[p].first.blue);
  }
  const ImagePool pool = load({directory.write("colours", bytes)}, 0);
  for (std::size_t p = 0; p < std::size(known); ++p) EXPECT_EQ(pool.image(0)[p], known[p].second) << p;
}

TEST(Cifar10, WrongSizes) {
  const TemporaryDirectory directory;
  const std::string fault = "not a CIFAR-10 binary file, or truncated: 6145 bytes are not a multiple of 3073 (a label and 3 x 1024 bytes of colour)";
  const std::string shorter = records(0, 2).substr(0, 6145);
  for (const auto& path : {directory.write("plain", shorter), directory.write_gz("packed.gz", shorter)}) {
    EXPECT_EQ(fault_of(path), path + ": " + fault);
    EXPECT_EQ(message_of<std::runtime_error>([&] { image_shape(ImageFormat::cifar10, path); }), path + ": " + fault);
    std::vector<std::uint8_t> out(2 * kPixels);   // without a count before
    EXPECT_EQ(message_of<std::runtime_error>([&] { read_images(ImageFormat::cifar10, std::vector{path}, out); }), path + ": " + fault);
  }
  for (const auto& path : {directory.write("empty", ""), directory.write_gz("empty.gz", "")})
    EXPECT_EQ(fault_of(path), path + ": holds no images (0 bytes)");
  EXPECT_EQ(fault_of(directory.path("missing")), directory.path("missing") + ": no such file");
}

TEST(Cifar10, WrongLabelOrTooFewImages) {
  const TemporaryDirectory directory;
  std::string bytes = records(0, 3);
  bytes[2 * kRecord] = 10;
  const std::string path = directory.write("labels", bytes);
  EXPECT_EQ(fault_of(path), path + ": not a CIFAR-10 binary file: image 2 has the label 10, expected 0 to 9");
  EXPECT_EQ(message_of<std::runtime_error>([&] { load({path}, 4); }), path + ": 4 images wanted, 3 available");
}

TEST(Cifar10, DamagedCompression) {
  const TemporaryDirectory directory;
  const std::string whole = read_bytes(directory.write_gz("whole.gz", records(0, 5)));
  std::vector<std::uint8_t> out(5 * kPixels);
  const auto reading = [&](const std::string& path) {
    return message_of<std::runtime_error>([&] { read_images(ImageFormat::cifar10, std::vector{path}, out); });
  };
  for (const std::size_t lost : {std::size_t{4}, whole.size() / 2}) {
    const std::string cut = directory.write("cut.gz", std::string_view(whole).substr(0, whole.size() - lost));
    EXPECT_EQ(fault_of(cut), cut + ": truncated: its compressed data end too early");
    EXPECT_EQ(reading(cut), cut + ": truncated: its compressed data end too early") << lost;
  }
  std::string damaged = whole;
  damaged[damaged.size() - 8] = static_cast<char>(damaged[damaged.size() - 8] ^ 1);  // the checksum
  const std::string path = directory.write("damaged.gz", damaged);
  EXPECT_EQ(fault_of(path), path + ": cannot be read (" + path + ": incorrect data check)");
  EXPECT_EQ(reading(path), path + ": cannot be read (" + path + ": incorrect data check)");
}

}  // namespace
}  // namespace aesweep
