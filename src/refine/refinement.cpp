#include "aesweep/refine/refinement.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

namespace aesweep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::int64_t side_length(const Lattice& lattice, const Cell& cell) { return std::int64_t{1} << (lattice.depth - cell.level); }

}  // namespace

Refinement::Refinement(Lattice lattice, RefinementRule rule) : lattice_(std::move(lattice)), rule_(std::move(rule)) {
  if (lattice_.dimensions() < 1 || lattice_.dimensions() > 3 || lattice_.depth < 0) throw std::invalid_argument("a refinement has one to three dimensions");
  if (rule_.levels.empty()) throw std::invalid_argument("a refinement needs a level");
  if (rule_.budget < lattice_.floor_sites()) throw std::invalid_argument("the budget is below the floor's sites");
}

std::optional<Measured> Refinement::value(std::uint64_t site) const {
  const auto found = values_.find(site);
  return found == values_.end() || std::isnan(found->second.value) ? std::nullopt : std::optional(found->second);
}

std::vector<Refinement::Asked> Refinement::floor() {
  const std::int64_t side = std::int64_t{1} << lattice_.depth;
  const auto end = [&](std::size_t axis) { return axis < lattice_.dimensions() ? lattice_.floor_cells[axis] : 0; };
  std::vector<Asked> asked;
  for (std::int64_t i = 0; i <= end(0); ++i)
    for (std::int64_t j = 0; j <= end(1); ++j)
      for (std::int64_t k = 0; k <= end(2); ++k) {
        const Cell cell{0, {i * side, j * side, k * side}};
        const auto site = lattice_.index(cell.origin);
        asked.push_back({site, 0, site, site});
        const bool outermost = i == lattice_.floor_cells[0] || (lattice_.dimensions() > 1 && j == end(1)) || (lattice_.dimensions() > 2 && k == end(2));
        if (!outermost) made_.insert(cell);
      }
  cells_ = made_;
  return asked;
}

bool Refinement::disagrees(const Cell& cell) const {
  struct Seen {
    bool above = false, below = false, certain = false;
  };
  std::vector<Seen> seen(rule_.levels.size());
  for_each_site(lattice_.dimensions(), cell.origin, 1, side_length(lattice_, cell), [&](const Site& site) {
    const auto known = value(lattice_.index(site));
    if (!known) return;
    for (std::size_t l = 0; l < seen.size(); ++l) {
      (known->value > rule_.levels[l] ? seen[l].above : seen[l].below) = true;
      seen[l].certain = seen[l].certain || known->is_certain(rule_.levels[l]);
    }
  });
  return std::ranges::any_of(seen, [](const Seen& level) { return level.above && level.below && level.certain; });
}

Cell Refinement::cell_at(const Site& site) const {
  Cell cell;
  for (cell.level = 0; cell.level <= lattice_.depth; ++cell.level) {
    const auto length = side_length(lattice_, cell);
    for (std::size_t a = 0; a < lattice_.dimensions(); ++a) {
      const auto below = std::min(site[a], lattice_.sites(a) - 2);   // the last site has no cell above it
      cell.origin[a] = below - below % length;
    }
    if (cells_.contains(cell)) break;
  }
  return cell;
}

void Refinement::add_neighbours(const Cell& cell, std::set<Cell>& to) const {
  const auto side = side_length(lattice_, cell);
  Site lowest = cell.origin;
  for (std::size_t a = 0; a < lattice_.dimensions(); ++a) lowest[a] -= side;
  for_each_site(lattice_.dimensions(), lowest, side, 2, [&](const Site& neighbour) {
    for (std::size_t a = 0; a < lattice_.dimensions(); ++a)
      if (neighbour[a] < 0 || neighbour[a] + 1 >= lattice_.sites(a)) return;
    const auto covering = cell_at(neighbour);
    if (covering.level <= cell.level) to.insert(covering);   // finer ones have been split already
  });
}

std::set<Cell> Refinement::touched() const {
  std::set<Cell> cells = made_;
  for (const auto& one : last_) {
    Site below = lattice_.site(one.site);
    for (std::size_t a = 0; a < lattice_.dimensions(); ++a) --below[a];
    for_each_site(lattice_.dimensions(), below, 1, 1, [&](const Site& site) {
      if (std::ranges::all_of(site, [](std::int64_t step) { return step >= 0; })) cells.insert(cell_at(site));
    });
  }
  return cells;
}

