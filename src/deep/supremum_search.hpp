#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "reconstruction_probe.hpp"
#include "test_set.hpp"

namespace aesweep {

/// A place and the distance |x̂ − x| there.
struct Visit {
  Place place;
  double distance;
};

/// Looks for the supremum of the distance between the points of a test set, where it may be narrow: a continuous map that cuts a closed manifold open does
/// so in a tear over which its latents run back through all their range.
///   1. Peaks: test points that no neighbour exceeds, the highest of them.
///   2. Tears: edges over which the latents, or the reconstruction, jump more than over those that they meet, the largest of them. Each is divided into
///      kParts, and its part with the largest jump again, until no part has more than half of the jump, or kZooms times (below 1e-7).
///   3. From the highest places seen so far a climb: a grid around each, as fine as the place was known; on to its highest point, and finer when that is
///      not on the grid's border, down to kFinest.
/// A few thousand places are looked at on curves, some ten thousand on surfaces. What is found is a lower bound of the supremum.
class SupremumSearch {
 public:
  /// Keeps references to all of them.
  SupremumSearch(const Manifold& manifold, const TestSet& set, const Eigen::MatrixXd& isometry, int latents);

  /// @param seen  the test set as the map shows it.
  Visit run(const Reconstruct& map, const ReconstructionProbe& seen);
  /// All places that the last run looked at.
  std::span<const Visit> visits() const { return visits_; }

 private:
  static constexpr std::size_t kParts = 16, kTears = 15, kPeaks = 24;
  static constexpr int kZooms = 5, kClimbs = 40;
  static constexpr double kFinest = 1e-7;

  /// Part of an edge, from a place and by a difference of coordinates.
  struct Tear {
    Place from;
    double by[2];
    bool by_latents;
  };
  struct Narrowed {
    std::size_t highest;   ///< number of its place in the look
    bool is_whole;         ///< whether the look shows all of the tear
  };
  /// A place with the distance there, and the scale up to which its surroundings are unknown.
  struct Climber {
    Visit at;
    double scale;
  };

  void choose_peaks(const ReconstructionProbe& seen);
  void choose_tears(const ReconstructionProbe& seen, bool by_latents);
  void zoom(const Reconstruct& map);
  Narrowed narrow(Tear& tear, std::size_t first);
  void climb(const Reconstruct& map);
  bool ascend(Climber& climber, std::size_t first);
  void surround(const Climber& climber);
  void look(const Reconstruct& map);

  Place shifted(const Place& place, double first, double second) const;
  double length(const Tear& tear) const;

  const Manifold& manifold_;
  const TestSet& set_;
  int dimension_, half_grid_;
  Coordinate coordinates_[2];
  ReconstructionProbe probe_;
  std::vector<Place> places_;       // of one look
  std::vector<double> highest_;     // of what meets in each test point
  std::vector<double> jumps_;       // of the edges
  std::vector<std::size_t> order_;
  std::vector<Tear> tears_;
  std::vector<Climber> climbers_;
  std::vector<Visit> visits_;
};

}  // namespace aesweep
