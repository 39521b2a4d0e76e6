#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aesweep {

/// What a SLURM job that runs a sweep is made from; empty or 0: left to SLURM.
struct Job {
  std::string name, partition, account;
  std::uint64_t nodes = 0, ranks = 0, ranks_per_node = 0;
  double limit = 0.0;                      ///< seconds; how long before it SLURM warns follows from it
  std::vector<std::string> extra;          ///< further sbatch options, one or two words each, as they stand
  std::uint64_t parts = 0;                 ///< tasks of the job array that shares the sweep; 0: no array
  std::string program, sweep, file, log, script;   ///< absolute paths
  std::vector<std::string> options;        ///< of aesweep run
  std::vector<std::string> launcher;       ///< e.g. mpirun
};

/// The job script: slurm/job.sh with its places filled in, its words quoted for the shell.
std::string job_script(const Job& job);

/// Seconds of a SLURM time limit: M, M:S, H:M:S, D-H, D-H:M or D-H:M:S.   @returns nothing if it is none of these, or zero.
std::optional<double> parse_limit(const std::string& text);

/// The time limit to ask for: twice the expected wall time (the estimate is good to a factor of two) and five minutes for the start, in steps of five
/// minutes, at most a day: the job requeues itself, and shorter jobs start earlier.
double suggested_limit(double wall_seconds);

/// The number of ranks to ask for: the expected wall time is about an hour; at most 128 ranks, and not more than tasks.
std::uint64_t suggested_ranks(double cpu_seconds, std::uint64_t tasks);

/// Text as one word of a shell command.
std::string quoted(const std::string& text);

}  // namespace aesweep
