#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "aesweep/experiment/cost.hpp"
#include "aesweep/store/result_file.hpp"
#include "aesweep/sweep/sweep.hpp"
#include "commands.hpp"
#include "job_script.hpp"
#include "kernel_modules.hpp"
#include "pending.hpp"
#include "refined_forecast.hpp"
#include "refined_state.hpp"
#include "refined_sweep.hpp"
#include "sequential.hpp"
#include "text.hpp"
#include "write_lock.hpp"

namespace aesweep {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string sweep, output, partition, account, time, launcher = "mpirun";
  std::vector<std::string> overrides, extra;
  InstructionSetRequest instruction_set;
  std::uint64_t nodes = 0, ranks = 0, ranks_per_node = 0, array = 0;
  bool dry_run = false;
};

struct Work {
  std::uint64_t tasks = 0;
  double seconds = 0.0, longest = 0.0;   // expected CPU time, of all and of the longest task

  void add(const Sweep& sweep, std::uint64_t point, double replicas) {
    const double each = expected_seconds(sweep.point(point), sweep);
    tasks += static_cast<std::uint64_t>(std::llround(replicas));
    seconds += each * replicas;
    longest = std::max(longest, each);
  }
};

/// Points of a refined sweep that have not been asked for yet, each as dear as the coarsest cells' corners are on average; at least one.
void add_expected(Work& work, const Sweep& sweep, std::uint64_t asked) {
  const auto forecast = forecast_refinement(sweep);
  const double points = std::max(1.0, static_cast<double>(forecast.points) - static_cast<double>(asked));
  const double tasks = points * forecast_replicas(sweep).mean, share = tasks / static_cast<double>(forecast.corners.size());
  work.tasks += static_cast<std::uint64_t>(std::llround(tasks));
  for (const auto& corner : forecast.corners) {
    const double each = expected_seconds(corner, sweep);
    work.seconds += each * share;
    work.longest = std::max(work.longest, each);
  }
}

/// What is still to be done: the whole sweep, or what its file lacks.
Work work_left(Sweep& sweep, const std::string& file) {
  const auto replicas = static_cast<std::uint64_t>(sweep.replicas);
  Work work;
  if (!fs::exists(file)) {
    if (sweep.refined) {
      add_expected(work, sweep, 0);
      return work;
    }
    const auto expected = forecast_replicas(sweep).mean;
    for (std::uint64_t point = 0; point < sweep.points(); ++point)
      if (!sweep.excluded(point)) work.add(sweep, point, expected);
    return work;
  }
  const ResultReader reader(file);
  if (reader.attribute("sweep_id") != hex(sweep.id()))
    throw UsageError(file + ": made from another sweep (aesweep run says how they differ). Give another file with -o, or move this one away.");
  if (is_being_written(file)) throw UsageError(file + ": a run is writing to this file");
  if (sweep.refined) read_sites(reader, sweep);
  for (const auto task : pending_tasks(reader)) work.add(sweep, task / replicas, 1.0);
  if (const auto refinement = refinement_state(reader); refinement && !refinement->complete) add_expected(work, sweep, refinement->points);
  return work;
}

/// An option and the word after it that is its value belong on one line: "-p main", "--mem 4G".
std::vector<std::string> sbatch_options(const std::vector<std::string>& arguments) {
  std::vector<std::string> options;
  for (const auto& argument : arguments) {
    if (argument.starts_with("-")) {
      options.push_back(quoted(argument));
    } else if (!options.empty() && options.back().find(' ') == std::string::npos) {
      options.back() += " " + quoted(argument);
    } else {
      throw UsageError(argument + ": neither an option nor the value of one");
    }
  }
  return options;
}

std::vector<std::string> split(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

Job job_of(const Options& options, const Sweep& sweep, const std::string& file, const Work& work) {
  Job job;
  job.name = sweep.name;
  job.partition = options.partition;
  job.account = options.account;
  job.nodes = options.nodes;
  job.ranks_per_node = options.ranks_per_node;
  job.parts = options.array;
  job.extra = sbatch_options(options.extra);
  const auto shares = std::max<std::uint64_t>(1, job.parts);
  const auto suggested = suggested_ranks(work.seconds / static_cast<double>(shares), work.tasks);
  job.ranks = options.ranks > 0 ? options.ranks : job.nodes * job.ranks_per_node;
  if (job.ranks == 0) job.ranks = std::max(suggested, job.nodes);
  job.limit = suggested_limit(std::max(work.longest, work.seconds / static_cast<double>(job.ranks * shares)));
  if (!options.time.empty()) {
    const auto limit = parse_limit(options.time);
    if (!limit) throw UsageError(fmt::format("--time {}: must be M, M:S, H:M:S, D-H, D-H:M or D-H:M:S, as SLURM writes it", options.time));
    job.limit = *limit;
  }
  job.program = fs::read_symlink("/proc/self/exe").string();
  job.sweep = fs::absolute(options.sweep).lexically_normal().string();
  job.file = file;
  job.log = file + (job.parts > 0 ? ".%a.log" : ".log");
  job.script = file + ".sbatch";
  for (const auto& override_text : options.overrides) job.options.insert(job.options.end(), {"--set", override_text});
  if (options.instruction_set.name != "auto") job.options.insert(job.options.end(), {"--instruction-set", options.instruction_set.name});
  job.launcher = split(options.launcher);
  return job;
}

/// Hands the script to SLURM.   @returns the job's id.   @throws std::runtime_error if SLURM refuses it; its own message has gone to standard error.
std::string submit(const std::string& script) {
  std::fflush(stdout);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(("sbatch --parsable " + quoted(script)).c_str(), "r"), pclose);
  std::string answer;
  for (int c = pipe ? std::fgetc(pipe.get()) : EOF; c != EOF; c = std::fgetc(pipe.get())) answer += static_cast<char>(c);
  const auto id = answer.substr(0, answer.find_first_of(";\n"));
  if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos)
    throw std::runtime_error("sbatch did not take the job; the script is " + script);
  return id;
}

