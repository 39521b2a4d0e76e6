#pragma once
#include <string>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/store/layout.hpp"

namespace aesweep {

/// Creates the result file of an experiment with its references and every row pending or excluded. One process calls it.
/// @param command  what the file says it was made by.   @param instruction_set  that of the experiment.
///   @throws std::runtime_error as create_result_file does, Stopped if a signal comes before it is made.
void create_empty_result(const std::string& path, Experiment& experiment, const FileLayout& layout, const std::string& command,
                         const std::string& instruction_set);

}  // namespace aesweep
