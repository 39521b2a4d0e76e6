#include "aesweep/refine/refinement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <numbers>
#include <random>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "aesweep/refine/boundary.hpp"

namespace aesweep {
namespace {

using Field = std::function<double(double, double)>;
using MeasuredField = std::function<Measured(double, double)>;

Lattice square(std::int64_t cells, int depth) { return {{cells, cells}, depth}; }

double along(const Lattice& lattice, const Site& site, std::size_t axis) {
  return static_cast<double>(site[axis]) / static_cast<double>(lattice.sites(axis) - 1);
}

/// Runs a refinement of a field on the unit square (or line, or cube) to its end.
Refinement measured(const Lattice& lattice, const RefinementRule& rule, const MeasuredField& field) {
  Refinement refinement(lattice, rule);
  for (auto asked = refinement.next(); !asked.empty(); asked = refinement.next())
    for (const auto& one : asked) {
      const auto site = lattice.site(one.site);
      refinement.give(one.site, field(along(lattice, site, 0), lattice.dimensions() > 1 ? along(lattice, site, 1) : 0.0));
    }
  return refinement;
}

Refinement refined(const Lattice& lattice, const RefinementRule& rule, const Field& field) {
  return measured(lattice, rule, [&](double x, double y) { return Measured::exactly(field(x, y)); });
}

constexpr std::uint64_t kPlenty = 1'000'000;

bool in_disc(double x, double y, double at_x, double at_y, double radius) { return std::hypot(x - at_x, y - at_y) < radius; }

TEST(Refinement, AsksForTheFloorFirst) {
  Refinement refinement(square(4, 3), {{0.5}, 2, 25});
  const auto asked = refinement.next();
  ASSERT_EQ(asked.size(), 25u);
  EXPECT_TRUE(std::ranges::is_sorted(asked, {}, &Refinement::Asked::site));
  EXPECT_EQ(asked.back().site, 33u * 33u - 1);
  for (const auto& one : asked) refinement.give(one.site, Measured::exactly(0.0));
  EXPECT_TRUE(refinement.next().empty()) << "a constant field needs no more";
  EXPECT_EQ(refinement.generations(), 1);
}

TEST(Refinement, RefusesWhatItCantDo) {
  EXPECT_THROW(Refinement(square(4, 3), {{0.5}, 2, 24}), std::invalid_argument);
  EXPECT_THROW(Refinement(square(4, 3), {{}, 2, 100}), std::invalid_argument);
  EXPECT_THROW(Refinement(Lattice{{1, 1, 1, 1}, 1}, {{0.5}, 2, 100}), std::invalid_argument);
}

// With half of a generation known, most of the next one can be told, and what is called sure comes.
TEST(Refinement, GuessesWhatComesNext) {
  const auto lattice = square(8, 4);
  for (const int every : {1, 2, 1000}) {
    Refinement refinement(lattice, {{0.5}, 2, kPlenty});
    std::size_t sure = 0, guessed = 0, right = 0, asked_for = 0;
    for (auto asked = refinement.next(); !asked.empty();) {
      std::unordered_map<std::uint64_t, Measured> known;
      std::unordered_map<std::uint64_t, Measured> all;
      for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto site = lattice.site(asked[i].site);
        const auto value = Measured::exactly(1.5 - 4.0 * std::hypot(along(lattice, site, 0) - 0.48, along(lattice, site, 1) - 0.51));   // a disc
        all.emplace(asked[i].site, value);
        if (i % static_cast<std::size_t>(every) == 0) known.emplace(asked[i].site, value);
      }
      const auto guesses = refinement.guesses(known);
      const bool floor = refinement.generations() == 1;
      for (const auto& [site, value] : all) refinement.give(site, value);
      asked = refinement.next();
      std::set<std::uint64_t> next;
      for (const auto& one : asked) next.insert(one.site);
      for (const auto& guess : guesses) {
        EXPECT_TRUE(guess.chance == 1.0 || guess.chance == 0.5);
        if (guess.chance == 1.0) {
          ++sure;
          EXPECT_TRUE(next.contains(guess.site)) << "sure, and not asked for";
        }
        right += next.contains(guess.site) ? 1U : 0U;
      }
      if (floor && every > 1) continue;   // corners say nothing of what lies apart
      guessed += guesses.size();
      asked_for += asked.size();
      if (every == 1) {
        EXPECT_EQ(guesses.size(), asked.size());
      }
    }
    EXPECT_EQ(sure > 0, every < 1000);
    EXPECT_GE(right, guessed * 9 / 10) << every;
    EXPECT_GE(guessed, asked_for * 8 / 10) << every;
  }
}

TEST(Refinement, FindsAStraightLineWithinOneCell) {
  const double slope = 0.61;   // kappa = c eta
  const auto lattice = square(16, 4);
  const auto refinement = refined(lattice, {{0.5}, 2, kPlenty}, [=](double eta, double kappa) { return kappa < slope * eta ? 1.0 : 0.0; });
  const auto crossings = boundary_of(refinement);
  const double cell = 1.0 / 256.0;
  std::set<std::int64_t> columns;
  for (const auto& crossing : crossings) {
    const double eta = crossing.at[0] * cell, kappa = crossing.at[1] * cell;
    EXPECT_LE(std::abs(kappa - slope * eta), cell * std::max(1.0, slope)) << eta << ' ' << kappa;
    EXPECT_EQ(crossing.line, 0) << "one line";
    columns.insert(std::llround(crossing.at[0] - 0.5));
  }
  EXPECT_GE(columns.size(), 256u) << "everywhere";
  std::cout << refinement.asked() << " sites of " << 256 * 256 << '\n';
  EXPECT_LE(refinement.asked(), 256u * 256u / 10u);
  EXPECT_FALSE(refinement.exhausted());
}

TEST(Refinement, InterpolatesWhereValuesAreNumbers) {
  const auto refinement = refined(square(8, 2), {{0.3}, 2, kPlenty}, [](double x, double y) { return 0.5 * x + 0.25 * y; });
  for (const auto& crossing : boundary_of(refinement))
    EXPECT_NEAR(0.5 * crossing.at[0] / 32.0 + 0.25 * crossing.at[1] / 32.0, 0.3, 1e-12);
}

/// Two islands and a tongue of one of them, thinner than a floor cell of 1/16.
double islands(double x, double y) {
  const bool tongue = y > 0.70 && y < 0.725 && x > 0.25 && x < 0.72;
  return in_disc(x, y, 0.25, 0.70, 0.12) || in_disc(x, y, 0.81, 0.32, 0.05) || tongue ? 1.0 : 0.0;
}

struct Found {
  bool large, small, tongue;
};
Found found(std::int64_t floor_cells, int depth, int rim) {
  const auto lattice = square(floor_cells, depth);
  const auto refinement = refined(lattice, {{0.5}, rim, kPlenty}, islands);
  const auto dense = refinement.dense();
  const auto inside = [&](double x, double y) {
    const auto at = [&](double value, std::size_t axis) { return std::llround(value * static_cast<double>(lattice.sites(axis) - 1)); };
    return dense[lattice.index({at(x, 0), at(y, 1)})] > 0.5;
  };
  return {inside(0.25, 0.70), inside(0.81, 0.32), inside(0.5, 0.7125) && inside(0.7, 0.7125)};
}

TEST(Refinement, FindsTwoIslandsAndATongue) {
  const auto all = found(16, 4, 2);
  EXPECT_TRUE(all.large && all.small && all.tongue);
}

TEST(Refinement, MissesSmallThingsOnACoarserFloor) {
  int missed_islands = 0, missed_tongues = 0;
  for (const std::int64_t cells : {2, 4, 8}) {
    const auto seen = found(cells, 4, 0);
    missed_islands += seen.large + seen.small < 2 ? 1 : 0;
    missed_tongues += seen.tongue ? 0 : 1;
  }
  std::cout << missed_islands << " of 3 coarser floors miss an island, " << missed_tongues << " the tongue\n";
  EXPECT_EQ(missed_islands, 3);
  EXPECT_EQ(missed_tongues, 1);
  EXPECT_FALSE(found(4, 6, 2).small) << "depth is no help where the floor is too coarse";
}

TEST(Refinement, MissesADiscAsOftenAsItSays) {
  const std::uint64_t seed = 20240607;
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0.25, 0.75);
  const double h = 1.0 / 8.0;
  for (const double share : {0.4, 0.8, std::numbers::sqrt2}) {
    int missed = 0;
    constexpr int kTrials = 2000;
    for (int trial = 0; trial < kTrials; ++trial) {
      const double x = uniform(random), y = uniform(random);
      Refinement refinement(square(8, 0), {{0.5}, 0, 81});
      bool hit = false;
      for (const auto& one : refinement.next()) {
        const auto site = refinement.lattice().site(one.site);
        hit = hit || in_disc(static_cast<double>(site[0]) * h, static_cast<double>(site[1]) * h, x, y, share * h / 2.0);
      }
      missed += hit ? 0 : 1;
    }
    const double expected = share > 1.0 ? 0.0 : 1.0 - std::numbers::pi * share * share / 4.0;
    // Four standard deviations of a share of 2000.
    EXPECT_NEAR(missed / static_cast<double>(kTrials), expected, 4.0 * std::sqrt(0.25 / kTrials)) << "seed " << seed << ", d/h = " << share;
  }
}

