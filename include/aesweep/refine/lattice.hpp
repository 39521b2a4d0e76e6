#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aesweep {

/// A site of the finest lattice, whole numbers along one, two or three axes; unused entries are 0.
using Site = std::array<std::int64_t, 3>;

/// Cells that are halved `depth` times, in one, two or three dimensions: floor_cells[a] · 2^depth + 1 sites along axis a. What a step means (linear, logarithmic)
/// is the caller's affair. A site's index is row-major, the last axis fastest.
struct Lattice {
  std::vector<std::int64_t> floor_cells;   ///< of the coarsest generation, along each axis
  int depth = 0;

  std::size_t dimensions() const { return floor_cells.size(); }
  std::int64_t sites(std::size_t axis) const { return (floor_cells[axis] << depth) + 1; }
  std::uint64_t sites() const;
  std::uint64_t floor_sites() const;
  std::uint64_t index(const Site& site) const;
  Site site(std::uint64_t index) const;
};

/// A cell of level 0 .. depth: the closed box of side 2^(depth − level) above its lowest corner.
struct Cell {
  int level = 0;
  Site origin{};
  auto operator<=>(const Cell&) const = default;
};

}  // namespace aesweep
