#include "supremum_search.hpp"

#include <algorithm>
#include <cmath>

namespace aesweep {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double jump_between(const ReconstructionProbe& probe, bool of_latents, std::size_t i, std::size_t j) {
  return of_latents ? probe.latent_jump(i, j) : probe.jump(i, j);
}

/// Keeps the `count` entries with the largest values, of equal ones those that come first.
void keep_largest(std::vector<std::size_t>& order, std::span<const double> value, std::size_t count) {
  const std::size_t kept = std::min(count, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(kept), [&](std::size_t a, std::size_t b) {
    return value[a] != value[b] ? value[a] > value[b] : a < b;
  });
  order.resize(kept);
}

}  // namespace

SupremumSearch::SupremumSearch(const Manifold& manifold, const TestSet& set, const Eigen::MatrixXd& isometry, int latents)
    : manifold_(manifold),
      set_(set),
      dimension_(manifold.facts().dimension),
      half_side_(dimension_ == 1 ? 8 : 2),
      side_(at(2 * half_side_ + 1)),
      grid_(dimension_ == 1 ? side_ : side_ * side_),
      probe_(manifold, isometry, latents, kClimbers * grid_),
      meeting_(set.places.size()),
      jumps_(set.edges.size()) {
  for (int i = 0; i < dimension_; ++i) coordinates_[i] = manifold.coordinate(i);
  places_.reserve(probe_.capacity());
  order_.reserve(std::max(set.places.size(), set.edges.size()));
  tears_.reserve(2 * kTears);
  peaks_.reserve(kPeaks + 2 * kTears * grid_);
  visits_.reserve((2 * kTears * 20 + kClimbers * kMostClimbs) * grid_);
}

Visit SupremumSearch::run(const Reconstruct& map, const ReconstructionProbe& seen) {
  visits_.clear();
  choose_peaks(seen);
  const Visit highest_seen = peaks_.front().at;
  tears_.clear();
  choose_tears(seen, Jump::of_latents);
  choose_tears(seen, Jump::of_points);
  zoom(map);
  climb(map);
  const auto best = std::ranges::max_element(visits_, std::ranges::less(), &Visit::distance);
  return best->distance > highest_seen.distance ? *best : highest_seen;
}

void SupremumSearch::choose_peaks(const ReconstructionProbe& seen) {
  const std::span<const double> distance = seen.distances();
  std::ranges::copy(distance, meeting_.begin());
  for (const auto [a, b] : set_.edges) {
    meeting_[at(a)] = std::max(meeting_[at(a)], distance[at(b)]);
    meeting_[at(b)] = std::max(meeting_[at(b)], distance[at(a)]);
  }
  order_.clear();
  for (std::size_t i = 0; i < distance.size(); ++i)
    if (distance[i] == meeting_[i]) order_.push_back(i);
  keep_largest(order_, distance, kPeaks);
  peaks_.clear();
  for (const std::size_t i : order_) peaks_.push_back({{set_.places[i], distance[i]}, set_.spacing});
}

void SupremumSearch::choose_tears(const ReconstructionProbe& seen, Jump kind) {
  std::ranges::fill(meeting_, 0.0);
  for (std::size_t e = 0; e < set_.edges.size(); ++e) {
    const auto [a, b] = set_.edges[e];
    jumps_[e] = jump_between(seen, kind == Jump::of_latents, at(a), at(b));
    for (const int end : {a, b}) meeting_[at(end)] = std::max(meeting_[at(end)], jumps_[e]);
  }
  order_.clear();
  for (std::size_t e = 0; e < set_.edges.size(); ++e) {
    const auto [a, b] = set_.edges[e];
    if (jumps_[e] > 0.0 && jumps_[e] == std::max(meeting_[at(a)], meeting_[at(b)])) order_.push_back(e);
  }
  keep_largest(order_, jumps_, kTears);
  for (const std::size_t e : order_) {
    const auto [a, b] = set_.edges[e];
    tears_.push_back({{middle(set_.places[at(a)], set_.places[at(b)]), 0.0}, set_.spacing, kind, jumps_[e]});
  }
}

ChartPlace SupremumSearch::middle(const ChartPlace& from, const ChartPlace& to) const {
  double by[] = {to.u[0] - from.u[0], to.u[1] - from.u[1]};
  for (int i = 0; i < dimension_; ++i) {
    const double period = coordinates_[i].high - coordinates_[i].low;
    if (coordinates_[i].cyclic) by[i] -= period * std::round(by[i] / period);
  }
  return shifted(from, 0.5 * by[0], 0.5 * by[1]);
}

void SupremumSearch::zoom(const Reconstruct& map) {
  while (!tears_.empty()) {
    look_around(map, tears_);
    std::size_t kept = 0;
    for (std::size_t t = 0; t < tears_.size(); ++t) {
      if (Spot tear = tears_[t]; narrow(tear, t * grid_))
        tears_[kept++] = tear;
      else
        collect_peaks(t * grid_, tears_[t].scale / half_side_);
    }
    tears_.resize(kept);
  }
}

