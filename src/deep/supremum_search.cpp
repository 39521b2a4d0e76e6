#include "supremum_search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace aesweep {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Moves the `count` entries with the largest values to the front of `order`, and drops the others; of equal values those that come first.
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
      half_grid_(dimension_ == 1 ? 8 : 2),
      probe_(manifold, isometry, latents, std::max(2 * kTears * (kParts + 1), kPeaks * 24)) {
  for (int i = 0; i < dimension_; ++i) coordinates_[i] = manifold.coordinate(i);
  places_.reserve(probe_.capacity());
  highest_.resize(set.places.size());
  jumps_.resize(set.edges.size());
  order_.reserve(std::max(set.places.size(), set.edges.size()));
  tears_.reserve(2 * kTears);
  climbers_.reserve(kPeaks + 2 * kTears);
  visits_.reserve(4 * set.places.size());
}

Visit SupremumSearch::run(const Reconstruct& map, const ReconstructionProbe& seen) {
  visits_.clear();
  climbers_.clear();
  tears_.clear();
  choose_peaks(seen);
  choose_tears(seen, true);
  choose_tears(seen, false);
  Visit best = climbers_.front().at;
  zoom(map);
  climb(map);
  for (const Visit& visit : visits_)
    if (visit.distance > best.distance) best = visit;
  return best;
}

void SupremumSearch::choose_peaks(const ReconstructionProbe& seen) {
  const std::span<const double> distance = seen.distances();
  std::ranges::copy(distance, highest_.begin());
  for (const auto [a, b] : set_.edges) {
    highest_[at(a)] = std::max(highest_[at(a)], distance[at(b)]);
    highest_[at(b)] = std::max(highest_[at(b)], distance[at(a)]);
  }
  order_.clear();
  for (std::size_t i = 0; i < distance.size(); ++i)
    if (distance[i] >= highest_[i]) order_.push_back(i);
  keep_largest(order_, distance, kPeaks);
  for (const std::size_t i : order_) climbers_.push_back({{set_.places[i], distance[i]}, set_.spacing});
}

void SupremumSearch::choose_tears(const ReconstructionProbe& seen, bool by_latents) {
  std::ranges::fill(highest_, 0.0);
  for (std::size_t e = 0; e < set_.edges.size(); ++e) {
    const auto [a, b] = set_.edges[e];
    jumps_[e] = by_latents ? seen.latent_jump(at(a), at(b)) : seen.jump(at(a), at(b));
    for (const int end : {a, b}) highest_[at(end)] = std::max(highest_[at(end)], jumps_[e]);
  }
  order_.clear();
  for (std::size_t e = 0; e < set_.edges.size(); ++e) {
    const auto [a, b] = set_.edges[e];
    if (jumps_[e] > 0.0 && jumps_[e] >= std::max(highest_[at(a)], highest_[at(b)])) order_.push_back(e);
  }
  keep_largest(order_, jumps_, kTears);
  for (const std::size_t e : order_) {
    const Place &from = set_.places[at(set_.edges[e].first)], &to = set_.places[at(set_.edges[e].second)];
    Tear tear{from, {to.u[0] - from.u[0], to.u[1] - from.u[1]}, by_latents};
    for (int i = 0; i < dimension_; ++i) {
      const double period = coordinates_[i].high - coordinates_[i].low;
      if (coordinates_[i].cyclic) tear.by[i] -= period * std::round(tear.by[i] / period);
    }
    tears_.push_back(tear);
  }
}

void SupremumSearch::zoom(const Reconstruct& map) {
  for (int level = 0; level < kZooms && !tears_.empty(); ++level) {
    places_.clear();
    for (const Tear& tear : tears_) {
      for (std::size_t j = 0; j <= kParts; ++j) {
        const double part = static_cast<double>(j) / kParts;
        places_.push_back(shifted(tear.from, part * tear.by[0], part * tear.by[1]));
      }
    }
    look(map);
    std::size_t kept = 0;
    for (std::size_t t = 0; t < tears_.size(); ++t) {
      Tear tear = tears_[t];
      const auto [highest, is_whole] = narrow(tear, t * (kParts + 1));
      if (is_whole || level + 1 == kZooms)
        climbers_.push_back({{places_[highest], probe_.distances()[highest]}, length(tear)});
      else
        tears_[kept++] = tear;
    }
    tears_.resize(kept);
  }
}

