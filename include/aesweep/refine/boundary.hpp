#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "aesweep/refine/refinement.hpp"

namespace aesweep {

/// A place where the field crosses a level: on an edge between two known sites, interpolated between their values.
struct Crossing {
  std::array<double, 3> at{};          ///< in steps of the lattice
  std::array<double, 3> low{}, high{}; ///< where it may be: the edge's ends, or beyond them the next sites that are certain, or lie in a cell whose corners are
  double level = 0.0;
  int line = 0;                        ///< crossings of one polyline follow each other; a closed one repeats its first
};

/// The boundary of what is known so far. In one dimension every crossing is a line of its own; in two the cells' segments (marching squares; a
/// saddle is resolved by the mean of its corners) are joined to polylines; in three it is a cloud, every crossing a line of its own. Crossings lie
/// between neighbours of all known sites on a cell's rim, so that cells of different sizes share them and lines end at the border or at what is unknown.
std::vector<Crossing> boundary_of(const Refinement& refinement);

}  // namespace aesweep
