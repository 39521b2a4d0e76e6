#include "aesweep/refine/boundary.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace aesweep {
namespace {

/// Two sites that differ along one axis, the lower index first.
using Edge = std::pair<std::uint64_t, std::uint64_t>;

/// The boundary at one level.
class Contour {
 public:
  Contour(const Refinement& refinement, double level) : refinement_(refinement), lattice_(refinement.lattice()), level_(level) {
    for (const auto& cell : refinement.cells()) {
      if (lattice_.dimensions() == 2) add_segments(cell);
      else add_edges(cell);
    }
  }

  void append(std::vector<Crossing>& to, int& lines) {
    for (const auto& edge : alone_) to.push_back(crossing(edge, lines++));
    // Open lines begin at their ends, which are on the border; what is left then are closed ones.
    for (const bool open : {true, false})
      for (const auto& [edge, others] : joined_)
        if (!visited_.contains(edge) && (!open || others.size() == 1)) follow(edge, to, lines++);
  }

 private:
  double value_at(const Site& site) const { return refinement_.value(lattice_.index(site)).value_or(Measured::exactly(std::nan(""))).value; }

  std::optional<Edge> crossed(const Site& a, const Site& b) const {
    const Edge edge = std::minmax(lattice_.index(a), lattice_.index(b));
    const auto low = refinement_.value(edge.first), high = refinement_.value(edge.second);
    return low && high && (low->value > level_) != (high->value > level_) ? std::optional(edge) : std::nullopt;
  }

  /// Appends the known sites from one corner of a cell up to the next, without that: its neighbours are finer where there are any between them.
  void append_known(std::vector<Site>& to, Site from, const Site& next) const {
    while (from != next) {
      if (refinement_.value(lattice_.index(from))) to.push_back(from);
      for (std::size_t a = 0; a < from.size(); ++a) from[a] += (next[a] > from[a] ? 1 : 0) - (next[a] < from[a] ? 1 : 0);
    }
  }

  /// The line enters and leaves a cell between sites of its rim; those on the other side of the level than its middle are cut off from it.
  void add_segments(const Cell& cell) {
    const auto side = std::int64_t{1} << (lattice_.depth - cell.level);
    const auto& o = cell.origin;
    const std::array<Site, 4> corners{Site{o[0], o[1]}, Site{o[0] + side, o[1]}, Site{o[0] + side, o[1] + side}, Site{o[0], o[1] + side}};
    std::vector<Site> rim;
    double mean = 0.0;
    for (std::size_t i = 0; i < 4; ++i) {
      append_known(rim, corners[i], corners[(i + 1) % 4]);
      mean += value_at(corners[i]) / 4.0;
    }
    if (std::isnan(mean)) return;
    std::vector<Edge> edges;
    std::vector<bool> above;   // whether the rim's part after each is
    for (std::size_t i = 0; i < rim.size(); ++i)
      if (const auto& next = rim[(i + 1) % rim.size()]; const auto edge = crossed(rim[i], next)) {
        edges.push_back(*edge);
        above.push_back(value_at(next) > level_);
      }
    for (std::size_t i = 0; i < edges.size(); ++i)
      if (above[i] != (mean > level_)) join(edges[i], edges[(i + 1) % edges.size()]);
  }

  void join(const Edge& a, const Edge& b) {
    joined_[a].insert(b);
    joined_[b].insert(a);
  }

  void add_edges(const Cell& cell) {
    const auto side = std::int64_t{1} << (lattice_.depth - cell.level);
    for_each_site(lattice_.dimensions(), cell.origin, side, 1, [&](const Site& corner) {
      for (std::size_t a = 0; a < lattice_.dimensions(); ++a) {
        Site other = corner;
        other[a] += side;
        if (other[a] > cell.origin[a] + side) continue;
        std::vector<Site> known;
        append_known(known, corner, other);
        known.push_back(other);
        for (std::size_t i = 1; i < known.size(); ++i)
          if (const auto edge = crossed(known[i - 1], known[i])) alone_.insert(*edge);
      }
    });
  }

  void follow(Edge edge, std::vector<Crossing>& to, int line) {
    const Edge first = edge;
    Edge before = edge;
    while (visited_.insert(edge).second) {
      to.push_back(crossing(edge, line));
      const auto& others = joined_.at(edge);
      const auto next = std::ranges::find_if(others, [&](const Edge& other) { return !visited_.contains(other); });
      before = edge;
      if (next == others.end()) break;
      edge = *next;
    }
    if (before != first && joined_.at(before).contains(first) && joined_.at(first).size() > 1) to.push_back(crossing(first, line));
  }

  bool is_certain(const Site& site) const {
    const auto known = refinement_.value(lattice_.index(site));
    return known && known->is_certain(level_);
  }

  /// A site that was not run is as certain as the corners of its cell.
  bool is_sure(const Site& site) const {
    if (refinement_.value(lattice_.index(site))) return is_certain(site);
    const auto cell = refinement_.cell_at(site);
    bool sure = true;
    for_each_site(lattice_.dimensions(), cell.origin, std::int64_t{1} << (lattice_.depth - cell.level), 1, [&](const Site& corner) { sure = sure && is_certain(corner); });
    return sure;
  }

  /// From one end of an edge on, in the direction `step` of axis a: the first site that is sure, or the last one of the lattice.
  std::int64_t sure_from(Site site, std::size_t a, std::int64_t step) const {
    while (!is_sure(site) && site[a] + step >= 0 && site[a] + step < lattice_.sites(a)) site[a] += step;
    return site[a];
  }

  Crossing crossing(const Edge& edge, int line) const {
    const Site low = lattice_.site(edge.first), high = lattice_.site(edge.second);
    const double from = refinement_.value(edge.first)->value, to = refinement_.value(edge.second)->value;
    Crossing result{.level = level_, .line = line};
    for (std::size_t a = 0; a < lattice_.dimensions(); ++a) {
      result.at[a] = static_cast<double>(low[a]) + (level_ - from) / (to - from) * static_cast<double>(high[a] - low[a]);
      result.low[a] = result.high[a] = result.at[a];
      if (low[a] == high[a]) continue;
      result.low[a] = static_cast<double>(sure_from(low, a, -1));
      result.high[a] = static_cast<double>(sure_from(high, a, 1));
    }
    return result;
  }

  const Refinement& refinement_;
  const Lattice& lattice_;
  double level_;
  std::map<Edge, std::set<Edge>> joined_;
  std::set<Edge> alone_, visited_;
};

}  // namespace

std::vector<Crossing> boundary_of(const Refinement& refinement) {
  std::vector<Crossing> crossings;
  int lines = 0;
  for (const double level : refinement.rule().levels) Contour(refinement, level).append(crossings, lines);
  return crossings;
}

}  // namespace aesweep
