#pragma once
#include <memory>
#include <vector>

#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/experiment/network_record.hpp"
#include "aesweep/outcome/trajectory.hpp"
#include "setting.hpp"

namespace aesweep {

/// What is kept of a replica.
struct Wanted {
  const std::vector<Observable>& columns;   ///< of the engine
  const Extents& extents;
  bool clean;                               ///< also the map without input noise

  std::size_t components() const { return extents.component; }
};

/// What an engine measured along one replica; the clean trajectory stays empty where it is not wanted.
struct Recording {
  Trajectory seen;
  Trajectory clean;
  std::vector<double> training{};             ///< error on the training set at each time; NaN where there is none
  double error_reached = 0.0;                 ///< on which excess rests; NaN if diverged
  std::uint64_t steps = 0;
  std::unique_ptr<NetworkRecord> network{};   ///< null where nothing of the network itself is kept
};

/// Runs one engine from the setting's start and records it. @param tolerance  of the flow. Throws NumericalError, and what `poll` throws.
Recording run_engine(Engine engine, const Setting& setting, const Wanted& wanted, const Tolerance& tolerance, const Poll& poll);

}  // namespace aesweep