TEST(Refinement, KeepsToItsBudget) {
  for (const std::uint64_t budget : {300u, 500u, 800u}) {
    const auto refinement = refined(square(16, 4), {{0.5}, 2, budget}, [](double x, double y) { return x * x + y * y < 0.5 ? 1.0 : 0.0; });
    EXPECT_LE(refinement.asked(), budget);
    EXPECT_TRUE(refinement.exhausted());
    EXPECT_FALSE(boundary_of(refinement).empty()) << "what is known has a boundary all the same";
  }
}

TEST(Refinement, DoesNotHangOnTheOrderOfValues) {
  const auto field = [](double x, double y) { return in_disc(x, y, 0.4, 0.6, 0.3) ? 1.0 : 0.0; };
  std::mt19937_64 random(3);
  const auto lattice = square(8, 3);
  std::vector<std::vector<std::uint64_t>> sites(2);
  for (auto& run : sites) {
    Refinement refinement(lattice, {{0.5}, 2, kPlenty});
    for (auto asked = refinement.next(); !asked.empty(); asked = refinement.next()) {
      for (const auto& one : asked) run.push_back(one.site);
      std::ranges::shuffle(asked, random);
      for (const auto& one : asked) {
        const auto site = lattice.site(one.site);
        refinement.give(one.site, Measured::exactly(field(along(lattice, site, 0), along(lattice, site, 1))));
      }
    }
  }
  EXPECT_EQ(sites[0], sites[1]);
}

