#include "aesweep/data/images.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "image_file.hpp"

namespace aesweep {

namespace {

std::unique_ptr<ImageFile> open(ImageFormat format, const std::string& path) {
  return format == ImageFormat::idx ? open_idx(path) : open_cifar10(path);
}

std::uint64_t available(ImageFormat format, std::span<const std::string> paths) {
  std::uint64_t count = 0;
  for (const std::string& path : paths) count += image_shape(format, path).count;
  return count;
}

}  // namespace

ImageShape image_shape(ImageFormat format, const std::string& path) {
  const auto file = open(format, path);
  return {file->count(), file->pixels()};
}

void read_images(ImageFormat format, std::span<const std::string> paths, std::span<std::uint8_t> out) {
  std::uint64_t pixels = 0;
  for (const std::string& path : paths) {
    if (out.empty()) return;
    const auto file = open(format, path);
    if (pixels != 0 && file->pixels() != pixels) {
      throw std::runtime_error(fmt::format("{}: images of {} pixels, those of {} have {}", path, file->pixels(), paths.front(), pixels));
    }
    pixels = file->pixels();
    out = out.subspan(file->read(out));
  }
  if (out.empty()) return;
  throw std::runtime_error(fmt::format("{}: the files hold {} images, fewer than wanted", fmt::join(paths, ", "), available(format, paths)));
}

ImagePool load_images(ImageFormat format, std::span<const std::string> paths, std::uint64_t samples) {
  if (paths.empty()) throw std::runtime_error("no image files given");
  const std::uint64_t most = available(format, paths);
  const std::uint64_t count = samples == 0 ? most : samples;
  if (count > most) throw std::runtime_error(fmt::format("{}: {} images wanted, {} available", fmt::join(paths, ", "), count, most));
  const std::uint64_t pixels = open(format, paths.front())->pixels();
  const std::shared_ptr<std::uint8_t[]> bytes(new std::uint8_t[count * pixels]);
  read_images(format, paths, {bytes.get(), count * pixels});
  return {bytes, count, pixels};
}

}  // namespace aesweep
