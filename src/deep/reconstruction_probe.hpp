#pragma once
#include <Eigen/Core>

#include <span>
#include <vector>

#include "aesweep/data/manifold.hpp"
#include "aesweep/deep/reconstruction_judge.hpp"

namespace aesweep {

/// Points of a manifold seen through a map: x = Ay, x̂, latents and distances of up to `capacity` places, row after row.
class ReconstructionProbe {
 public:
  ReconstructionProbe(const Manifold& manifold, const Eigen::MatrixXd& isometry, int latents, std::size_t capacity);

  /// Shows these places to the map, kBatch at a time.
  void look(const Reconstruct& map, std::span<const ChartPlace> places);

  std::size_t capacity() const { return distances_.size(); }
  std::span<const double> points() const { return {points_.data(), size_ * dimension_}; }
  std::span<const double> reconstructions() const { return {reconstructions_.data(), size_ * dimension_}; }
  std::span<const double> latents() const { return {codes_.data(), size_ * latents_}; }
  std::span<const double> distances() const { return {distances_.data(), size_}; }
  /// |x̂_i − x̂_j| and |z_i − z_j|.
  double jump(std::size_t i, std::size_t j) const { return gap(reconstructions_, dimension_, i, j); }
  double latent_jump(std::size_t i, std::size_t j) const { return gap(codes_, latents_, i, j); }

 private:
  static double gap(const std::vector<double>& rows, std::size_t length, std::size_t i, std::size_t j);

  const Manifold& manifold_;
  const Eigen::MatrixXd& isometry_;
  std::size_t dimension_, latents_, size_ = 0;
  std::vector<double> points_, reconstructions_, codes_, distances_;
};

}  // namespace aesweep
