#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>

#include "aesweep/data/manifold.hpp"
#include "aesweep/data/random.hpp"

namespace aesweep {

/// A with orthonormal columns, shape (n, m), n ≥ m, uniformly distributed (Haar): Q of the QR decomposition, R_ii > 0, of a Gaussian matrix whose column j
/// are the normals of Purpose::isometry at step j   [Mezzadri, Notices AMS 54, 592 (2007)]. n = m: the identity, nothing is drawn.
Eigen::MatrixXd random_isometry(Eigen::Index dimension, Eigen::Index ambient, const RandomStream& stream);

/// x = Ay, shapes (n) and (m): sums in a fixed order, so that bits do not depend on where x lies in memory.
void embed(const Eigen::MatrixXd& isometry, const Eigen::Vector3d& y, std::span<double> x);

/// Training inputs of one replica: x = Ay + σξ with y uniform on a manifold, ξ normal, in R^n. Sample i has the place that block 0 of Purpose::inputs at step
/// i says (two uniform numbers of 53 bits, and 11 bits for the component), and as ξ the normals from entry 32 on of that step.
class ManifoldSamples {
 public:
  /// @param isometry  A, shape (n, m) with m the manifold's ambient dimension.   @param noise  σ ≥ 0.
  /// @param samples   P: every draw takes one of the samples 0 .. P − 1 by Purpose::training_index, as finite_inputs() does; 0: never the same one twice.
  ManifoldSamples(std::shared_ptr<const Manifold> manifold, Eigen::MatrixXd isometry, double noise, std::uint64_t samples, const RandomStream& stream);

  Eigen::Index dimension() const { return isometry_.rows(); }
  /// A batch of B points, shape (B, n), row after row: draws number Bs .. Bs + B − 1 at step s. Does not allocate.
  void draw(std::uint64_t step, std::span<double> batch) const;
  /// Sample i, shape (n).
  void sample(std::uint64_t i, std::span<double> x) const;

 private:
  std::shared_ptr<const Manifold> manifold_;
  Eigen::MatrixXd isometry_;
  bool is_natural_;   // A = 1
  double noise_;
  std::uint64_t samples_;
  RandomStream stream_;
};

}  // namespace aesweep
