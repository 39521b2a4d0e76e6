#include "aesweep/data/inputs.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <functional>

namespace aesweep {

namespace {

using Vector = Eigen::Map<Eigen::VectorXd>;

Vector as_vector(std::span<double> x) { return {x.data(), static_cast<Eigen::Index>(x.size())}; }

double root(Eigen::Index dimension) { return std::sqrt(static_cast<double>(dimension)); }

class GaussianInputs final : public InputSource {
 public:
  explicit GaussianInputs(const Spectrum& spectrum) : width_(spectrum.rho_hat().cwiseSqrt()) {}

  Eigen::Index dimension() const override { return width_.size(); }

  void draw(const RandomStream& stream, std::uint64_t step, std::span<double> x) const override {
    assert(static_cast<Eigen::Index>(x.size()) == dimension());
    stream.scaled_normals(Purpose::inputs, step, {width_.data(), x.size()}, x);
  }

 private:
  Eigen::VectorXd width_;  // √ρ̂, shape (D)
};

class SpikedInputs final : public InputSource {
 public:
  SpikedInputs(std::span<const double> spikes, double bulk, Eigen::Index dimension, const Latent& latent)
      : width_(spikes.begin(), spikes.end()), bulk_width_(std::sqrt(bulk) / root(dimension)), dimension_(dimension), latent_(latent) {
    std::sort(width_.begin(), width_.end(), std::greater());
    for (double& width : width_) width = std::sqrt(width);
  }

  Eigen::Index dimension() const override { return dimension_; }

  void draw(const RandomStream& stream, std::uint64_t step, std::span<double> x) const override {
    assert(static_cast<Eigen::Index>(x.size()) == dimension_);
    stream.scaled_normals(Purpose::inputs, step, bulk_width_, x);
    std::array<double, 32> latents;
    for (std::size_t first = 0; first < width_.size(); first += latents.size()) {
      const std::size_t count = std::min(latents.size(), width_.size() - first);
      draw_latents(latent_, stream, step, static_cast<std::uint32_t>(first), {latents.data(), count});
      for (std::size_t m = 0; m < count; ++m) x[first + m] += width_[first + m] * latents[m];
    }
  }

 private:
  std::vector<double> width_;  // √θ, descending, shape (M)
  double bulk_width_;          // σ/√D
  Eigen::Index dimension_;
  Latent latent_;
};

class ImageInputs final : public InputSource {
 public:
  ImageInputs(const ImagePool& pool, const ImageStatistics& statistics)
      : pool_(pool), mean_(statistics.mean), scale_(statistics.unit / root(statistics.mean.size())) {}

  Eigen::Index dimension() const override { return mean_.size(); }

  void draw(const RandomStream& stream, std::uint64_t step, std::span<double> x) const override {
    assert(static_cast<Eigen::Index>(x.size()) == dimension());
    const std::span<const std::uint8_t> image = pool_.image(stream.index(Purpose::image, step, pool_.count));
    const Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, 1>> bytes(image.data(), dimension());
    as_vector(x) = (bytes.cast<double>() - mean_) * scale_;
  }

 private:
  const ImagePool& pool_;
  const Eigen::VectorXd& mean_;
  double scale_;  // unit/√D
};

}  // namespace

std::unique_ptr<InputSource> gaussian_inputs(const Spectrum& spectrum) { return std::make_unique<GaussianInputs>(spectrum); }

std::unique_ptr<InputSource> spiked_inputs(std::span<const double> spikes, double bulk, Eigen::Index dimension, const Latent& latent) {
  return std::make_unique<SpikedInputs>(spikes, bulk, dimension, latent);
}

std::unique_ptr<InputSource> image_inputs(const ImagePool& pool, const ImageStatistics& statistics) {
  return std::make_unique<ImageInputs>(pool, statistics);
}

}  // namespace aesweep
