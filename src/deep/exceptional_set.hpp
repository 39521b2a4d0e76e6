#pragma once
#include <span>
#include <vector>

#include "reconstruction_probe.hpp"
#include "supremum_search.hpp"
#include "test_set.hpp"

namespace aesweep {

/// Share of the measure of {|x̂ − x| > ε}, and number of its connected pieces, for each of some ε.
///   Curves: between places that were looked at, the distance is taken as linear; where it passes an ε, that place is bisected down to kFinest spacings. So a
/// tear counts as wide as it is, if the search came upon it.
///   Surfaces: shares of the test points, and pieces of the graph of those that are neighbours.
class ExceptionalSet {
 public:
  /// Keeps references to manifold, set, isometry and epsilons.
  ExceptionalSet(const Manifold& manifold, const TestSet& set, const Eigen::MatrixXd& isometry, int latents, const std::vector<double>& epsilons);

  /// @param seen  the test set as the map shows it.   @param others  places between its points.
  /// Fills in shares, pieces and cuts (ReconstructionOutcome).
  void measure(const Reconstruct& map, const ReconstructionProbe& seen, std::span<const Visit> others, ReconstructionOutcome& outcome);

 private:
  static constexpr double kFinest = 1e-4;
  static constexpr int kMostHalvings = 16;

  struct Cut {
    double length = 0.0;
    int pieces = 0, cuts = 0;
  };
  void bisect(const Reconstruct& map);
  bool is_passed(double a, double b) const;
  Cut cut(std::span<const Visit> component, double epsilon) const;
  int count_pieces(std::span<const double> distance, double epsilon);
  int root(int i);

  const Manifold& manifold_;
  const TestSet& set_;
  const std::vector<double>& epsilons_;
  ReconstructionProbe probe_;
  std::vector<Visit> visits_;         // of curves: sorted along them
  std::vector<ChartPlace> places_;
  std::vector<int> parent_;           // of surfaces: a forest, its trees are the pieces
};

}  // namespace aesweep
