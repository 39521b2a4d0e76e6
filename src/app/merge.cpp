#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "aesweep/experiment/row_conversion.hpp"
#include "aesweep/experiment/row_difference.hpp"
#include "aesweep/sweep/union.hpp"
#include "commands.hpp"
#include "empty_result.hpp"
#include "kernel_modules.hpp"
#include "mpi_session.hpp"
#include "pending.hpp"
#include "phase_writer.hpp"
#include "point_name.hpp"
#include "result_layout.hpp"
#include "row_transfer.hpp"
#include "sequential.hpp"
#include "stored_result.hpp"
#include "text.hpp"
#include "write_lock.hpp"

namespace aesweep {
namespace {

constexpr std::size_t kNamed = 10;   // conflicts that are shown

struct Options {
  std::vector<std::string> files;
  std::string output, prefer;
  InstructionSetRequest instruction_set;
};

/// Takes each row from the first file that has it, and compares it with those of the later files.
class Merger {
 public:
  Merger(const std::vector<std::unique_ptr<StoredResult>>& parts, const SweepUnion& united, const Experiment& to, const FileLayout& layout,
         ResultFile& file)
      : parts_(parts), united_(united), to_(to), layout_(layout), file_(file), known_(layout.engines.size(), std::vector<Origin>(layout.rows())) {}

  void add(std::size_t part) {
    const auto& from = *parts_[part];
    const auto targets = [&](std::uint64_t point) {
      return from.sweep().excluded(point) ? std::vector<std::uint64_t>{} : std::vector{united_.point(part, from.sweep(), point)};
    };
    report_losses(from.reader.path(), transfer_rows(from, to_, targets, [&](const TransferredRow& row) { take(part, row); }));
  }

  std::uint64_t taken() const { return taken_; }
  std::uint64_t shared() const { return shared_; }
  std::uint64_t conflicts() const { return conflicts_; }

 private:
  struct Origin {
    std::uint64_t hash = 0, task = 0;
    std::size_t part = kNone;
  };
  static constexpr std::size_t kNone = ~std::size_t{0};

  void take(std::size_t part, const TransferredRow& row) {
    auto& known = known_[row.engine][row.task];
    const auto hash = hash_of_results(layout_.engines[row.engine].observables, row.row);
    if (known.part == kNone) {
      file_.write_row(row.engine, row.task, row.row);
      known = {hash, row.from_task, part};
      ++taken_;
      return;
    }
    ++shared_;
    if (known.hash != hash && ++conflicts_ <= kNamed) report(known, part, row);
  }

  void report(const Origin& known, std::size_t part, const TransferredRow& row) const {
    const auto& first = *parts_[known.part];
    const auto& columns = layout_.engines[row.engine].observables;
    const auto& engine = layout_.engines[row.engine].name;
    const auto e = static_cast<std::size_t>(std::ranges::find(first.layout.engines, engine, &EngineLayout::name) - first.layout.engines.begin());
    const RowConversion conversion(first.layout.engines[e].observables, first.experiment.extents(), columns, to_.extents());
    const auto earlier = conversion(first.reader.rows(first.layout, e, known.task, 1).front());
    fmt::print(stderr, "aesweep: conflict: {}, {}, replica {}: {} against {}: {}\n", engine, name_of_point(to_.sweep(), row.task / layout_.replicas),
               row.task % layout_.replicas, first.reader.path(), parts_[part]->reader.path(), first_difference(columns, earlier, row.row));
  }

