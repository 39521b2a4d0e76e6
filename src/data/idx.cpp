#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "aesweep/data/images.hpp"

namespace aesweep {

namespace {

/// An IDX file, plain or compressed (zlib tells them apart), positioned behind its header.
class IdxFile {
 public:
  explicit IdxFile(const std::string& path) : path_(path) {
    if (!std::filesystem::is_regular_file(path)) fail("no such file");
    file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_) fail("cannot be opened");
    gzbuffer(file_.get(), 1U << 18);
    read_header();
  }

  ImageShape shape() const { return shape_; }

  void read(std::span<std::uint8_t> out) {
    while (!out.empty()) {
      const std::size_t wanted = std::min(out.size(), std::size_t{1} << 30);
      const int got = gzread(file_.get(), out.data(), static_cast<unsigned>(wanted));
      if (got <= 0) fail(fault());
      out = out.subspan(static_cast<std::size_t>(got));
    }
  }

  /// After the last image: nothing may follow. Also makes zlib compare the checksum at the end of a .gz file.
  void expect_end() {
    std::uint8_t extra;
    const int got = gzread(file_.get(), &extra, 1);
    if (got < 0) fail(fault());
    if (got > 0) fail(fmt::format("holds more than the {} images of {} pixels that its header announces", shape_.count, shape_.pixels));
  }

 private:
  [[noreturn]] void fail(std::string_view message) const { throw std::runtime_error(fmt::format("{}: {}", path_, message)); }

  std::string fault() const {
    int code = Z_OK;
    const char* text = gzerror(file_.get(), &code);
    if (code == Z_OK || code == Z_BUF_ERROR) return "truncated: it ends before the last image that its header announces";
    return fmt::format("cannot be read ({})", text);
  }

  std::uint32_t big_endian() {
    std::uint8_t byte[4];
    read(byte);
    return std::uint32_t{byte[0]} << 24 | std::uint32_t{byte[1]} << 16 | std::uint32_t{byte[2]} << 8 | byte[3];
  }

  void read_header() {
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

  /// Deflate never gains more than a factor of 1032, so that a header beyond belief is found before any memory is asked for.
  void check_size(std::uint64_t header) const {
    const std::uint64_t stored = std::filesystem::file_size(path_);
    const std::uint64_t most = gzdirect(file_.get()) != 0 ? stored - header : 1032 * stored;
    if (shape_.pixels > most / shape_.count) {
      fail(fmt::format("truncated: its header announces {} images of {} pixels, but {} bytes can't hold them", shape_.count, shape_.pixels, stored));
    }
  }

  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  ImageShape shape_{};
};

std::uint64_t available(std::span<const std::string> paths) {
  std::uint64_t count = 0;
  for (const std::string& path : paths) count += idx_shape(path).count;
  return count;
}

}  // namespace

ImageShape idx_shape(const std::string& path) { return IdxFile(path).shape(); }

void read_idx(std::span<const std::string> paths, std::span<std::uint8_t> out) {
  std::uint64_t pixels = 0;
  for (const std::string& path : paths) {
    if (out.empty()) return;
    IdxFile file(path);
    const auto [count, size] = file.shape();
    if (pixels != 0 && size != pixels) {
      throw std::runtime_error(fmt::format("{}: images of {} pixels, those of {} have {}", path, size, paths.front(), pixels));
    }
    pixels = size;
    const std::uint64_t bytes = std::min<std::uint64_t>(out.size(), count * pixels);
    file.read(out.first(bytes));
    if (bytes == count * pixels) file.expect_end();
    out = out.subspan(bytes);
  }
  if (out.empty()) return;
  throw std::runtime_error(fmt::format("{}: the files hold {} images, fewer than wanted", fmt::join(paths, ", "), available(paths)));
}

ImagePool load_idx(std::span<const std::string> paths, std::uint64_t samples) {
  if (paths.empty()) throw std::runtime_error("no image files given");
  const std::uint64_t most = available(paths);
  const std::uint64_t count = samples == 0 ? most : samples;
  if (count > most) throw std::runtime_error(fmt::format("{}: {} images wanted, {} available", fmt::join(paths, ", "), count, most));
  const std::uint64_t pixels = idx_shape(paths.front()).pixels;
  const std::shared_ptr<std::uint8_t[]> bytes(new std::uint8_t[count * pixels]);
  read_idx(paths, {bytes.get(), count * pixels});
  return {bytes, count, pixels};
}

}  // namespace aesweep
