#pragma once
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aesweep/data/hash.hpp"
#include "aesweep/data/images.hpp"
#include "aesweep/sweep/config.hpp"
#include "schema.hpp"

namespace aesweep {

/// What the sweep needs to know of a start file.
struct StartFacts {
  std::int64_t hidden, dimension;
  bool biased;  ///< some bias is not 0
};

/// What the sweep needs to know of its input files: looked up once a file, however many points use it.
class FileFacts {
 public:
  /// Reads a file's header (of images), or the whole of it. @throws std::runtime_error naming file and fault.
  /// @param formats  what images may have as format; a file need be of one of them only.
  void probe(FileKind kind, const std::string& path, std::span<const ImageFormat> formats);
  /// Hashes the bytes of every file probed.
  void hash();

  /// nullptr where the file is not of this format.
  const ImageShape* images(ImageFormat format, const std::string& path) const;
  const StartFacts* start(const std::string& path) const;
  /// D of a point: from its files for spectrum and images (0 where they are not known), a manifold's own where none is given.
  std::int64_t dimension(const DataConfig& data) const;
  /// Images in all files of a point.
  std::int64_t available(const DataConfig& data) const;
  /// Fills in what the files decide: the dimension, and the number of samples where it was not given.
  void fill(PointConfig& point) const;
  /// "sha256:..." of a file's bytes.
  std::string identity(const std::string& path) const;

 private:
  void probe_images(const std::string& path, std::span<const ImageFormat> formats);
  std::unordered_map<std::string, std::int64_t> spectra_;
  std::map<std::pair<ImageFormat, std::string>, ImageShape> images_;
  std::unordered_map<std::string, StartFacts> starts_;
  std::unordered_map<std::string, std::string> hashes_;
};

}  // namespace aesweep
