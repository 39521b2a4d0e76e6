#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aesweep/data/eigenvectors.hpp"
#include "aesweep/data/images.hpp"
#include "aesweep/data/inputs.hpp"
#include "aesweep/data/manifold.hpp"
#include "aesweep/data/population.hpp"
#include "aesweep/data/spectrum.hpp"
#include "aesweep/outcome/network.hpp"
#include "aesweep/sweep/config.hpp"

namespace aesweep {

/// A pool of images with its statistics, and their eigenvectors as a basis.
struct ImageData {
  ImagePool pool;
  ImageStatistics statistics;
  Eigenbasis basis;
};
/// All images as inputs x̌, shape (D, count).
Eigen::MatrixXd pool_matrix(const ImageData& images);

/// What a point's `[data]` stands for.
struct Dataset {
  Spectrum spectrum;
  Eigenbasis basis;                                    ///< from the eigenbasis to the pixels that weights are stored in
  std::shared_ptr<const GaussianMixture> latents{};    ///< law of the spikes' coordinates; null: Gaussian
  std::shared_ptr<const ImageData> images{};           ///< null unless the inputs are images
  std::shared_ptr<const Manifold> manifold{};          ///< null unless the inputs lie on one; each replica draws from its own copy in R^D
  std::unique_ptr<InputSource> population{};           ///< fresh inputs, in the eigenbasis, of images in pixels; null at D = ∞ and of a manifold
  std::unique_ptr<InputSource> training{};             ///< the training set, null without one

  /// What SGD draws from.
  const InputSource& inputs() const { return training ? *training : *population; }
};

Latent latent_of(const DataConfig& data);
Weights to_pixels(const Eigenbasis& basis, Weights weights);

/// Where the bytes of an image pool come from: the files, or memory that the ranks of a node share.
using PoolLoader = std::function<ImagePool(const DataConfig&)>;
/// Reads the files into memory of this process.
ImagePool load_pool(const DataConfig& data);

/// Makes datasets; image pools and their eigenvectors are kept and shared by all points that use them, and what the last other data took to read or compute.
class Datasets {
 public:
  explicit Datasets(PoolLoader loader) : loader_(std::move(loader)) {}
  Dataset get(const DataConfig& data);
  /// The spectrum alone.
  Spectrum spectrum(const DataConfig& data);

 private:
  std::shared_ptr<const ImageData> images(const DataConfig& data);
  PoolLoader loader_;
  /// What a dataset holds besides its inputs.
  struct Kept {
    DataConfig data;
    Spectrum spectrum;
    Eigenbasis basis;
    std::shared_ptr<const GaussianMixture> latents;
  };
  const Kept& kept(const DataConfig& data);
  std::optional<Kept> last_;
  std::map<std::tuple<ImageFormat, std::vector<std::string>, std::int64_t>, std::shared_ptr<const ImageData>> images_;
};

}  // namespace aesweep
