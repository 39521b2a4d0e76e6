#pragma once
#include <memory>
#include <string>
#include <vector>

#include "aesweep/experiment/experiment.hpp"
#include "aesweep/store/result_file.hpp"
#include "kernels.hpp"

namespace aesweep {

/// The sweep that a file was made from. Its input files must still be there: they are part of its identity.
Sweep stored_sweep(const ResultReader& reader, const std::vector<std::string>& overrides = {});

/// @throws std::runtime_error with the differences, if a file's sweep does not read as it did when the file was made.
void check_reads_as_before(const ResultReader& reader, const Sweep& sweep);

/// @throws UsageError where a command can't take the file of a refined sweep, or make one. @param why  "its points are ...".
void refuse_refined(const Sweep& sweep, const std::string& path, const std::string& why);

/// Says on standard error if another build made the file: same bits are promised for one build only. (Instruction sets: choose_instruction_set.)
void warn_of_another_build(const ResultReader& reader);

/// A result file with what its rows mean.
struct StoredResult {
  /// @throws std::runtime_error if it can't be read, or its sweep does not read as it did; ConfigError if the sweep can't be read at all.
  /// @param kernels  that recompute its rows, and judge them.
  explicit StoredResult(const std::string& path, const Kernels& kernels = aesweep_kernels);

  const Sweep& sweep() const { return experiment.sweep(); }
  /// How many points to read at once: some 64 MB.
  std::uint64_t points_at_once() const;

  ResultReader reader;
  std::unique_ptr<Experiment> owned_experiment;
  Experiment& experiment;
  FileLayout layout;
};

/// One task computed on this core; seconds are those of a clock.
TaskResult recompute(Experiment& experiment, std::uint64_t task);

}  // namespace aesweep
