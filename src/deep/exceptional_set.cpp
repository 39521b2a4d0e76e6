#include "exceptional_set.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace aesweep {

namespace {

/// Share of a segment in which the linear function from a to b exceeds ε.
double share_above(double a, double b, double epsilon) {
  if ((a > epsilon) == (b > epsilon)) return a > epsilon ? 1.0 : 0.0;
  return (std::max(a, b) - epsilon) / std::abs(a - b);
}

bool is_same_component(const Visit& a, const Visit& b) { return a.place.component == b.place.component; }

void sort_along(std::vector<Visit>& visits) {
  std::ranges::sort(visits, std::ranges::less(), [](const Visit& visit) { return std::pair(visit.place.component, visit.place.u[0]); });
}

}  // namespace

ExceptionalSet::ExceptionalSet(const Manifold& manifold, const TestSet& set, const Eigen::MatrixXd& isometry, int latents,
                               const std::vector<double>& epsilons)
    : manifold_(manifold), set_(set), epsilons_(epsilons), probe_(manifold, isometry, latents, ReconstructionJudge::kBatch), parent_(set.places.size()) {
  places_.reserve(probe_.capacity());
}

void ExceptionalSet::measure(const Reconstruct& map, const ReconstructionProbe& seen, std::span<const Visit> others, ReconstructionOutcome& outcome) {
  const std::span<const double> distance = seen.distances();
  if (manifold_.facts().dimension == 2) {
    for (std::size_t e = 0; e < epsilons_.size(); ++e) {
      const auto above = std::ranges::count_if(distance, [epsilon = epsilons_[e]](double d) { return d > epsilon; });
      outcome.exceptional[e] = static_cast<double>(above) / static_cast<double>(distance.size());
      outcome.pieces[e] = outcome.cuts[e] = count_pieces(distance, epsilons_[e]);
    }
    return;
  }
  visits_.assign(others.begin(), others.end());
  for (std::size_t i = 0; i < distance.size(); ++i) visits_.push_back({set_.places[i], distance[i]});
  sort_along(visits_);
  bisect(map);
  for (std::size_t e = 0; e < epsilons_.size(); ++e) {
    Cut all;
    for (auto first = visits_.cbegin(); first != visits_.cend();) {
      const auto end = std::find_if_not(first, visits_.cend(), [first](const Visit& visit) { return is_same_component(visit, *first); });
      const auto [length, pieces, cuts] = cut({first, end}, epsilons_[e]);
      all.length += length;
      all.pieces += pieces;
      all.cuts += cuts;
      first = end;
    }
    outcome.exceptional[e] = all.length / manifold_.facts().measure;
    outcome.pieces[e] = all.pieces;
    outcome.cuts[e] = all.cuts;
  }
}

/// Looks at the middle between places on different sides of an ε, again and again; at those next to the beginning of a curve if there are too many.
void ExceptionalSet::bisect(const Reconstruct& map) {
  for (int halving = 0; halving < kMostHalvings; ++halving) {
    places_.clear();
    for (std::size_t i = 1; i < visits_.size() && places_.size() < probe_.capacity(); ++i) {
      const Visit &a = visits_[i - 1], &b = visits_[i];
      if (!is_same_component(a, b) || b.place.u[0] - a.place.u[0] < kFinest * set_.spacing || !is_passed(a.distance, b.distance)) continue;
      places_.push_back({a.place.component, {0.5 * (a.place.u[0] + b.place.u[0]), 0.0}});
    }
    if (places_.empty()) return;
    probe_.look(map, places_);
    for (std::size_t i = 0; i < places_.size(); ++i) visits_.push_back({places_[i], probe_.distances()[i]});
    sort_along(visits_);
  }
}

bool ExceptionalSet::is_passed(double a, double b) const {
  return std::ranges::any_of(epsilons_, [a, b](double epsilon) { return (a > epsilon) != (b > epsilon); });
}

/// Beyond the outermost places of a curve with ends the distance is constant. A piece begins where the set is entered, a cut where that was left ε before.
ExceptionalSet::Cut ExceptionalSet::cut(std::span<const Visit> component, double epsilon) const {
  const auto [low, high, is_closed] = manifold_.coordinate(0);
  const double length = high - low;
  const auto is_above = [epsilon](const Visit& visit) { return visit.distance > epsilon; };
  const auto last_above = std::ranges::find_if(component.rbegin(), component.rend(), is_above);
  if (last_above == component.rend()) return {};
  if (std::ranges::all_of(component, is_above)) return {length, 1, 1};
  const Visit &front = component.front(), &back = component.back();
  const Visit start{{front.place.component, {is_closed ? back.place.u[0] - length : low, 0.0}}, is_closed ? back.distance : front.distance};
  Cut result;
  if (!is_closed && is_above(back)) result.length += high - back.place.u[0];
  if (!is_closed && is_above(front)) result.pieces = result.cuts = 1;
  // Place of the last one that is above, before this one: around a closed curve if need be.
  double left = is_closed ? last_above->place.u[0] - length : is_above(front) ? low : low - length - epsilon;
  const Visit* last = &start;
  for (const Visit& visit : component) {
    result.length += share_above(last->distance, visit.distance, epsilon) * (visit.place.u[0] - last->place.u[0]);
    if (is_above(visit)) {
      if (!is_above(*last)) {
        ++result.pieces;
        result.cuts += visit.place.u[0] - left >= epsilon ? 1 : 0;
      }
      left = visit.place.u[0];
    }
    last = &visit;
  }
  if (is_closed) result.cuts = std::max(result.cuts, 1);   // one that goes all around, but for gaps
  return result;
}

int ExceptionalSet::count_pieces(std::span<const double> distance, double epsilon) {
  const auto is_above = [&](int i) { return distance[static_cast<std::size_t>(i)] > epsilon; };
  std::iota(parent_.begin(), parent_.end(), 0);
  int pieces = 0;
  for (const double d : distance) pieces += d > epsilon ? 1 : 0;
  for (const auto [a, b] : set_.edges) {
    if (!is_above(a) || !is_above(b)) continue;
    const int root_a = root(a), root_b = root(b);
    if (root_a == root_b) continue;
    parent_[static_cast<std::size_t>(root_a)] = root_b;
    --pieces;
  }
  return pieces;
}

int ExceptionalSet::root(int i) {
  const auto parent = [this](int child) -> int& { return parent_[static_cast<std::size_t>(child)]; };
  while (parent(i) != i) i = parent(i) = parent(parent(i));
  return i;
}

}  // namespace aesweep
