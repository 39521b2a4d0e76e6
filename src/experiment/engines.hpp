#pragma once
#include <functional>
#include <span>
#include <string>

#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/experiment/checkpoint.hpp"
#include "recorder.hpp"
#include "setting.hpp"

namespace aesweep {

/// Runs one engine from the setting's start and records it; SGD in D coordinates.
/// @param tolerance   of the flow.
/// @param checkpoint  null, or where SGD and deep networks keep their state: when it is due, and when `poll` throws Stopped. A replica that goes on from there has the
///                    bits of one that was never interrupted.
/// Throws NumericalError, what `poll` throws, and std::runtime_error if what was kept is not of this engine and setting.
Recording run_engine(Engine engine, const Setting& setting, const Wanted& wanted, const Tolerance& tolerance, const Poll& poll,
                     const EngineCheckpoint* checkpoint);

/// One replica of several that run side by side.
struct Member {
  const Setting& setting;
  const EngineCheckpoint* checkpoint;   ///< null, or as in run_engine()
};

/// Whether SGD of this point is simulated by the Gram process.
bool runs_by_gram(const PointConfig& point);

/// Steps that a replica had made when its state was kept; 0 for one that begins. @throws std::runtime_error if `begun` is no such state.
std::uint64_t steps_of(const std::string& begun);

/// SGD of replicas of one point by the Gram process, each with the bits that it has alone. All must have made the same number of steps: steps_of() what is
/// kept of them.
/// @param ended  called once for each, with its position, as soon as it has ended: at its horizon or when it diverges.
/// Throws what `poll` throws, and std::runtime_error as run_engine().
void run_gram(std::span<const Member> members, const Wanted& wanted, const Poll& poll, const std::function<void(std::size_t, Recording)>& ended);

}  // namespace aesweep
