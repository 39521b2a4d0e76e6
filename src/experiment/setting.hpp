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
  Spectrum spectrum;             ///< of the start's modes: start_spectrum()
  Weights start;                 ///< in the eigenbasis, shape (K, D); at larger D and at D = ∞ along the modes of `spectrum`; none of deep networks
  std::vector<double> times;     ///< t = steps / D (steps for descent and deep networks)
  Yardstick yardstick;
};

/// The keys of a point as a rule of learning, in scaled variables   [equations.md §1, §2].
LearningRule rule_of(const PointConfig& point);
/// The modes that a start has coordinates of: all that the data have up to kLargestDrawn (at D = ∞ the spikes); of more their leading part. These are single
/// axes, as many as may be followed by themselves (spikes, components, neurons of an aligned start), then 2K that the rows span beyond them.
Spectrum start_spectrum(const PointConfig& point, const Spectrum& spectrum);
/// A replica's first weights, in the eigenbasis, as the rule keeps them. @param spectrum  start_spectrum() of the point's data.
Weights start_of(const PointConfig& point, const LearningRule& rule, const Spectrum& spectrum, const RandomStream& stream);

}  // namespace aesweep
