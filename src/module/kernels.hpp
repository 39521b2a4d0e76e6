#pragma once
#include <memory>

#include "aesweep/experiment/experiment.hpp"

namespace aesweep {

/// The compute layers for one instruction set, as the program finds them in itself or in a module   [architecture.md, "Instruction sets"].
/// C++ objects and exceptions pass between program and module: both must be of one build.
struct Kernels {
  const char* build;                ///< version, commit, compiler, build type; first, so that it can be read whatever build a module is of
  const char* instruction_set;
  std::unique_ptr<Experiment> (*make_experiment)(Sweep sweep, PoolLoader loader, Experiment::Clock clock);
};

/// Name of the one symbol that a module exports.
inline constexpr const char* kKernelsSymbol = "aesweep_kernels";

}  // namespace aesweep

extern "C" const aesweep::Kernels aesweep_kernels;