std::set<Cell> Refinement::cells_to_split() const {
  std::set<Cell> chosen;
  for (const auto& cell : touched()) {
    if (cell.level == lattice_.depth || !disagrees(cell)) continue;
    chosen.insert(cell);
    if (cell.level < rule_.rim) add_neighbours(cell, chosen);
  }
  return chosen;
}

std::vector<Refinement::Asked> Refinement::next() {
  assert(values_.size() == asked_);
  std::map<std::uint64_t, Asked> asked;
  if (generation_ == 0) {
    for (const auto& one : floor()) asked.emplace(one.site, one);
  } else if (!exhausted_) {
    const auto cells = cells_to_split();
    made_.clear();
    last_.clear();
    for (const auto& cell : cells) {
      const auto half = side_length(lattice_, cell) / 2;
      Site top = cell.origin;
      for (std::size_t a = 0; a < lattice_.dimensions(); ++a) top[a] += 2 * half;
      std::vector<Asked> own;
      for_each_site(lattice_.dimensions(), cell.origin, half, 2, [&](const Site& site) {
        const auto index = lattice_.index(site);
        if (!values_.contains(index) && !asked.contains(index)) own.push_back({index, cell.level + 1, lattice_.index(cell.origin), lattice_.index(top)});
      });
      if (asked_ + asked.size() + own.size() > rule_.budget) {
        exhausted_ = true;
        break;
      }
      for (const auto& one : own) asked.emplace(one.site, one);
      cells_.erase(cell);
      for_each_site(lattice_.dimensions(), cell.origin, half, 1, [&](const Site& origin) { made_.insert({cell.level + 1, origin}); });
    }
    cells_.insert(made_.begin(), made_.end());
    // Cells whose new corners were all known already say more without a new value.
    if (asked.empty() && !exhausted_ && !cells_to_split().empty()) return next();
  }
  if (!asked.empty()) ++generation_;
  asked_ += asked.size();
  last_.clear();
  for (const auto& [site, one] : asked) last_.push_back(one);
  return last_;
}

std::vector<Refinement::Guess> Refinement::guesses(const std::unordered_map<std::uint64_t, Measured>& known) const {
  Refinement foreseen = *this;
  for (const auto& [site, measured] : known) foreseen.give(site, measured);
  const auto sure = foreseen.cells_to_split();
  for (const auto& one : last_)
    if (!known.contains(one.site))
      foreseen.give(one.site, Measured::exactly(between_corners(lattice_.site(one.low), lattice_.site(one.high), lattice_.site(one.site))));
  std::vector<Guess> result;
  for (const auto& one : foreseen.next())
    result.push_back({one.site, sure.contains(Cell{one.level - 1, lattice_.site(one.low)}) ? 1.0 : 0.5});
  return result;
}

double Refinement::between_corners(const Site& lowest, const Site& highest, const Site& site) const {
  const auto side = std::max<std::int64_t>(1, highest[0] - lowest[0]);
  double sum = 0.0;
  for_each_site(lattice_.dimensions(), lowest, side, 1, [&](const Site& corner) {
    double weight = 1.0;
    for (std::size_t a = 0; a < lattice_.dimensions(); ++a)
      weight *= 1.0 - static_cast<double>(std::abs(site[a] - corner[a])) / static_cast<double>(side);
    if (weight > 0.0) sum += weight * value(lattice_.index(corner)).value_or(Measured::exactly(kNaN)).value;
  });
  return sum;
}

std::vector<double> Refinement::dense() const {
  std::vector<double> field(lattice_.sites(), kNaN);
  const auto dimensions = lattice_.dimensions();
  for (const auto& cell : cells_) {
    const auto length = side_length(lattice_, cell);
    Site top = cell.origin;
    for (std::size_t a = 0; a < dimensions; ++a) top[a] += length;
    for_each_site(dimensions, cell.origin, 1, length, [&](const Site& site) { field[lattice_.index(site)] = between_corners(cell.origin, top, site); });
  }
  for (const auto& [site, known] : values_) field[site] = known.value;
  return field;
}

}  // namespace aesweep
