#pragma once
#include <string>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/store/layout.hpp"

namespace aesweep {

/// The result file of a sweep: what its engines record, laid out over its axes.
FileLayout layout_of(const Experiment& experiment);

/// Attributes that say where a file comes from   [interfaces.md, "Result file"]; `sweep_values` is the canonical text that sweep_id hashes.
Provenance provenance_of(const Sweep& sweep, const std::string& command);
/// Those of them that say which program this is, on which its bits hang.
Provenance provenance_of_build();

}  // namespace aesweep
