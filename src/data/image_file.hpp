#pragma once
#include <zlib.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aesweep {

/// A file of images, plain or compressed (zlib tells them apart), positioned at its first image. Faults are std::runtime_error "<file>: <fault>".
class ImageFile {
 public:
  virtual ~ImageFile() = default;
  ImageFile(const ImageFile&) = delete;
  ImageFile& operator=(const ImageFile&) = delete;

  virtual std::uint64_t pixels() const = 0;
  /// Number of images; may read through the file and back to its start, so to be asked before any image is read.
  virtual std::uint64_t count() = 0;
  /// Fills `out` with grey bytes, image after image, as far as the file goes; checks the end of a file that is used up.
  /// @returns the number of bytes filled.
  virtual std::size_t read(std::span<std::uint8_t> out) = 0;

 protected:
  explicit ImageFile(const std::string& path);
  [[noreturn]] void fail(std::string_view message) const;
  /// Fills `out` as far as the file goes and returns the number of bytes. Fails on damage.
  std::size_t get(std::span<std::uint8_t> out);
  /// After a get that fell short: whether compressed data ended in their middle.
  bool is_cut() const;
  bool is_plain() const { return gzdirect(file_.get()) != 0; }
  /// Bytes on the disk.
  std::uint64_t stored() const;
  void rewind();

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
};

std::unique_ptr<ImageFile> open_idx(const std::string& path);
std::unique_ptr<ImageFile> open_cifar10(const std::string& path);

}  // namespace aesweep
