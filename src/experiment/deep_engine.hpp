#pragma once
#include "aesweep/experiment/checkpoint.hpp"
#include "recorder.hpp"
#include "setting.hpp"

namespace aesweep {

/// Trains a deep autoencoder on samples of the setting's manifold and records what it does to the whole of it. Time is the number of steps.
/// Weights are of Purpose::start, the manifold's place in R^n of Purpose::isometry, the batches of steps 0, 1, ... of Purpose::inputs.
/// @param checkpoint  as in run_engine().
Recording run_deep(const Setting& setting, const Wanted& wanted, const Poll& poll, const EngineCheckpoint* checkpoint);

}  // namespace aesweep
