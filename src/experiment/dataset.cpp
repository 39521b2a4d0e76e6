#include "aesweep/experiment/dataset.hpp"

#include <stdexcept>

namespace aesweep {

ImagePool load_pool(const DataConfig& data) { return load_images(data.format, data.files, static_cast<std::uint64_t>(data.samples)); }

std::shared_ptr<const ImageData> Datasets::images(const DataConfig& data) {
  auto& entry = images_[{data.files, data.samples}];
  if (!entry) {
    auto pool = loader_(data);
    auto statistics = image_statistics(pool);
    entry = std::make_shared<const ImageData>(ImageData{std::move(pool), std::move(statistics)});
  }
  return entry;
}

Spectrum Datasets::spectrum(const DataConfig& data) {
  if (data.kind == DataKind::spiked) return spiked_spectrum(data.spikes, data.bulk, data.dimension);
  if (!last_spectrum_ || data != last_) {
    switch (data.kind) {
      case DataKind::power_law: last_spectrum_ = power_law_spectrum(data.exponent, data.trace, data.dimension); break;
      case DataKind::spectrum: last_spectrum_ = read_spectrum(data.file); break;
      case DataKind::images: last_spectrum_ = images(data)->statistics.spectrum(); break;
      default: throw std::logic_error("unknown data kind");
    }
    last_ = data;
  }
  return *last_spectrum_;
}

Dataset Datasets::get(const DataConfig& data) {
  Dataset dataset{spectrum(data), nullptr, nullptr};
  switch (data.kind) {
    case DataKind::spiked: dataset.inputs = spiked_inputs(data.spikes, data.bulk, data.dimension); break;
    case DataKind::images:
      dataset.images = images(data);
      dataset.inputs = image_inputs(dataset.images->pool, dataset.images->statistics);
      break;
    default: dataset.inputs = gaussian_inputs(dataset.spectrum);
  }
  return dataset;
}

}  // namespace aesweep
