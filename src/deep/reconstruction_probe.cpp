#include "reconstruction_probe.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "aesweep/data/manifold_samples.hpp"

namespace aesweep {

ReconstructionProbe::ReconstructionProbe(const Manifold& manifold, const Eigen::MatrixXd& isometry, int latents, std::size_t capacity)
    : manifold_(manifold),
      isometry_(isometry),
      dimension_(static_cast<std::size_t>(isometry.rows())),
      latents_(static_cast<std::size_t>(latents)),
      points_(capacity * dimension_),
      reconstructions_(capacity * dimension_),
      codes_(capacity * latents_),
      distances_(capacity) {}

void ReconstructionProbe::look(const Reconstruct& map, std::span<const ChartPlace> places) {
  assert(places.size() <= distances_.size());
  size_ = places.size();
  const auto rows = [](std::vector<double>& array, std::size_t length, std::size_t first, std::size_t count) {
    return std::span(array).subspan(first * length, count * length);
  };
  for (std::size_t i = 0; i < size_; ++i) embed(isometry_, manifold_.point(places[i]), rows(points_, dimension_, i, 1));
  constexpr std::size_t kBatch = ReconstructionJudge::kBatch;
  for (std::size_t first = 0; first < size_; first += kBatch) {
    const std::size_t count = std::min(kBatch, size_ - first);
    map(rows(points_, dimension_, first, count), rows(reconstructions_, dimension_, first, count), rows(codes_, latents_, first, count));
  }
  for (std::size_t i = 0; i < size_; ++i) {
    double sum = 0.0;
    for (std::size_t j = i * dimension_; j < (i + 1) * dimension_; ++j) sum += (reconstructions_[j] - points_[j]) * (reconstructions_[j] - points_[j]);
    distances_[i] = std::sqrt(sum);
  }
}

double ReconstructionProbe::gap(const std::vector<double>& rows, std::size_t length, std::size_t i, std::size_t j) {
  double sum = 0.0;
  for (std::size_t m = 0; m < length; ++m) sum += (rows[i * length + m] - rows[j * length + m]) * (rows[i * length + m] - rows[j * length + m]);
  return std::sqrt(sum);
}

}  // namespace aesweep
