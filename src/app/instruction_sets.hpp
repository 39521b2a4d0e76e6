#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aesweep {

/// An instruction set that this build has kernels for: "x86-64-v2", "x86-64-v3", "x86-64-v4", elsewhere "generic".
struct InstructionSet {
  std::string name;
  std::string obstacle{};   ///< why some rank can't compute with it; empty if all can
};

/// What the command line says of it.
struct InstructionSetRequest {
  std::string name = "auto";
  bool mix = false;   ///< a file may have rows of several
};

struct InstructionSetChoice {
  std::string name;
  std::string remark{};   ///< what a user should know of the choice; empty where it goes without saying
};

/// What to compute with: for a new file what is asked for, with "auto" the best that all ranks have; for a file that is there its own, and another only
/// if mixing is asked for.
/// @param built    ascending.   @param file  the result file.   @param of_file  what it was begun with; nothing for a new one.
/// @throws UsageError naming what is there, what is asked for, and the option that allows it.
InstructionSetChoice choose_instruction_set(const std::vector<InstructionSet>& built, const InstructionSetRequest& request, const std::string& file,
                                            const std::optional<std::string>& of_file);

/// As the column `instruction_set` of a row holds it: 1 generic code, N x86-64-vN.
std::uint8_t instruction_set_code(const std::string& name);
/// Its name; "unknown" for what is none.
std::string instruction_set_name(std::uint8_t code);
/// All that a build can have.
std::vector<std::string> known_instruction_sets();

}  // namespace aesweep
