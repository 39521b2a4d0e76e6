#pragma once
#include <string>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/store/layout.hpp"

namespace aesweep {

/// Fills /phase from the rows stored in a file that nobody else has open for writing. MPI must be up; one process calls it.
void write_phase(const std::string& path, const FileLayout& layout, const Sweep& sweep);

}  // namespace aesweep
