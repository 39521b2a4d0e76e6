#pragma once
#include <string>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/store/layout.hpp"

namespace aesweep {

/// The result file of a sweep: what its engines record, laid out over its axes.
FileLayout layout_of(const Experiment& experiment);

/// Attributes that say where a file comes from   [interfaces.md, "Result file"]; `sweep_values` is the canonical text that sweep_id hashes.
/// @param instruction_set  with which the file is begun.
Provenance provenance_of(const Sweep& sweep, const std::string& command, const std::string& instruction_set);
/// The part of them that names this build of the program: git_commit, version, compiler.
Provenance build_provenance();

}  // namespace aesweep
