#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "aesweep/data/spectrum.hpp"

namespace aesweep {

/// idx: big-endian magic 0x00000803 with sizes count, rows, columns, or 0x00000802 with count, pixels; then unsigned bytes.
/// cifar10: the binary version's records of a label byte (0..9) and 32 × 32 bytes each of red, green and blue, made grey by ITU-R BT.601's luma
/// as PIL rounds it: (19595 R + 38470 G + 7471 B + 32768) >> 16. Either plain or .gz.
enum class ImageFormat : std::uint8_t { idx, cifar10 };

/// Number and size of the images in a file.
struct ImageShape {
  std::uint64_t count;
  std::uint64_t pixels;
};
/// From the header (idx) or the size alone (cifar10); a compressed CIFAR-10 file is read through once.
/// @throws std::runtime_error naming file and fault (missing, not of this format, no images, a size that its records or its header can't have).
ImageShape image_shape(ImageFormat format, const std::string& path);

/// Images as bytes, one row an image. The bytes may live in memory shared between ranks of a node: whoever makes the pool owns them.
struct ImagePool {
  std::shared_ptr<const std::uint8_t[]> bytes;  ///< count × pixels, row-major
  std::uint64_t count = 0;
  std::uint64_t pixels = 0;
  std::span<const std::uint8_t> image(std::uint64_t i) const { return {bytes.get() + i * pixels, pixels}; }
};

/// Reads the images of files, one file after another, into `out` (count × pixels bytes, whole images) until it is full; files beyond
/// that are not opened. All files must have the same image size; the end of a file that is used up is checked.
/// @throws std::runtime_error naming file and fault.
void read_images(ImageFormat format, std::span<const std::string> paths, std::span<std::uint8_t> out);
/// The first `samples` images (0: all) in memory of its own. Throws as read_images.
ImagePool load_images(ImageFormat format, std::span<const std::string> paths, std::uint64_t samples);

/// Images as inputs: x = (byte − mean pixel) · unit, with one `unit` for all pixels so that the mean variance of a coordinate is 1
/// (tr Ω = D, Σρ̂ = 1).
/// Empirical covariance Ω = Ψ diag(ρ) Ψᵀ of the whole pool. Sums of bytes and of their products are exact in double, so
/// the result has the same bits for any order of the images. 0.6 s for 60 000 images of 784 pixels.
struct ImageStatistics {
  Eigen::VectorXd mean;          ///< of the bytes, shape (D)
  double unit;                   ///< bytes → input units
  Eigen::VectorXd rho_hat;       ///< eigenvalues over D, descending, shape (D), clipped at 0
  Eigen::MatrixXd eigenvectors;  ///< Ψ, columns in the order of rho_hat, shape (D, D); entry of largest modulus positive in each column
  Spectrum spectrum() const;
};
/// @throws std::runtime_error if all images are equal.
ImageStatistics image_statistics(const ImagePool& pool);

}  // namespace aesweep