/// Goes on to the part with the largest jump. @param first  number of the tear's places in the look.
SupremumSearch::Narrowed SupremumSearch::narrow(Tear& tear, std::size_t first) {
  std::size_t highest = first, widest = first;
  double total = 0.0, largest = -1.0;
  for (std::size_t j = first; j < first + kParts; ++j) {
    const double jump = tear.by_latents ? probe_.latent_jump(j, j + 1) : probe_.jump(j, j + 1);
    total += jump;
    if (jump > largest) {
      largest = jump;
      widest = j;
    }
    if (probe_.distances()[j + 1] > probe_.distances()[highest]) highest = j + 1;
  }
  for (double& by : tear.by) by /= kParts;
  tear.from = places_[widest];
  return {highest, largest <= 0.5 * total};
}

void SupremumSearch::climb(const Reconstruct& map) {
  std::ranges::sort(climbers_, std::ranges::greater(), [](const Climber& climber) { return climber.at.distance; });
  climbers_.resize(std::min(climbers_.size(), kPeaks));
  for (int step = 0; step < kClimbs && !climbers_.empty(); ++step) {
    places_.clear();
    for (const Climber& climber : climbers_) surround(climber);
    const std::size_t each = places_.size() / climbers_.size();
    look(map);
    std::size_t kept = 0;
    for (std::size_t c = 0; c < climbers_.size(); ++c) {
      Climber climber = climbers_[c];
      if (ascend(climber, c * each)) climbers_[kept++] = climber;
    }
    climbers_.resize(kept);
  }
}

/// The grid around a place, row after row.
void SupremumSearch::surround(const Climber& climber) {
  const auto slopes = manifold_.derivatives(climber.at.place);
  double step[2] = {0.0, 0.0};
  for (int i = 0; i < dimension_; ++i) {
    const double range = coordinates_[i].high - coordinates_[i].low;
    step[i] = std::min(climber.scale / slopes.col(i).norm(), 0.5 * range) / half_grid_;
  }
  const int other = dimension_ == 1 ? 0 : half_grid_;
  for (int i = -half_grid_; i <= half_grid_; ++i)
    for (int j = -other; j <= other; ++j)
      if (i != 0 || j != 0) places_.push_back(shifted(climber.at.place, i * step[0], j * step[1]));
}

/// @param first  number of the grid's places in the look. @returns whether to go on.
bool SupremumSearch::ascend(Climber& climber, std::size_t first) {
  const std::size_t side = at(2 * half_grid_ + 1), all = dimension_ == 1 ? side : side * side;
  bool is_on_border = false;
  for (std::size_t j = 0, cell = 0; j < all - 1; ++j, ++cell) {
    if (cell == all / 2) ++cell;
    const double distance = probe_.distances()[first + j];
    if (!(distance > climber.at.distance)) continue;
    climber.at = {places_[first + j], distance};
    const auto is_end = [side](std::size_t i) { return i == 0 || i + 1 == side; };
    is_on_border = dimension_ == 1 ? is_end(cell) : is_end(cell / side) || is_end(cell % side);
  }
  if (!is_on_border) climber.scale /= half_grid_;
  return climber.scale > kFinest;
}

void SupremumSearch::look(const Reconstruct& map) {
  probe_.look(map, places_);
  for (std::size_t i = 0; i < places_.size(); ++i) visits_.push_back({places_[i], probe_.distances()[i]});
}

/// Brought back to the chart: around, or to its end.
Place SupremumSearch::shifted(const Place& place, double first, double second) const {
  Place result = place;
  const double by[] = {first, second};
  for (int i = 0; i < dimension_; ++i) {
    const auto [low, high, cyclic] = coordinates_[i];
    const double u = place.u[i] + by[i];
    result.u[i] = cyclic ? u - (high - low) * std::floor((u - low) / (high - low)) : std::clamp(u, low, high);
  }
  return result;
}

double SupremumSearch::length(const Tear& tear) const {
  const auto slopes = manifold_.derivatives(tear.from);
  double sum = 0.0;
  for (int i = 0; i < dimension_; ++i) sum += slopes.col(i).squaredNorm() * tear.by[i] * tear.by[i];
  return std::sqrt(sum);
}

}  // namespace aesweep
