#pragma once
#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/experiment/checkpoint.hpp"
#include "recorder.hpp"
#include "setting.hpp"

namespace aesweep {

/// Runs one engine from the setting's start and records it.
/// @param tolerance   of the flow.
/// @param checkpoint  null, or where SGD keeps its state: when it is due, and when `poll` throws Stopped. A replica that goes on from there has the
///                    bits of one that was never interrupted.
/// Throws NumericalError, what `poll` throws, and std::runtime_error if what was kept is not of this engine and setting.
Recording run_engine(Engine engine, const Setting& setting, const Wanted& wanted, const Tolerance& tolerance, const Poll& poll,
                     const EngineCheckpoint* checkpoint);

}  // namespace aesweep
