#include "aesweep/experiment/dataset.hpp"

#include <stdexcept>

namespace aesweep {

ImagePool load_pool(const DataConfig& data) { return load_idx(data.files, static_cast<std::uint64_t>(data.samples)); }

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
  switch (data.kind) {
    case DataKind::spiked: return spiked_spectrum(data.spikes, data.bulk, data.dimension);
    case DataKind::power_law: return power_law_spectrum(data.exponent, data.trace, data.dimension);
    case DataKind::spectrum: return read_spectrum(data.file);
    case DataKind::images: return images(data)->statistics.spectrum();
  }
  throw std::logic_error("unknown data kind");
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