  const std::vector<std::unique_ptr<StoredResult>>& parts_;
  const SweepUnion& united_;
  const Experiment& to_;
  const FileLayout& layout_;
  ResultFile& file_;
  std::vector<std::vector<Origin>> known_;   // one an engine and a row
  std::uint64_t taken_ = 0, shared_ = 0, conflicts_ = 0;
};

SweepUnion united_sweep(const std::vector<std::unique_ptr<StoredResult>>& parts) {
  std::vector<const Sweep*> sweeps;
  std::vector<std::string> labels;
  for (const auto& part : parts) {
    sweeps.push_back(&part->sweep());
    labels.push_back(part->reader.path());
  }
  return unite(sweeps, labels);
}

void write_text(const std::string& path, const std::string& text) {
  const std::string part = path + ".part";
  std::ofstream file(part, std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(part + ": can't be written");
  std::filesystem::rename(part, path);
}

/// Whether a file is a sweep file of this identity: then it needs not be written.
bool is_sweep(const std::string& path, const Digest& id) {
  try {
    return load_sweep(path).id() == id;
  } catch (const ConfigError&) {
    return false;
  }
}

/// What the merged file is begun with: what all of its parts were, else only if mixing is asked for.
InstructionSetChoice instruction_set_of(const std::vector<std::unique_ptr<StoredResult>>& parts, const Options& options) {
  const auto& first = parts.front()->reader;
  const auto of_first = first.attribute("instruction_set");
  const auto sets = instruction_sets_here();
  for (const auto& part : parts) {
    const auto other = part->reader.attribute("instruction_set");
    if (other == of_first) continue;
    if (options.instruction_set.mix) return choose_instruction_set(sets, options.instruction_set, options.output, {});
    throw UsageError(fmt::format("{}: begun with the instruction set {}, {} with {}; --mix-instruction-sets puts them into one file all the same",
                                 first.path(), of_first, part->reader.path(), other));
  }
  return choose_instruction_set(sets, options.instruction_set, first.path(), of_first);
}

int merge_files(const Options& options) {
  const auto sweep_path = std::filesystem::path(options.output).replace_extension(".toml").string();
  if (!options.output.ends_with(".h5")) throw UsageError(options.output + ": the new file's name must end in .h5");
  if (std::filesystem::exists(options.output)) throw UsageError(options.output + ": exists already; it is not overwritten");
  for (const auto& path : options.files)
    if (is_being_written(path)) throw std::runtime_error(path + ": a run is writing to this file");
  const WriteLock lock(options.output);

  const MpiSession mpi;   // before the files: HDF5 wants MPI for as long as it has one open
  std::vector<std::unique_ptr<StoredResult>> parts;
  for (const auto& path : options.files) {
    parts.push_back(std::make_unique<StoredResult>(path));
    refuse_refined(parts.back()->sweep(), path, "its points lie where its boundary is, and can't be merged");
    warn_of_another_build(parts.back()->reader);
  }
  auto united = united_sweep(parts);
  united.sweep.name = std::filesystem::path(options.output).stem().string();
  const bool has_sweep = std::filesystem::exists(sweep_path);
  if (has_sweep && !is_sweep(sweep_path, united.sweep.id()))
    throw UsageError(sweep_path + ": exists already, and is not the sweep of the merged file; it is not overwritten");
  const auto choice = instruction_set_of(parts, options);
  const auto made = load_kernels(choice.name).make_experiment(united.sweep, load_pool, [] { return 0.0; });
  auto& to = *made;
  const auto layout = layout_of(to);

  Replacement merged(options.output);
  create_empty_result(merged.path(), to, layout, fmt::format("aesweep merge {} -o {}", fmt::join(options.files, " "), options.output),
                      choice.name);
  {
    ResultFile file(merged.path(), layout, MPI_COMM_SELF);
    Merger merger(parts, united, to, layout, file);
    for (std::size_t part = 0; part < parts.size(); ++part) merger.add(part);
    file.close();
    if (merger.conflicts() > 0)
      fmt::print(stderr, "aesweep: {} of {} that several files have differ\n", grouped(merger.conflicts()), counted(merger.shared(), "row"));
    if (merger.conflicts() > 0 && options.prefer.empty()) {
      fmt::print(stderr, "aesweep: nothing is written; `aesweep verify` says which file is right, --prefer first takes the first file's rows\n");
      return kError;
    }
    fmt::print("{}: {} from {}, {} of them in several\n", options.output, counted(merger.taken(), "row"), counted(parts.size(), "file"),
               grouped(merger.shared()));
  }
  settle_replicas(merged.path(), layout);
  write_phase(merged.path(), layout, united.sweep);
  const auto pending = pending_tasks(ResultReader(merged.path())).size();
  if (!has_sweep) write_text(sweep_path, united.sweep.text);
  merged.commit();
  fmt::print("{}: {}, {} pending; its sweep file is {}\n", options.output, counted(layout.points(), "point"), counted(pending, "task"), sweep_path);
  if (pending > 0) fmt::print("go on with:  aesweep run {} -o {}\n", sweep_path, options.output);
  return kAllDone;
}

}  // namespace

void add_merge(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("merge", "One result file of several whose sweeps agree but for the values of their axes");
  command->add_option("FILE.h5", options->files, "result files, finished or not")->required()->check(CLI::ExistingFile)->expected(1, -1);
  command->add_option("-o,--output", options->output, "the new result file, OUT.h5; its sweep file is written beside it, OUT.toml")->required();
  command->add_option("--prefer", options->prefer, "first: where files differ in a row, take it from the first that has it")
      ->check(CLI::IsMember({"first"}));
  add_instruction_sets(*command, options->instruction_set);
  command->footer(
      "Example:  aesweep merge left.h5 right.h5 -o whole.h5\n"
      "The grid of the new file is the union: on each axis the values of all files, numbers in order, others as first seen. Points that no file\n"
      "has are pending, so are failed and damaged rows. A row that several files have must be the same in all; conflicts are shown (exit 1).");
  command->callback([options, &status] { status = merge_files(*options); });
}

}  // namespace aesweep