TEST(Refinement, ClosesTheLineAroundAnIsland) {
  const auto refinement = refined(square(8, 3), {{0.5}, 2, kPlenty}, [](double x, double y) { return in_disc(x, y, 0.5, 0.5, 0.3) ? 1.0 : 0.0; });
  const auto crossings = boundary_of(refinement);
  ASSERT_GT(crossings.size(), 8u);
  EXPECT_EQ(crossings.front().at, crossings.back().at);
  for (std::size_t i = 1; i < crossings.size(); ++i)
    EXPECT_LT(std::hypot(crossings[i].at[0] - crossings[i - 1].at[0], crossings[i].at[1] - crossings[i - 1].at[1]), 1.5) << "neighbours are near";
  for (const auto& crossing : crossings) EXPECT_NEAR(std::hypot(crossing.at[0] - 32.0, crossing.at[1] - 32.0), 0.3 * 64.0, 1.0);
}

TEST(Refinement, HasALineForEachLevel) {
  const auto refinement = refined(square(8, 3), {{0.5, 1.5}, 2, kPlenty},
                                  [](double x, double) { return x < 0.3 ? 0.0 : x < 0.7 ? 1.0 : 2.0; });
  std::set<std::pair<double, int>> lines;
  for (const auto& crossing : boundary_of(refinement)) {
    lines.emplace(crossing.level, crossing.line);
    EXPECT_NEAR(crossing.at[0] / 64.0, crossing.level < 1.0 ? 0.3 : 0.7, 1.0 / 64.0);
  }
  EXPECT_EQ(lines.size(), 2u);
}

TEST(Refinement, WidensTheBandWhereValuesAreUncertain) {
  const auto doubtful = [](double x, double) { return std::abs(x - 0.5) > 0.26 ? Measured::exactly(x) : Measured{x, x - 0.4, x + 0.4}; };
  const auto refinement = measured(square(8, 0), {{0.5}, 0, 81}, doubtful);
  for (const auto& crossing : boundary_of(refinement)) {
    EXPECT_EQ(crossing.low[0], 1.0);
    EXPECT_EQ(crossing.high[0], 7.0);
    EXPECT_EQ(crossing.low[1], crossing.high[1]);
  }
}

