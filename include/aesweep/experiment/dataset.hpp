#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aesweep/data/images.hpp"
#include "aesweep/data/inputs.hpp"
#include "aesweep/data/spectrum.hpp"
#include "aesweep/sweep/config.hpp"

namespace aesweep {

/// A pool of images with its statistics.
struct ImageData {
  ImagePool pool;
  ImageStatistics statistics;
};

/// What a point's `[data]` stands for.
struct Dataset {
  Spectrum spectrum;
  std::shared_ptr<const ImageData> images;   ///< null unless kind = "images"
  std::unique_ptr<InputSource> inputs;       ///< in the eigenbasis; in pixel space for images
};

/// Where the bytes of an image pool come from: the files, or memory that the ranks of a node share.
using PoolLoader = std::function<ImagePool(const DataConfig&)>;
/// Reads the files into memory of this process.
ImagePool load_pool(const DataConfig& data);

/// Makes datasets; image pools and their eigenvectors are kept and shared by all points that use them, and the last spectrum that was read or computed
/// from D numbers.
class Datasets {
 public:
  explicit Datasets(PoolLoader loader) : loader_(std::move(loader)) {}
  Dataset get(const DataConfig& data);
  /// The spectrum alone.
  Spectrum spectrum(const DataConfig& data);

 private:
  std::shared_ptr<const ImageData> images(const DataConfig& data);
  PoolLoader loader_;
  DataConfig last_;                          // what last_spectrum_ belongs to
  std::optional<Spectrum> last_spectrum_;
  std::map<std::pair<std::vector<std::string>, std::int64_t>, std::shared_ptr<const ImageData>> images_;
};

}  // namespace aesweep