/// Refuses a job array that would compute again what lies there: the file itself, or the parts of another number of jobs.
void check_array(const std::string& file, std::uint64_t parts) {
  if (fs::exists(file))
    throw UsageError(file + ": exists already, and a job array ends by making it. Leave --array out to go on with it, or give another name with -o.");
  const std::string beginning = fs::path(file).stem().string() + ".part", ending = fmt::format("of{}.h5", parts);
  const auto folder = fs::path(file).parent_path();
  if (!fs::is_directory(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(beginning) && name.ends_with(".h5") && !name.ends_with(ending))
      throw UsageError(fmt::format("{}: a part of another job array. Go on with as many jobs as that had, or merge its parts: aesweep merge {}*.h5 -o {}",
                                   entry.path().string(), beginning, file));
  }
}

int submit_sweep(const Options& options) {
  auto sweep = load_sweep(options.sweep, options.overrides);
  if (options.array > 0 && sweep.refined) throw UsageError("--array: a refined sweep is decided as a whole; its other axes can be split into sweeps of their own");
  const auto file = fs::absolute(options.output.empty() ? sweep.name + ".h5" : options.output).lexically_normal().string();
  if (options.array > 0 && !file.ends_with(".h5")) throw UsageError(file + ": with --array the name must end in .h5");
  if (options.array > 0) check_array(file, options.array);
  const auto work = work_left(sweep, file);
  if (work.tasks == 0) {
    fmt::print("{}: complete, nothing to submit\n", file);
    return kAllDone;
  }
  const auto job = job_of(options, sweep, file, work);
  const auto text = job_script(job);
  if (options.dry_run) {
    fmt::print("{}", text);
    return kAllDone;
  }
  std::ofstream(job.script) << text;
  if (std::ifstream written(job.script); std::string(std::istreambuf_iterator<char>(written), {}) != text)
    throw std::runtime_error(job.script + ": cannot be written");
  const auto id = submit(job.script);
  const auto ranks = counted(job.ranks, "rank");
  fmt::print("submitted job {}: {} in {}, {} of CPU time expected\n", id, counted(work.tasks, "task"),
             job.parts > 0 ? fmt::format("{} of {}", counted(job.parts, "job"), ranks) : ranks, duration(work.seconds));
  fmt::print("how far it is:  aesweep status {}\n", job.parts > 0 ? fmt::format("{}.part1of{}.h5 --part 1/{}", file.substr(0, file.size() - 3),
             job.parts, job.parts) : file);
  fmt::print("its log:        {}\nits script:     {}\nto end it:      scancel {}\n", job.log, job.script, id);
  return kAllDone;
}

}  // namespace

void add_submit(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("submit", "Write and submit the SLURM job that runs a sweep and requeues itself until it is done");
  command->add_option("SWEEP.toml", options->sweep, "the sweep file")->required();
  command->add_flag("--dry-run", options->dry_run, "print the job script, submit nothing");
  command->add_option("-o,--output", options->output, "result file (default: NAME.h5, with the sweep's name)");
  command->add_option("--set", options->overrides, "KEY=VALUE: override a value of the sweep file")->allow_extra_args(false);
  command->add_option("-p,--partition", options->partition, "partition (default: the cluster's)");
  command->add_option("-A,--account", options->account, "account to charge (default: yours)");
  command->add_option("-N,--nodes", options->nodes, "nodes (default: as SLURM likes)");
  command->add_option("-n,--ntasks", options->ranks, "MPI ranks (default: so many that the sweep takes about an hour, at most 128)");
  command->add_option("--ntasks-per-node", options->ranks_per_node, "MPI ranks on each node, with --nodes");
  command->add_option("-t,--time", options->time, "time limit of one start, as SLURM writes it (default: twice the plan's estimate, at most a day)");
  command->add_option("-a,--array", options->array, "N: a job array of N jobs that share the sweep, each with a file of its own, merged at the end")
      ->check(CLI::Range(1, 100000));
  command->add_option("--launcher", options->launcher, "what starts the ranks, e.g. \"srun --mpi=pmix\"")->capture_default_str();
  add_instruction_set(*command, options->instruction_set);
  command->allow_extras();
  command->footer("Every other option goes to sbatch as it stands; such options come after the sweep file.\n"
                  "Examples:  aesweep submit sweep.toml --dry-run\n"
                  "           aesweep submit sweep.toml -p compute -A physics -N 4 -n 256 --time 12:00:00 --mem-per-cpu=1G --mail-type=END");
  command->callback([options, command, &status] {
    options->extra = command->remaining();
    status = submit_sweep(*options);
  });
}

}  // namespace aesweep
