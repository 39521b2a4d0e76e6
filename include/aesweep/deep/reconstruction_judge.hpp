#pragma once
#include <Eigen/Core>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "aesweep/data/manifold.hpp"

namespace aesweep {

/// x̂ = G(F(x)) and latents F(x) of P ≤ ReconstructionJudge::kBatch points: (points, reconstructions, latents), shapes (P, n), (P, n), (P, k), row after row.
using Reconstruct = std::function<void(std::span<const double>, std::span<double>, std::span<double>)>;

/// What a map through a bottleneck does to a manifold, measured on a dense test set and, for what is narrow, between its points.
struct ReconstructionOutcome {
  double pmse = 0.0;                     ///< ½ E|x̂ − x|²
  std::vector<double> explained{};       ///< R²_m = 1 − E(x̂ − x)_m²/E x_m² along the manifold's principal axes, shape (ambient)
  std::vector<double> quantile{};        ///< of the distance |x̂ − x|, one for each share that was asked for
  double supremum = 0.0;                 ///< of the distance: the largest that was found
  ChartPlace worst{};                    ///< where
  std::vector<double> exceptional{};     ///< share of the measure of {|x̂ − x| > ε}, for each ε
  std::vector<int> pieces{};             ///< connected pieces of that set, for each ε; on surfaces of the test points in it
  /// The same with pieces of a curve that are less than ε apart counted as one: x̂ passes by x while it runs back in a tear. On surfaces: pieces.
  std::vector<int> cuts{};
  std::vector<double> latent_low{}, latent_high{};   ///< range of each latent, shape (k)
};

/// Measures a reconstruction of the manifold itself, without noise. The supremum is sought in the tears between test points as well (supremum_search.hpp): a
/// lower bound, and for trained networks no less than what 10^6 points show. Allocates at construction, and where a search needs more room than any before.
class ReconstructionJudge {
 public:
  static constexpr int kBatch = 512;

  /// @param isometry  A, shape (n, ambient): the manifold's place in R^n.   @param latents  k of the map, any.
  /// @param test_points  0: 4096 on curves, 10946 on surfaces.
  ReconstructionJudge(std::shared_ptr<const Manifold> manifold, Eigen::MatrixXd isometry, int latents, std::vector<double> quantiles,
                      std::vector<double> epsilons, int test_points = 0);
  ~ReconstructionJudge();

  /// The result is valid until the next call. Non-finite reconstructions or latents give NaN everywhere, as numbers of pieces −1.
  const ReconstructionOutcome& measure(const Reconstruct& map);

  /// The test set: its places, and x of the last measurement, x̂ and latents, shapes (P, n), (P, n), (P, k), row after row. Equal weights.
  std::span<const ChartPlace> places() const;
  std::span<const double> points() const;
  std::span<const double> reconstructions() const;
  std::span<const double> latents() const;
  /// Distance of neighbours: the arc length between points of a curve, √(area per point) on a surface.
  double spacing() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace aesweep
