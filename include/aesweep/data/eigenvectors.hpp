#pragma once
#include <Eigen/Core>
#include <memory>
#include <string>

#include "aesweep/data/row_matrix.hpp"

namespace aesweep {

/// Orthonormal eigenvectors Ψ of the input covariance, shape (D, D), columns in the order of the spectrum (leading first): turns rows between the
/// eigenbasis and pixels. Copies share what they hold; all methods may be called by several threads at once.
class Eigenbasis {
 public:
  /// Ψ = 1: rows pass through, moved and not copied.
  static Eigenbasis identity(Eigen::Index dimension);

  /// ψ_m(i) ∝ sin((m+1) i/100), i = 0..D−1, for the leading m < `modes`   [RG24 fig. 5], orthonormalised in this order (Householder QR), each with a
  /// positive overlap with its sinusoid; completed to a basis by the reflections themselves, so that turning K rows costs O(D·modes·K) and no
  /// D × D matrix is formed. What lies beyond the leading modes is some orthonormal complement, the same for the same arguments.
  /// @throws std::invalid_argument where the sinusoids are numerically dependent: what the earlier ones leave of one of them is shorter than 1e-8 of
  /// it (their Gram matrix is then singular in double precision). That happens at small D, where every sinusoid starts as a straight line: 3 modes
  /// need D ≥ 4, 5 need 25, 10 need 77, 20 need 125. Always for modes ≥ D.
  static Eigenbasis sinusoidal(Eigen::Index dimension, Eigen::Index modes);

  /// @param vectors  Ψ itself, columns orthonormal (not checked; ImageStatistics::eigenvectors is one).
  static Eigenbasis dense(Eigen::MatrixXd vectors);

  Eigen::Index dimension() const { return dimension_; }
  bool is_identity() const { return map_ == nullptr; }
  /// rows·Ψᵀ: from the eigenbasis to pixels. Shape (K, D) in and out.
  RowMatrix to_pixels(RowMatrix rows) const;
  /// rows·Ψ: from pixels to the eigenbasis.
  RowMatrix to_eigenbasis(RowMatrix rows) const;

  /// An orthogonal map of rows and its inverse.
  struct Map;

 private:
  Eigenbasis(Eigen::Index dimension, std::shared_ptr<const Map> map) : dimension_(dimension), map_(std::move(map)) {}
  Eigen::Index dimension_;
  std::shared_ptr<const Map> map_;   // null: identity
};

/// Reads `eigenvectors` [D, D] of a spectrum file: columns in the order of the file's `eigenvalues`, permuted here as read_spectrum sorts those
/// (descending, equal ones in the file's order). The identity where the file has none. Takes D³ operations to check.
/// @throws std::runtime_error naming file, dataset and fault (shape, non-finite entry, columns not orthonormal to 1e-8).
Eigenbasis read_eigenvectors(const std::string& path);

}  // namespace aesweep
