#include <fmt/format.h>

#include <algorithm>

#include "aesweep/data/images.hpp"
#include "image_file.hpp"

namespace aesweep {

namespace {

class IdxFile final : public ImageFile {
 public:
  explicit IdxFile(const std::string& path) : ImageFile(path) {
    const std::uint32_t magic = big_endian();
    const std::uint32_t dimensions = magic & 0xff;
    if (magic >> 8 != 0x08 || (dimensions != 2 && dimensions != 3)) {
      fail(fmt::format("not an IDX file of images: its first four bytes are {:08x}, expected 00000803 (count, rows, columns) "
                       "or 00000802 (count, pixels) for unsigned bytes", magic));
    }
    shape_ = {big_endian(), big_endian()};
    if (dimensions == 3) shape_.pixels *= big_endian();
    if (shape_.count == 0 || shape_.pixels == 0) fail(fmt::format("holds no images (count {}, pixels {})", shape_.count, shape_.pixels));
    check_size(4 * (dimensions + 1));
  }

  std::uint64_t pixels() const override { return shape_.pixels; }
  std::uint64_t count() override { return shape_.count; }

  std::size_t read(std::span<std::uint8_t> out) override {
    const std::uint64_t all = shape_.count * shape_.pixels, bytes = std::min<std::uint64_t>(out.size(), all);
    fill(out.first(bytes));
    if (bytes == all) expect_end();
    return bytes;
  }

 private:
  void fill(std::span<std::uint8_t> out) {
    if (get(out) < out.size()) fail("truncated: it ends before the last image that its header announces");
  }

  /// After the last image: nothing may follow. Also makes zlib compare the checksum at the end of a .gz file.
  void expect_end() {
    std::uint8_t extra[1];
    if (get(extra) > 0) fail(fmt::format("holds more than the {} images of {} pixels that its header announces", shape_.count, shape_.pixels));
    if (is_cut()) fail("truncated: it ends before the last image that its header announces");
  }

  std::uint32_t big_endian() {
    std::uint8_t byte[4];
    fill(byte);
    return std::uint32_t{byte[0]} << 24 | std::uint32_t{byte[1]} << 16 | std::uint32_t{byte[2]} << 8 | byte[3];
  }

  /// Deflate never gains more than a factor of 1032, so that a header beyond belief is found before any memory is asked for.
  void check_size(std::uint64_t header) const {
    const std::uint64_t most = is_plain() ? stored() - header : 1032 * stored();
    if (shape_.pixels > most / shape_.count) {
      fail(fmt::format("truncated: its header announces {} images of {} pixels, but {} bytes can't hold them", shape_.count, shape_.pixels,
                       stored()));
    }
  }

  ImageShape shape_{};
};

}  // namespace

std::unique_ptr<ImageFile> open_idx(const std::string& path) { return std::make_unique<IdxFile>(path); }

}  // namespace aesweep
