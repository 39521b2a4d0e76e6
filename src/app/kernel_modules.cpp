#include "kernel_modules.hpp"

#include <dlfcn.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "commands.hpp"
#include "event_log.hpp"

namespace aesweep {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> built() {
  std::vector<std::string> names;
  std::istringstream list(AESWEEP_LEVELS);
  for (std::string name; std::getline(list, name, ',');) names.push_back(name);
  return names;
}

bool processor_has(const std::string& name) {
  if (const char* limit = std::getenv("AESWEEP_CPU"); limit && name > limit) return false;
#if defined(__x86_64__)
  if (name == "x86-64-v2") return __builtin_cpu_supports("x86-64-v2") > 0;
  if (name == "x86-64-v3") return __builtin_cpu_supports("x86-64-v3") > 0;
  if (name == "x86-64-v4") return __builtin_cpu_supports("x86-64-v4") > 0;
#endif
  return name == "generic";
}

/// Beside the program in a build tree, else where it is installed; empty if there is none.
fs::path module_of(const std::string& name) {
  const auto folder = fs::read_symlink("/proc/self/exe").parent_path();
  for (const auto& place : {folder, folder / AESWEEP_MODULES}) {
    auto path = place / fmt::format("aesweep-{}.so", name);
    if (std::error_code ignored; fs::exists(path, ignored)) return path.lexically_normal();
  }
  return {};
}

std::string obstacle_here(const std::string& name) {
  if (!processor_has(name)) return fmt::format("the processor of {} does not have {}", host_name(), name);
  if (name != aesweep_kernels.instruction_set && module_of(name).empty())
    return fmt::format("aesweep-{}.so is neither beside the program nor in lib/aesweep on {}", name, host_name());
  return {};
}

/// Collective: this rank's text, if no lower rank has one.
std::string first_text(const MpiSession& mpi, const std::string& text) {
  const int mine = text.empty() ? INT_MAX : mpi.rank();
  int first = INT_MAX;
  MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (first == INT_MAX) return {};
  std::array<char, 512> buffer{};
  if (mpi.rank() == first) text.copy(buffer.data(), buffer.size() - 1);
  MPI_Bcast(buffer.data(), static_cast<int>(buffer.size()), MPI_CHAR, first, MPI_COMM_WORLD);
  return fmt::format("{} (rank {})", buffer.data(), first);
}

}  // namespace

std::vector<InstructionSet> instruction_sets_here() {
  std::vector<InstructionSet> sets;
  for (const auto& name : built()) sets.push_back({name, obstacle_here(name)});
  return sets;
}

std::vector<InstructionSet> instruction_sets_everywhere(const MpiSession& mpi) {
  auto sets = instruction_sets_here();
  for (auto& set : sets) set.obstacle = first_text(mpi, set.obstacle);
  return sets;
}

const Kernels& load_kernels(const std::string& instruction_set) {
  if (instruction_set == aesweep_kernels.instruction_set) return aesweep_kernels;
  const auto path = module_of(instruction_set).string();
  void* module = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!module) throw std::runtime_error(path.empty() ? fmt::format("no kernels for {}", instruction_set) : fmt::format("{}: {}", path, dlerror()));
  const auto* kernels = static_cast<const Kernels*>(dlsym(module, kKernelsSymbol));
  if (!kernels || std::strcmp(kernels->build, aesweep_kernels.build) != 0 || kernels->instruction_set != instruction_set)
    throw std::runtime_error(fmt::format("{}: a module of another build ({}), not of this program ({}); build or install both together", path,
                                         kernels ? kernels->build : "unknown", aesweep_kernels.build));
  return *kernels;
}

const Kernels& kernels_of(const std::string& instruction_set, const std::string& file) {
  for (const auto& one : instruction_sets_here())
    if (one.name == instruction_set && one.obstacle.empty()) return load_kernels(instruction_set);
  throw UsageError(fmt::format("{}: computed with {}, and only that gives its bits; here are {}", file, instruction_set, describe_instruction_sets()));
}

void add_instruction_set(CLI::App& command, InstructionSetRequest& request) {
  auto names = known_instruction_sets();
  names.insert(names.begin(), "auto");
  command.add_option("--instruction-set", request.name, "what to compute with (default: the file's; for a new file the best that every rank has)")
      ->check(CLI::IsMember(names))
      ->type_name("NAME");
}

void add_instruction_sets(CLI::App& command, InstructionSetRequest& request) {
  add_instruction_set(command, request);
  command.add_flag("--mix-instruction-sets", request.mix, "allow rows of several instruction sets in one file, which differ in their last digits");
}

std::string describe_instruction_sets() {
  const auto sets = instruction_sets_here();
  return fmt::format("{}; chosen here: {}", fmt::join(built(), ", "), choose_instruction_set(sets, {}, "", {}).name);
}

}  // namespace aesweep
