#pragma once
#include <vector>

#include "aesweep/data/random.hpp"
#include "aesweep/experiment/dataset.hpp"
#include "aesweep/outcome/network.hpp"
#include "aesweep/outcome/verdict.hpp"
#include "aesweep/sweep/config.hpp"

namespace aesweep {

/// Everything that the engines of one task share.
struct Setting {
  PointConfig point;
  LearningRule rule;
  Dataset dataset;
  RandomStream stream;
  Weights start;                 ///< in the eigenbasis, shape (K, D); along the spikes alone, shape (K, M), at D = ∞
  std::vector<double> times;     ///< t = steps / D (steps for descent)
  Yardstick yardstick;
};

/// The keys of a point as a rule of learning, in scaled variables   [equations.md §1, §2].
LearningRule rule_of(const PointConfig& point);
/// A replica's first weights, in the eigenbasis, as the rule keeps them. @param spectrum  of the point's data.
Weights start_of(const PointConfig& point, const LearningRule& rule, const Spectrum& spectrum, const RandomStream& stream);

}  // namespace aesweep
