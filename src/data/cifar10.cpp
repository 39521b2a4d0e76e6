#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "image_file.hpp"

namespace aesweep {

namespace {

constexpr std::size_t kPixels = 32 * 32, kRecord = 1 + 3 * kPixels;
constexpr std::size_t kChunk = 64;   // records read at a time
constexpr std::uint8_t kLabels = 10;

/// Luma of ITU-R BT.601 in 16-bit fixed point, rounded to nearest: the bits of PIL's convert("L").
std::uint8_t grey(std::uint32_t red, std::uint32_t green, std::uint32_t blue) {
  return static_cast<std::uint8_t>((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
}

class Cifar10File final : public ImageFile {
 public:
  explicit Cifar10File(const std::string& path) : ImageFile(path), records_(kChunk * kRecord) {
    if (is_plain()) check_size(stored());
  }

  std::uint64_t pixels() const override { return kPixels; }

  std::uint64_t count() override {
    if (is_plain()) return stored() / kRecord;
    std::uint64_t bytes = 0;
    for (std::size_t got = records_.size(); got == records_.size(); bytes += got) got = get(records_);
    check_size(bytes);
    rewind();
    return bytes / kRecord;
  }

  std::size_t read(std::span<std::uint8_t> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      const std::size_t wanted = std::min(kChunk, (out.size() - filled) / kPixels) * kRecord;
      const std::size_t got = get({records_.data(), wanted});
      bytes_ += got;
      if (got < wanted) check_size(bytes_);
      for (std::size_t first = 0; first < got; first += kRecord, filled += kPixels) convert(records_.data() + first, out.data() + filled);
      if (got < wanted) return filled;
    }
    // A byte more makes zlib compare the checksum where that was the last image of a .gz file.
    std::uint8_t extra[1];
    if (get(extra) == 0 && is_cut()) fail(kCut);
    return filled;
  }

 private:
  static constexpr const char* kCut = "truncated: its compressed data end too early";

  /// @param bytes  uncompressed, up to the end of the file.
  void check_size(std::uint64_t bytes) const {
    if (is_cut()) fail(kCut);
    if (bytes == 0) fail("holds no images (0 bytes)");
    if (bytes % kRecord != 0) {
      fail(fmt::format("not a CIFAR-10 binary file, or truncated: {} bytes are not a multiple of {} (a label and 3 x 1024 bytes of colour)", bytes,
                       kRecord));
    }
  }

  void convert(const std::uint8_t* record, std::uint8_t* out) {
    if (record[0] >= kLabels) {
      fail(fmt::format("not a CIFAR-10 binary file: image {} has the label {}, expected 0 to {}", converted_, record[0], kLabels - 1));
    }
    const std::uint8_t* colour = record + 1;
    for (std::size_t p = 0; p < kPixels; ++p) out[p] = grey(colour[p], colour[kPixels + p], colour[2 * kPixels + p]);
    ++converted_;
  }

  std::vector<std::uint8_t> records_;
  std::uint64_t bytes_ = 0, converted_ = 0;
};

}  // namespace

std::unique_ptr<ImageFile> open_cifar10(const std::string& path) { return std::make_unique<Cifar10File>(path); }

}  // namespace aesweep
