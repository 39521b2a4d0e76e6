#include "input_files.hpp"

#include <exception>

#include "aesweep/data/start.hpp"

namespace aesweep {
namespace {

StartFacts start_facts(const std::string& path) {
  const Start start = read_start(path, 0.0);
  return {start.encoder.rows(), start.encoder.cols(), (start.bias.array() != 0).any()};
}

template <class Map>
auto find(const Map& map, const std::string& path) -> const typename Map::mapped_type* {
  const auto found = map.find(path);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

void FileFacts::probe(FileKind kind, const std::string& path, std::span<const ImageFormat> formats) {
  if (kind == FileKind::spectrum && !spectra_.contains(path)) {
    spectra_.emplace(path, read_spectrum(path).dimension());
  } else if (kind == FileKind::images) {
    probe_images(path, formats);
  } else if (kind == FileKind::start && !starts_.contains(path)) {
    starts_.emplace(path, start_facts(path));
  }
  hashes_.emplace(path, "");
}

void FileFacts::probe_images(const std::string& path, std::span<const ImageFormat> formats) {
  std::exception_ptr fault;
  bool found = false;
  for (const ImageFormat format : formats) {
    try {
      images_.emplace(std::pair(format, path), image_shape(format, path));
      found = true;
    } catch (const std::runtime_error&) {
      fault = fault ? fault : std::current_exception();
    }
  }
  if (!found && fault) {
    std::rethrow_exception(fault);
  }
}

void FileFacts::hash() {
  for (auto& [path, text] : hashes_) {
    text = "sha256:" + hex(sha256_file(path));
  }
}

const ImageShape* FileFacts::images(ImageFormat format, const std::string& path) const {
  const auto found = images_.find({format, path});
  return found == images_.end() ? nullptr : &found->second;
}

const StartFacts* FileFacts::start(const std::string& path) const { return find(starts_, path); }

std::int64_t FileFacts::dimension(const DataConfig& data) const {
  if (data.kind == DataKind::spectrum) {
    const auto* found = find(spectra_, data.file);
    return found == nullptr ? 0 : *found;
  }
  if (data.kind == DataKind::images) {
    const auto* found = data.files.empty() ? nullptr : images(data.format, data.files.front());
    return found == nullptr ? 0 : static_cast<std::int64_t>(found->pixels);
  }
  return data.kind == DataKind::manifold && data.dimension == 0 ? facts(data.manifold).ambient : data.dimension;
}

std::int64_t FileFacts::available(const DataConfig& data) const {
  std::uint64_t sum = 0;
  for (const std::string& path : data.files) {
    const auto* found = images(data.format, path);
    sum += found == nullptr ? 0 : found->count;
  }
  return static_cast<std::int64_t>(sum);
}

void FileFacts::fill(PointConfig& point) const {
  DataConfig& data = point.data;
  data.dimension = dimension(data);
  if (data.kind == DataKind::images && data.samples == 0) {
    data.samples = available(data);
  }
  const auto dimension = static_cast<double>(data.dimension);
  if (point.model.tied && point.training.tied_rate == 0) {
    point.training.tied_rate = dimension;
  }
  if (point.training.preset == Preset::standard && !point.model.tied) {
    point.training.encoder_rate = dimension;
    point.training.decoder_rate = 1.0 / dimension;
  }
}

std::string FileFacts::identity(const std::string& path) const {
  const auto* found = find(hashes_, path);
  return found == nullptr ? "sha256:" + hex(sha256_file(path)) : *found;
}

}  // namespace aesweep
