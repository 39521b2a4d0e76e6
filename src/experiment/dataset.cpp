#include "aesweep/experiment/dataset.hpp"

#include <cmath>
#include <stdexcept>

namespace aesweep {
namespace {

/// Coordinates of a manifold are not divided by √D: its own principal axes, and nothing beyond them.
Spectrum manifold_spectrum(const DataConfig& data) {
  const auto& [variance, ambient] = std::tie(facts(data.manifold).variance, facts(data.manifold).ambient);
  std::vector<EigenBlock> blocks;
  for (int m = 0; m < ambient; ++m) blocks.push_back({variance[m], 1});
  if (data.dimension > ambient) blocks.push_back({0.0, data.dimension - ambient});
  return Spectrum(std::move(blocks));
}

Spectrum spectrum_of(const DataConfig& data) {
  switch (data.kind) {
    case DataKind::spiked:
      return data.dimension == kInfinity ? infinite_spectrum(data.spikes, data.bulk) : spiked_spectrum(data.spikes, data.bulk, data.dimension);
    case DataKind::power_law: return power_law_spectrum(data.exponent, data.trace, data.dimension);
    case DataKind::marchenko_pastur: return marchenko_pastur_spectrum(data.spikes, data.bulk, data.dimension, data.bulk_samples);
    case DataKind::spectrum: return read_spectrum(data.file);
    case DataKind::manifold: return manifold_spectrum(data);
    case DataKind::images: break;
  }
  throw std::logic_error("images have their spectrum from their statistics");
}

Eigenbasis basis_of(const DataConfig& data, const Spectrum& spectrum) {
  if (data.kind == DataKind::spectrum) return read_eigenvectors(data.file);
  const bool sinusoidal = (data.kind == DataKind::spiked || data.kind == DataKind::marchenko_pastur) && data.eigenvectors == EigenvectorKind::sinusoidal;
  return sinusoidal ? Eigenbasis::sinusoidal(data.dimension, static_cast<Eigen::Index>(data.spikes.size())) : Eigenbasis::identity(spectrum.dimension());
}

std::shared_ptr<const GaussianMixture> latents_of(const DataConfig& data) {
  if (data.kind != DataKind::spiked) return nullptr;
  const double floor = data.dimension == kInfinity ? 0.0 : data.bulk / static_cast<double>(data.dimension);
  return latent_mixture(latent_of(data), data.spikes, floor);
}

}  // namespace

ImagePool load_pool(const DataConfig& data) { return load_images(data.format, data.files, static_cast<std::uint64_t>(data.samples)); }

Eigen::MatrixXd pool_matrix(const ImageData& images) {
  const auto& [mean, unit] = std::tie(images.statistics.mean, images.statistics.unit);
  Eigen::MatrixXd points(mean.size(), static_cast<Eigen::Index>(images.pool.count));
  const double scale = unit / std::sqrt(static_cast<double>(mean.size()));
  for (std::uint64_t i = 0; i < images.pool.count; ++i) {
    const Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, 1>> bytes(images.pool.image(i).data(), mean.size());
    points.col(static_cast<Eigen::Index>(i)) = (bytes.cast<double>() - mean) * scale;
  }
  return points;
}

Latent latent_of(const DataConfig& data) { return {data.latent, data.latent_sparsity, data.latent_separation}; }

Weights to_pixels(const Eigenbasis& basis, Weights weights) {
  return {basis.to_pixels(std::move(weights.encoder)), basis.to_pixels(std::move(weights.decoder)), std::move(weights.bias)};
}

std::shared_ptr<const ImageData> Datasets::images(const DataConfig& data) {
  auto& entry = images_[{data.format, data.files, data.samples}];
  if (!entry) {
    auto pool = loader_(data);
    auto statistics = image_statistics(pool);
    auto basis = Eigenbasis::dense(statistics.eigenvectors);
    entry = std::make_shared<const ImageData>(ImageData{std::move(pool), std::move(statistics), std::move(basis)});
  }
  return entry;
}

const Datasets::Kept& Datasets::kept(const DataConfig& data) {
  if (last_ && last_->data == data) return *last_;
  if (data.kind == DataKind::images) {
    const auto pool = images(data);
    last_ = Kept{data, pool->statistics.spectrum(), pool->basis, nullptr};
  } else {
    auto spectrum = spectrum_of(data);
    auto basis = basis_of(data, spectrum);
    last_ = Kept{data, std::move(spectrum), std::move(basis), latents_of(data)};
  }
  return *last_;
}

Spectrum Datasets::spectrum(const DataConfig& data) { return kept(data).spectrum; }

Dataset Datasets::get(const DataConfig& data) {
  const auto& [same, spectrum, basis, latents] = kept(data);
  Dataset dataset{spectrum, basis, latents};
  if (data.kind == DataKind::manifold) {
    dataset.manifold = Manifold::make(data.manifold);
    return dataset;
  }
  if (data.kind == DataKind::images && !data.gaussian_surrogate) {
    dataset.images = images(data);
    dataset.population = image_inputs(dataset.images->pool, dataset.images->statistics);
  } else if (data.kind != DataKind::spiked) {
    dataset.population = gaussian_inputs(spectrum);
  } else if (data.dimension != kInfinity) {
    dataset.population = spiked_inputs(data.spikes, data.bulk, data.dimension, latent_of(data));
  }
  if (data.training_samples != kInfinity) dataset.training = finite_inputs(*dataset.population, static_cast<std::uint64_t>(data.training_samples));
  return dataset;
}

}  // namespace aesweep
