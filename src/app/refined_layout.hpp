#pragma once
#include "aesweep/store/layout.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

// Where a refined sweep's results lie: positions in FileLayout::tables, and of their columns. d is the number of refined axes.
namespace refined_table {
inline constexpr std::size_t kReference = 0;   ///< chance, pca_error, denoising_error of each point: known once the point is
inline constexpr std::size_t kSweep = 1;       ///< points, generations, exhausted, complete, vertices of each combination of the other axes
inline constexpr std::size_t kPoint = 2;       ///< of each point: d coordinates, then site, level, generation, parent_low, parent_high, value
inline constexpr std::size_t kBoundary = 3;    ///< of each vertex: 3 d of coordinate, its band's low and high end, then level, line
inline constexpr std::size_t kDense = 4;       ///< value on the lattice
}  // namespace refined_table

/// The refined axes' lattice has room for so many vertices of its boundary for each point.
inline constexpr std::size_t kVerticesAPoint = 4;

/// Turns the layout of a refined sweep's rows into that of its file.
void add_refinement(FileLayout& layout, const Sweep& sweep);

}  // namespace aesweep
