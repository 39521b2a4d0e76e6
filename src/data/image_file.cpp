#include "image_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace aesweep {

ImageFile::ImageFile(const std::string& path) : path_(path) {
  if (!std::filesystem::is_regular_file(path)) fail("no such file");
  file_.reset(gzopen(path.c_str(), "rb"));
  if (!file_) fail("cannot be opened");
  gzbuffer(file_.get(), 1U << 18);
}

void ImageFile::fail(std::string_view message) const { throw std::runtime_error(fmt::format("{}: {}", path_, message)); }

std::size_t ImageFile::get(std::span<std::uint8_t> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::size_t wanted = std::min(out.size() - filled, std::size_t{1} << 30);
    const int got = gzread(file_.get(), out.data() + filled, static_cast<unsigned>(wanted));
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  int code = Z_OK;
  const char* text = gzerror(file_.get(), &code);
  if (filled < out.size() && code != Z_OK && code != Z_BUF_ERROR) fail(fmt::format("cannot be read ({})", text));
  return filled;
}

bool ImageFile::is_cut() const {
  int code = Z_OK;
  gzerror(file_.get(), &code);
  return code == Z_BUF_ERROR;
}

std::uint64_t ImageFile::stored() const { return std::filesystem::file_size(path_); }

void ImageFile::rewind() {
  if (gzrewind(file_.get()) != 0) fail("cannot be read again from its start");
}

}  // namespace aesweep
