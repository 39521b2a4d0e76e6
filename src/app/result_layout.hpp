#pragma once
#include <string>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/store/layout.hpp"

namespace aesweep {

/// The result file of a sweep: what its engines record, laid out over its axes.
FileLayout layout_of(const Experiment& experiment);

/// Attributes that say where a file comes from   [interfaces.md, "Result file"]; `sweep_values` is the canonical text that sweep_id hashes.
Provenance provenance_of(const Sweep& sweep, const std::string& command);
/// The part of them that names this build of the program: git_commit, version, compiler, instruction_set.
Provenance build_provenance();

}  // namespace aesweep