/// On to the largest jump in the grid whose first place has this number. @returns false where the tear is seen, or too narrow to be.
bool SupremumSearch::narrow(Spot& tear, std::size_t first) const {
  constexpr double kSeen = 0.7;   // A jump that is not hidden falls with the scale, to ½ at most.
  double largest = -1.0;
  const double before = tear.jump;
  const auto compare = [&](std::size_t i, std::size_t j) {
    const double jump = jump_between(probe_, tear.kind == Jump::of_latents, i, j);
    if (jump <= largest) return;
    largest = jump;
    tear.at.place = middle(places_[i], places_[j]);
  };
  for (std::size_t i = 0; i < grid_; ++i) {
    if ((i + 1) % side_ != 0) compare(first + i, first + i + 1);
    if (i + side_ < grid_) compare(first + i, first + i + side_);
  }
  tear.jump = largest;
  tear.scale /= half_side_;
  return largest > kSeen * before && tear.scale > kFinest;
}

/// Of the grid whose first place has this number: those that the places before and after do not exceed, row by row.
void SupremumSearch::collect_peaks(std::size_t first, double scale) {
  const std::span<const double> distance = probe_.distances();
  for (std::size_t i = first; i < first + grid_; ++i) {
    const std::size_t column = (i - first) % side_;
    const bool is_peak = (column == 0 || distance[i] >= distance[i - 1]) && (column + 1 == side_ || distance[i] >= distance[i + 1]);
    if (is_peak) peaks_.push_back({{places_[i], distance[i]}, scale});
  }
}

void SupremumSearch::climb(const Reconstruct& map) {
  std::ranges::sort(peaks_, std::ranges::greater(), [](const Spot& peak) { return peak.at.distance; });
  peaks_.resize(std::min(peaks_.size(), kClimbers));
  for (std::size_t step = 0; step < kMostClimbs && !peaks_.empty(); ++step) {
    look_around(map, peaks_);
    std::size_t kept = 0;
    for (std::size_t p = 0; p < peaks_.size(); ++p)
      if (Spot peak = peaks_[p]; ascend(peak, p * grid_)) peaks_[kept++] = peak;
    peaks_.resize(kept);
  }
}

/// @param first  number of the grid's first place. @returns whether to go on.
bool SupremumSearch::ascend(Spot& peak, std::size_t first) const {
  const std::size_t top = highest(first), i = top - first;
  const auto is_end = [this](std::size_t place) { return place == 0 || place + 1 == side_; };
  const bool is_higher = probe_.distances()[top] > peak.at.distance;
  if (is_higher) peak.at = {places_[top], probe_.distances()[top]};
  if (!is_higher || !(is_end(i % side_) || (dimension_ == 2 && is_end(i / side_)))) peak.scale /= half_side_;
  return peak.scale > kFinest;
}

/// Shows the grids around these spots to the map. Along each coordinate a grid reaches as far as the spot's scale.
void SupremumSearch::look_around(const Reconstruct& map, std::span<const Spot> spots) {
  places_.clear();
  for (const Spot& spot : spots) {
    const auto slopes = manifold_.derivatives(spot.at.place);
    double step[2] = {0.0, 0.0};
    for (int i = 0; i < dimension_; ++i) {
      const double range = coordinates_[i].high - coordinates_[i].low;
      step[i] = std::min(spot.scale / slopes.col(i).norm(), 0.5 * range) / half_side_;
    }
    const int rows = dimension_ == 1 ? 0 : half_side_;
    for (int j = -rows; j <= rows; ++j)
      for (int i = -half_side_; i <= half_side_; ++i) places_.push_back(shifted(spot.at.place, i * step[0], j * step[1]));
  }
  probe_.look(map, places_);
  for (std::size_t i = 0; i < places_.size(); ++i) visits_.push_back({places_[i], probe_.distances()[i]});
}

/// Number of the highest place of the grid that begins at `first`.
std::size_t SupremumSearch::highest(std::size_t first) const {
  const auto grid = probe_.distances().subspan(first, grid_);
  return first + at(static_cast<int>(std::ranges::max_element(grid) - grid.begin()));
}

/// Brought back to the chart: around it, or to its end.
ChartPlace SupremumSearch::shifted(const ChartPlace& place, double first, double second) const {
  ChartPlace result = place;
  const double by[] = {first, second};
  for (int i = 0; i < dimension_; ++i) {
    const auto [low, high, cyclic] = coordinates_[i];
    const double u = place.u[i] + by[i];
    result.u[i] = cyclic ? u - (high - low) * std::floor((u - low) / (high - low)) : std::clamp(u, low, high);
  }
  return result;
}

}  // namespace aesweep