// Success goes from 0 to 1 over a strip of forty finest cells, in which eight replicas scatter about it.
TEST(Refinement, DoesNotFollowNoise) {
  const std::uint64_t seed = 5;
  constexpr double kStrip = 40.0 / 256.0;
  std::mt19937_64 random(seed);
  const auto noisy = [&](bool doubt) {
    return measured(square(8, 5), {{0.5}, 2, kPlenty}, [&, doubt](double x, double y) {
      const double p = std::clamp(0.5 + (x + 0.3 * y - 0.6) / kStrip, 0.0, 1.0);
      const double share = std::binomial_distribution<int>(8, p)(random) / 8.0;
      const bool unsure = doubt && share > 0.15 && share < 0.85;   // of 2 to 6 of 8 Wilson's interval holds one half
      return unsure ? Measured{share, 0.0, 1.0} : Measured::exactly(share);
    });
  };
  const auto believed = noisy(false), doubted = noisy(true);
  std::cout << believed.asked() << " sites if noise is believed, " << doubted.asked() << " if not\n";
  EXPECT_LT(10 * doubted.asked(), 6 * believed.asked()) << "seed " << seed;
  for (const auto& crossing : boundary_of(doubted)) {
    EXPECT_NEAR(crossing.at[0] + 0.3 * crossing.at[1], 0.6 * 256.0, 20.0);
    EXPECT_LT(crossing.high[0] - crossing.low[0], 80.0) << "cells tell where no point of the row was run";
  }
}

// A transition that is sharp at one end and wide at the other, where cells stay coarse; and one that a budget leaves half followed.
TEST(Refinement, DrawsOneLineThroughCellsOfAllSizes) {
  const auto lattice = square(8, 5);
  const auto widening = measured(lattice, {{0.5}, 2, kPlenty}, [](double x, double y) {
    const double p = std::clamp(0.5 + (x + 0.3 * y - 0.63) / (0.02 + 0.5 * y), 0.0, 1.0);
    return p > 0.15 && p < 0.85 ? Measured{p, 0.0, 1.0} : Measured::exactly(p);
  });
  const auto exhausted = refined(lattice, {{0.5}, 2, 500}, [](double x, double y) { return x + 0.3 * y - 0.13 * std::sin(9.0 * y) > 0.63 ? 1.0 : 0.0; });
  for (const auto* refinement : {&widening, &exhausted}) {
    std::set<int> levels;
    for (const auto& cell : refinement->cells()) levels.insert(cell.level);
    EXPECT_GT(levels.size(), 3u);
    const auto crossings = boundary_of(*refinement);
    EXPECT_EQ(crossings.back().line, 0) << "one line";
    EXPECT_EQ(std::abs(crossings.front().at[1] - crossings.back().at[1]), 256.0) << "from border to border";
    for (std::size_t i = 1; i < crossings.size(); ++i) EXPECT_NE(crossings[i].at, crossings[i - 1].at);
  }
  EXPECT_TRUE(exhausted.exhausted());
}

TEST(Refinement, WorksAlongALineAndInACube) {
  const auto line = refined({{4}, 6}, {{0.5}, 2, kPlenty}, [](double x, double) { return x < 0.333 ? 0.0 : 1.0; });
  const auto points = boundary_of(line);
  ASSERT_EQ(points.size(), 1u);
  EXPECT_NEAR(points.front().at[0] / 256.0, 0.333, 1.0 / 256.0);
  EXPECT_LT(line.asked(), 40u);

  const Lattice cube{{4, 4, 4}, 2};
  Refinement refinement(cube, {{0.5}, 1, kPlenty});
  for (auto asked = refinement.next(); !asked.empty(); asked = refinement.next())
    for (const auto& one : asked) {
      const auto site = cube.site(one.site);
      refinement.give(one.site, Measured::exactly(site[0] + site[1] + site[2] < 20 ? 1.0 : 0.0));
    }
  const auto cloud = boundary_of(refinement);
  EXPECT_GT(cloud.size(), 50u);
  for (const auto& crossing : cloud) EXPECT_NEAR(crossing.at[0] + crossing.at[1] + crossing.at[2], 19.5, 1e-12);
}

TEST(Refinement, LeavesOutWhatFailed) {
  const auto refinement = refined(square(8, 2), {{0.5}, 2, kPlenty}, [](double x, double y) { return x > 0.45 && x < 0.55 ? std::nan("") : y < 0.5 ? 0.0 : 1.0; });
  EXPECT_LT(refinement.asked(), 500u);
  for (const auto& crossing : boundary_of(refinement)) EXPECT_NEAR(crossing.at[1] / 32.0, 0.5, 1.0 / 32.0);
}

}  // namespace
}  // namespace aesweep
