#pragma once
#include <mpi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "aesweep/store/layout.hpp"

namespace aesweep {

/// Creates FILE.h5 with the serial driver as FILE.h5.part, filled with every observable's fill value, and renames it
/// [interfaces.md, "Result file"].
/// Not collective: one process calls it. `excluded` holds one flag a point: its rows get status `excluded`.
/// `reference` holds one vector of points() values for each of layout.references.
/// A FILE.h5 that exists is never overwritten.
/// @throws std::runtime_error naming file and cause (a full disk, no permission, the file exists); no FILE.h5.part is left behind then.
/// @throws std::invalid_argument if an axis has the name of another dataset.
void create_result_file(const std::string& path, const FileLayout& layout, const Provenance& provenance,
                        const std::vector<std::vector<double>>& reference, const std::vector<bool>& excluded);

/// Replaces text attributes of the root (or adds them) in a file that no other process uses. Not collective.
/// @throws std::runtime_error naming file and attribute.
void replace_attributes(const std::string& path, const Provenance& attributes);

/// A copy of a file that is changed and then takes the place of the original, or a name of its own: whatever ends the process before commit(), a
/// file of the final name is whole, and is the one that was there before. Not collective.
class Replacement {
 public:
  /// Copies `original` to TARGET.part (what a killed process left there is overwritten).
  /// @throws std::runtime_error naming file and cause (a full disk, no permission); no TARGET.part is left behind then.
  Replacement(const std::string& original, std::string target);
  /// Nothing yet: the caller makes a file at path(). What a killed process left there is removed.
  explicit Replacement(std::string target);
  /// Removes TARGET.part unless it was committed.
  ~Replacement();
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  const std::string& path() const { return part_; }
  /// Waits until the copy is on the device and renames it to its final name. @throws std::runtime_error if it fails; the copy is removed then.
  void commit();

 private:
  std::string target_, part_;
};

/// A result file open for writing by all ranks (MPI-IO). Rows are written independently, the status last: a killed process leaves a row
/// either whole or pending.
class ResultFile {
 public:
  /// Collective over `comm`. @throws std::runtime_error on every rank, with the first failing rank's message, if the file can't be opened on
  /// one of them or its datasets are not those of the layout; the message names the dataset and both shapes or types.
  ResultFile(const std::string& path, const FileLayout& layout, MPI_Comm comm);
  /// Collective, like close(), but errors are lost. While an exception unwinds one of several ranks nothing is closed: the others need not
  /// come, and MPI_Abort is to follow.
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  /// Writes a row: the results, the other observables, its checksum, its status. Not collective.
  /// The checksum is the first eight bytes (little endian) of the SHA-256 of: all observables with result = true, in the layout's order,
  /// as stored (little endian); then the status, one byte.
  /// @param engine  position in layout.engines.   @param task  point × replicas + replica.
  /// @throws std::invalid_argument if a value doesn't fit its type or their number is wrong (nothing is written then);
  /// std::runtime_error if writing fails.
  void write_row(std::size_t engine, std::uint64_t task, const Row& row);
  /// Makes a row pending, so that a run computes it again. Its values stay until then. Not collective.
  void set_pending(std::size_t engine, std::uint64_t task);
  /// Gives rows the status `not_needed` and the values of one that was never computed. Not collective.
  /// @param first, count  replicas of one point that follow each other.   @param untouched  no run has written them: status and checksum are all to do.
  void set_not_needed(std::size_t engine, std::uint64_t first, std::uint64_t count, bool untouched);
  /// Writes one summary for all points (layout.summaries order). Not collective: one rank calls it.
  void write_summary(std::size_t summary, std::span<const double> values);
  /// Writes one column of a table whole. Not collective: one rank calls it.
  void write_table(std::size_t table, std::size_t column, std::span<const double> values);
  /// Waits until what this process wrote is on the device (a killed process loses nothing without it, a crashed machine may). Not collective.
  void flush();
  /// Collective. @throws std::runtime_error on every rank if it fails on one.
  void close();

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

/// Rows as they were read, and which of them are not what was written.
struct CheckedRows {
  std::vector<Row> rows;
  std::vector<std::uint64_t> damaged;   ///< tasks whose values are not those of their checksum, ascending
};

/// A result file open for reading by one process, also while a run writes to it.
class ResultReader {
 public:
  /// @throws std::runtime_error naming file and fault, also for files that are not aesweep's or of another format version.
  explicit ResultReader(const std::string& path);
  ~ResultReader();
  ResultReader(const ResultReader&) = delete;
  ResultReader& operator=(const ResultReader&) = delete;

  const std::string& path() const;
  /// Root attribute of type text, "" if absent.
  std::string attribute(const std::string& name) const;
  /// Engines' groups present, in the order ode, sgd, exact, descent.
  std::vector<std::string> engines() const;
  bool exists(const std::string& dataset) const;
  /// Shape of a dataset.
  std::vector<std::size_t> shape(const std::string& dataset) const;
  /// Names of a dataset's dimensions, from its dimension scales (of a scale: its own).
  std::vector<std::string> dimensions(const std::string& dataset) const;
  /// A whole dataset as doubles (booleans 0, 1). @throws std::runtime_error if there is none of that name, or it holds text.
  std::vector<double> read(const std::string& dataset) const;
  /// Rows first..first+count, as doubles. A row is what one (point, replica) has in a dataset with replicas, one value in any other; the
  /// rows follow each other as tasks do. @throws std::out_of_range beyond the last row.
  std::vector<double> read_rows(const std::string& dataset, std::uint64_t first, std::uint64_t count) const;
  /// Labels of an axis, or of a single key of a linked one, as people read them (numbers with up to 6 significant digits, booleans as true, false).
  std::vector<std::string> axis_labels(const std::string& axis) const;
  /// True if an axis holds numbers (then read() gives them); booleans and text are none.
  bool numeric(const std::string& axis) const;
  /// Status of every row of an engine, one byte a row.
  std::vector<std::uint8_t> status(const std::string& engine) const;
  /// Rows first..first+count of an engine as they were written, to be written again. A row that was not written has fill values.
  /// @throws std::runtime_error naming the first row whose values are not those of its checksum; std::out_of_range beyond the last row.
  std::vector<Row> rows(const FileLayout& layout, std::size_t engine, std::uint64_t first, std::uint64_t count) const;
  /// The same, but damaged rows are told instead of thrown.
  CheckedRows checked_rows(const FileLayout& layout, std::size_t engine, std::uint64_t first, std::uint64_t count) const;
  /// Checksum of every row of an engine, all 64 bits (read() would round them).
  std::vector<std::uint64_t> checksums(const std::string& engine) const;

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

/// Outcome of comparing two result files as interfaces.md's "Same bits" has it.
struct Comparison {
  std::uint64_t differing = 0;        ///< values that differ
  std::uint64_t compared = 0;         ///< values compared
  std::vector<std::string> messages;  ///< first difference of each dataset, datasets present in one file only, axes that differ
  bool same() const { return differing == 0 && messages.empty(); }
};
/// Compares all datasets under /reference, the engines and /phase (except seconds, rank, attempts), bit by bit; NaN equals NaN of the same bits.
Comparison compare_files(const std::string& a, const std::string& b);

}  // namespace aesweep
