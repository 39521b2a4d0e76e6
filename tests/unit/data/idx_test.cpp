#include <gtest/gtest.h>

#include <stdexcept>

#include "aesweep/data/images.hpp"
#include "helpers.hpp"

namespace aesweep {
namespace {

using testing::message_of;
using testing::read_bytes;
using testing::TemporaryDirectory;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string header(std::uint32_t magic, std::initializer_list<std::uint32_t> sizes) {
  std::string bytes = big_endian(magic);
  for (const std::uint32_t size : sizes) bytes += big_endian(size);
  return bytes;
}

/// `count` bytes: first, first + 7, ... modulo 256.
std::string ramp(std::size_t count, int first) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>((first + 7 * static_cast<int>(i)) & 0xff);
  return bytes;
}

std::string text(const ImagePool& pool) { return {pool.bytes.get(), pool.bytes.get() + pool.count * pool.pixels}; }

std::string fault_of(const std::string& path) {
  return message_of<std::runtime_error>([&] { load_images(ImageFormat::idx, std::vector{path}, 0); });
}

constexpr std::uint32_t kImages = 0x00000803, kVectors = 0x00000802;

TEST(Idx, PlainCompressedAndFlatFilesAgree) {
  const TemporaryDirectory directory;
  const std::string pixels = ramp(5 * 6, 3);
  const std::string plain = directory.write("plain", header(kImages, {5, 2, 3}) + pixels);
  const std::string packed = directory.write_gz("packed.gz", header(kImages, {5, 2, 3}) + pixels);
  const std::string flat = directory.write("flat", header(kVectors, {5, 6}) + pixels);
  for (const std::string& path : {plain, packed, flat}) {
    EXPECT_EQ(image_shape(ImageFormat::idx, path).count, 5U) << path;
    EXPECT_EQ(image_shape(ImageFormat::idx, path).pixels, 6U) << path;
    const ImagePool pool = load_images(ImageFormat::idx, std::vector{path}, 0);
    EXPECT_EQ(pool.count, 5U);
    EXPECT_EQ(text(pool), pixels) << path;
    EXPECT_EQ(pool.image(4)[5], static_cast<std::uint8_t>(pixels.back()));
  }
}

TEST(Idx, FilesFollowOneAnother) {
  const TemporaryDirectory directory;
  const std::vector<std::string> paths{directory.write("a", header(kImages, {2, 2, 2}) + ramp(8, 0)),
                                       directory.write_gz("b.gz", header(kVectors, {3, 4}) + ramp(12, 100))};
  EXPECT_EQ(text(load_images(ImageFormat::idx, paths, 0)), ramp(8, 0) + ramp(12, 100));
  EXPECT_EQ(text(load_images(ImageFormat::idx, paths, 3)), ramp(8, 0) + ramp(4, 100));
  EXPECT_EQ(text(load_images(ImageFormat::idx, paths, 1)), ramp(4, 0));
  std::vector<std::uint8_t> out(16);
  read_images(ImageFormat::idx, paths, out);
  EXPECT_EQ(std::string(out.begin(), out.end()), ramp(8, 0) + ramp(8, 100));
}

TEST(Idx, TooFewImagesOrDifferentSizes) {
  const TemporaryDirectory directory;
  const std::string a = directory.write("a", header(kImages, {2, 2, 2}) + ramp(8, 0));
  const std::string b = directory.write("b", header(kImages, {2, 3, 1}) + ramp(6, 0));
  EXPECT_EQ(message_of<std::runtime_error>([&] { load_images(ImageFormat::idx, std::vector{a}, 3); }), a + ": 3 images wanted, 2 available");
  EXPECT_EQ(message_of<std::runtime_error>([&] { load_images(ImageFormat::idx, std::vector{a, b}, 0); }),
            b + ": images of 3 pixels, those of " + a + " have 4");
  std::vector<std::uint8_t> out(12);
  EXPECT_EQ(message_of<std::runtime_error>([&] { read_images(ImageFormat::idx, std::vector{a}, out); }),
            a + ": the files hold 2 images, fewer than wanted");
  EXPECT_EQ(message_of<std::runtime_error>([] { load_images(ImageFormat::idx, {}, 0); }), "no image files given");
}

TEST(Idx, NotImages) {
  const TemporaryDirectory directory;
  const std::string allowed = ", expected 00000803 (count, rows, columns) or 00000802 (count, pixels) for unsigned bytes";
  const std::string labels = directory.write("labels", header(0x00000801, {4}) + ramp(4, 0));
  const std::string floats = directory.write("floats", header(0x00000d03, {1, 1, 1}) + ramp(4, 0));
  const std::string none = directory.write("none", header(kImages, {0, 28, 28}));
  EXPECT_EQ(fault_of(labels), labels + ": not an IDX file of images: its first four bytes are 00000801" + allowed);
  EXPECT_EQ(fault_of(floats), floats + ": not an IDX file of images: its first four bytes are 00000d03" + allowed);
  EXPECT_EQ(fault_of(none), none + ": holds no images (count 0, pixels 784)");
  EXPECT_EQ(fault_of(directory.path("missing")), directory.path("missing") + ": no such file");
}

TEST(Idx, Truncated) {
  const TemporaryDirectory directory;
  const std::string bytes = header(kImages, {5, 2, 3}) + ramp(30, 0), end = ": truncated: it ends before the last image that its header announces";
  const std::string short_header = directory.write("header", bytes.substr(0, 10));
  EXPECT_EQ(fault_of(short_header), short_header + end);
  const std::string plain = directory.write("plain", bytes.substr(0, 45));
  const std::string size = ": truncated: its header announces 5 images of 6 pixels, but 45 bytes can't hold them";
  EXPECT_EQ(fault_of(plain), plain + size);
  EXPECT_EQ(message_of<std::runtime_error>([&] { image_shape(ImageFormat::idx, plain); }), plain + size);
  const std::string packed = directory.write_gz("packed.gz", bytes.substr(0, 45));  // a complete .gz of an incomplete file
  EXPECT_EQ(fault_of(packed), packed + end);
  const std::string whole = read_bytes(directory.write_gz("whole.gz", bytes));
  const std::string cut = directory.write("cut.gz", whole.substr(0, whole.size() - 15));
  EXPECT_EQ(fault_of(cut), cut + end);
}

TEST(Idx, DamagedOrTooLong) {
  const TemporaryDirectory directory;
  const std::string bytes = header(kImages, {5, 2, 3}) + ramp(30, 0);
  const std::string longer = directory.write("longer", bytes + "x");
  EXPECT_EQ(fault_of(longer), longer + ": holds more than the 5 images of 6 pixels that its header announces");
  std::string damaged = read_bytes(directory.write_gz("whole.gz", bytes));
  damaged[damaged.size() - 8] = static_cast<char>(damaged[damaged.size() - 8] ^ 1);  // the checksum
  const std::string path = directory.write("damaged.gz", damaged);
  EXPECT_EQ(fault_of(path), path + ": cannot be read (" + path + ": incorrect data check)");
}

TEST(Idx, HeaderBeyondBelief) {
  const TemporaryDirectory directory;
  const std::string path = directory.write("huge", header(kImages, {0xffffffff, 0xffffffff, 0xffffffff}) + ramp(30, 0));
  EXPECT_EQ(fault_of(path),
            path + ": truncated: its header announces 4294967295 images of 18446744065119617025 pixels, but 46 bytes can't hold them");
}

}  // namespace
}  // namespace aesweep
