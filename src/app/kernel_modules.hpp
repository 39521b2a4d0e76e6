#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "instruction_sets.hpp"
#include "kernels.hpp"
#include "mpi_session.hpp"

namespace aesweep {

/// What this process can compute with: the processor must have the instructions, and the module must be there. The environment variable AESWEEP_CPU, for
/// tests, names the best that the processor is taken to have.
std::vector<InstructionSet> instruction_sets_here();
/// Collective: what every rank can compute with. All ranks get the same answer; an obstacle names the first rank that has it, and its host.
std::vector<InstructionSet> instruction_sets_everywhere(const MpiSession& mpi);

/// The kernels for an instruction set: the program's own, or those of a module, aesweep-NAME.so beside the program or in lib/aesweep, which stays loaded.
/// @throws std::runtime_error if it can't be loaded, or is of another build.
const Kernels& load_kernels(const std::string& instruction_set);

/// The kernels that rows of a file were computed with. @throws UsageError if they can't be had here.
const Kernels& kernels_of(const std::string& instruction_set, const std::string& file);

/// Adds --instruction-set to a command that computes.
void add_instruction_set(CLI::App& command, InstructionSetRequest& request);
/// The same with --mix-instruction-sets, for one that writes what it computes into a file of rows that are there.
void add_instruction_sets(CLI::App& command, InstructionSetRequest& request);

/// "x86-64-v2, x86-64-v3 and x86-64-v4; chosen here: x86-64-v4".
std::string describe_instruction_sets();

}  // namespace aesweep
