#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "aesweep/refine/lattice.hpp"

namespace aesweep {

/// What decides which cells are split.
struct RefinementRule {
  std::vector<double> levels;   ///< the boundary lies where the value crosses one of them
  int rim = 2;                  ///< down to this level the neighbours of a cell that disagrees are split with it
  std::uint64_t budget = 0;     ///< of sites; at least the floor's
};

/// A value, and how far it is in doubt: within [low, high]. Not a number where nothing is known.
struct Measured {
  double value, low, high;
  static Measured exactly(double value) { return {value, value, value}; }
  bool is_certain(double level) const { return low > level || high <= level; }
};

/// Sites at which a field is to be known so that its boundary is found to one finest cell, generation by generation. Pure and deterministic: what is asked
/// for hangs on the values alone, never on the order in which they come.
///
/// The first generation is the floor, the corners of all coarsest cells. After it, a cell *disagrees* if known sites in it, on its border too, lie on
/// different sides of a level, one of them for certain: where all are in doubt, finer cells say nothing more. Every cell above the finest that disagrees is
/// split into halves along each axis, and the boundary is followed into coarser cells that it enters between their corners. Down to level `rim` all cells that
/// touch a disagreeing one are split as well. A value that is not a number has no side.
///
/// **What is missed.** An island that holds no site of the floor and touches no cell that disagrees is never seen: with floor cells of side h, a disc of diameter
/// d < h at a random place with probability 1 − π (d/h)²/4, none of d ≥ √2 h. More floor cells (less depth) is the knob. A tongue of an
/// island that is seen may be as thin as h/2^rim.
class Refinement {
 public:
  /// @throws std::invalid_argument unless there are 1 to 3 dimensions, a level and a budget of at least the floor.
  Refinement(Lattice lattice, RefinementRule rule);

  struct Asked {
    std::uint64_t site = 0;
    int level = 0;                      ///< of the cells that it is a corner of
    std::uint64_t low = 0, high = 0;    ///< lowest and highest corner of the cell that was split; the site itself on the floor
  };
  /// The next generation, ascending by site; empty: there is none. Requires the values of all sites asked for before. Where the budget does
  /// not reach, coarser cells come first and exhausted() is true from then on.
  std::vector<Asked> next();
  /// A site that next() may ask for, and how likely it is.
  struct Guess {
    std::uint64_t site = 0;
    double chance = 0.0;   ///< 1: whatever the values that are still unknown, as long as the budget reaches, else ½
  };
  /// What next() will ask for, as far as that can be told before all values are known that it needs: the rest are taken to be what the corners of the cell
  /// say that was split for them. Copies all that is known.
  /// @param known  of some of the sites last asked for.
  std::vector<Guess> guesses(const std::unordered_map<std::uint64_t, Measured>& known) const;
  /// The value at a site that was asked for last, once.
  void give(std::uint64_t site, const Measured& value) { values_.insert_or_assign(site, value); }

  const Lattice& lattice() const { return lattice_; }
  const RefinementRule& rule() const { return rule_; }
  int generations() const { return generation_; }
  std::uint64_t asked() const { return asked_; }
  bool exhausted() const { return exhausted_; }
  /// The cells, none of which is split, ascending.
  const std::set<Cell>& cells() const { return cells_; }
  /// The one that holds a site; of several that touch it, the one above it along each axis.
  Cell cell_at(const Site& site) const;
  /// What was given, if it is a number.
  std::optional<Measured> value(std::uint64_t site) const;
  /// On every site of the lattice: what is known, elsewhere interpolated between the corners of its cell. shape (sites of each axis).
  std::vector<double> dense() const;

 private:
  std::vector<Asked> floor();
  /// Between the corners of a box, linearly along each axis; not a number where one that counts is not.
  double between_corners(const Site& lowest, const Site& highest, const Site& site) const;
  bool disagrees(const Cell& cell) const;
  /// Cells that were made, or of which values were asked for, when cells were last split: no other can have come to disagree.
  std::set<Cell> touched() const;
  std::set<Cell> cells_to_split() const;
  void add_neighbours(const Cell& cell, std::set<Cell>& to) const;

  Lattice lattice_;
  RefinementRule rule_;
  std::set<Cell> cells_;
  std::unordered_map<std::uint64_t, Measured> values_;
  std::vector<Asked> last_;   // asked for
  std::set<Cell> made_;       // when they were
  int generation_ = 0;
  std::uint64_t asked_ = 0;
  bool exhausted_ = false;
};

/// Calls visit(site) for the sites lo, lo + step, ... up to lo + count · step along each axis.
template <class Visit>
void for_each_site(std::size_t dimensions, const Site& lo, std::int64_t step, std::int64_t count, const Visit& visit) {
  const auto end = [&](std::size_t axis) { return axis < dimensions ? count : 0; };
  for (std::int64_t i = 0; i <= end(0); ++i)
    for (std::int64_t j = 0; j <= end(1); ++j)
      for (std::int64_t k = 0; k <= end(2); ++k) visit(Site{lo[0] + i * step, lo[1] + j * step, lo[2] + k * step});
}

}  // namespace aesweep
