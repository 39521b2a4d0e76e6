#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "reconstruction_probe.hpp"
#include "test_set.hpp"

namespace aesweep {

/// A place and the distance |x̂ − x| there.
struct Visit {
  ChartPlace place;
  double distance;
};

/// Looks for the supremum of the distance between the points of a test set, where it may be narrow: a continuous map that cuts a closed manifold open does
/// so in a tear across which its latents run back through all their range, while x̂ may be the same on both sides.
///   1. Peaks: test points that no neighbour exceeds, the highest of them.
///   2. Tears: edges over which the latents, or x̂, jump by more than over those that they meet, the largest of them. A grid around each shows where the
///      largest jump is; a finer one is laid around that, until the jump becomes less, which is when the tear is seen, or kFinest is reached.
///   3. From the highest places so far a climb: a grid around each, as wide as its surroundings are unknown; on to the highest point, and finer unless that
///      is on the grid's border, down to kFinest.
/// Looks at a few thousand places on curves, some ten thousand on surfaces. What it finds is a lower bound of the supremum.
class SupremumSearch {
 public:
  /// Keeps references to manifold, set and isometry.
  SupremumSearch(const Manifold& manifold, const TestSet& set, const Eigen::MatrixXd& isometry, int latents);

  /// @param seen  the test set as the map shows it.
  Visit run(const Reconstruct& map, const ReconstructionProbe& seen);
  /// All places that the last run looked at.
  std::span<const Visit> visits() const { return visits_; }

 private:
  static constexpr std::size_t kPeaks = 20, kTears = 10, kClimbers = 32, kMostClimbs = 40;
  static constexpr double kFinest = 1e-7;

  enum class Jump { of_latents, of_points };
  /// A place, and the scale up to which its surroundings are unknown.
  struct Spot {
    Visit at;
    double scale;
    Jump kind = Jump::of_latents;
    double jump = 0.0;
  };

  void choose_peaks(const ReconstructionProbe& seen);
  void choose_tears(const ReconstructionProbe& seen, Jump kind);
  ChartPlace middle(const ChartPlace& from, const ChartPlace& to) const;
  void zoom(const Reconstruct& map);
  bool narrow(Spot& tear, std::size_t first) const;
  void collect_peaks(std::size_t first, double scale);
  void climb(const Reconstruct& map);
  bool ascend(Spot& peak, std::size_t first) const;
  void look_around(const Reconstruct& map, std::span<const Spot> spots);
  std::size_t highest(std::size_t first) const;
  ChartPlace shifted(const ChartPlace& place, double first, double second) const;

  const Manifold& manifold_;
  const TestSet& set_;
  int dimension_, half_side_;          // the grid has 2 half_side_ + 1 points along each coordinate
  std::size_t side_, grid_;            // these, and all of its points
  Coordinate coordinates_[2];
  ReconstructionProbe probe_;
  std::vector<ChartPlace> places_;     // of one look, grid after grid
  std::vector<double> meeting_;        // largest of what meets in each test point
  std::vector<double> jumps_;          // of the edges
  std::vector<std::size_t> order_;
  std::vector<Spot> tears_, peaks_;
  std::vector<Visit> visits_;
};

}  // namespace aesweep
