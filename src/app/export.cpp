#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "aesweep/store/result_file.hpp"
#include "commands.hpp"
#include "text.hpp"

namespace aesweep {
namespace {

constexpr std::uint64_t kRowsAtOnce = 65536;

struct Options {
  std::string file, csv;
};

/// Where lines go: standard output, or a file that gets its name when it is whole.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path == "-" ? "" : path), part_(path_ + ".part") {
    file_ = path_.empty() ? stdout : std::fopen(part_.c_str(), "w");
    if (file_ == nullptr) throw std::runtime_error(part_ + ": can't be written");
  }
  ~Output() {
    if (path_.empty() || file_ == nullptr) return;
    std::fclose(file_);
    std::error_code ignored;
    std::filesystem::remove(part_, ignored);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void line(const std::string& text) { good_ = std::fputs((text + "\n").c_str(), file_) >= 0 && good_; }
  void commit() {
    good_ = std::fflush(file_) == 0 && good_;
    if (path_.empty()) {
      if (!good_) throw std::runtime_error("standard output can't be written");
      return;
    }
    good_ = std::fclose(file_) == 0 && good_;
    file_ = nullptr;
    std::error_code failed;
    if (good_) std::filesystem::rename(part_, path_, failed);
    if (!good_ || failed) {
      std::error_code ignored;
      std::filesystem::remove(part_, ignored);
      throw std::runtime_error(path_ + ": can't be written");
    }
  }

 private:
  std::string path_, part_;
  std::FILE* file_ = nullptr;
  bool good_ = true;
};

/// As RFC 4180 has it.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + '"';
}

std::string number(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

/// The values of an axis, numbers with all their digits.
std::vector<std::string> axis_cells(const ResultReader& reader, const std::string& axis) {
  std::vector<std::string> cells;
  if (reader.numeric(axis)) {
    for (const double value : reader.read(axis)) cells.push_back(number(value));
  } else {
    for (const auto& label : reader.axis_labels(axis)) cells.push_back(quoted(label));
  }
  return cells;
}

/// A column of the table: one value a row, or one a row and component.
struct Column {
  std::string dataset, header;
  std::size_t width, at;
};

std::vector<Column> columns_of(const ResultReader& reader) {
  std::vector<Column> columns;
  for (const char* name : {"final_pmse", "excess", "learnt", "converged", "theory_gap"}) columns.push_back({name, name, 1, 0});
  if (reader.exists("/deep/final_supremum")) columns.push_back({"final_supremum", "final_supremum", 1, 0});
  const auto components = reader.shape("component").front();
  for (std::size_t m = 0; m < components; ++m) columns.push_back({"learning_time", fmt::format("learning_time_{}", m), components, m});
  for (const char* name : {"steps", "seconds", "rank", "attempts"}) columns.push_back({name, name, 1, 0});
  return columns;
}

/// Values of every point, as the beginning of a line: of the refined axes, then of the others.
class PointCells {
 public:
  /// @param refined  axes whose value each point has for itself.
  PointCells(const ResultReader& reader, const std::vector<std::string>& axes, const std::vector<std::string>& refined) {
    for (const auto& axis : axes) cells_.push_back(axis_cells(reader, axis));
    for (const auto& axis : refined) coordinates_.push_back(reader.read("/refined/point/" + axis));
  }
  std::string operator()(std::uint64_t point) const {
    std::string coordinates, others;
    for (const auto& values : coordinates_) coordinates += number(values[point]) + ",";
    for (std::size_t a = cells_.size(); a-- > 0; point /= cells_[a].size()) others = cells_[a][point % cells_[a].size()] + "," + others;
    return coordinates + others;
  }

 private:
  std::vector<std::vector<std::string>> cells_;
  std::vector<std::vector<double>> coordinates_;
};

/// @returns rows written.
std::uint64_t export_engine(const ResultReader& reader, const std::string& engine, const std::vector<Column>& columns, const PointCells& point,
                            Output& out) {
  const auto replicas = static_cast<std::uint64_t>(reader.shape("replica").front());
  const auto status = reader.status(engine);
  std::uint64_t written = 0;
  for (std::uint64_t first = 0; first < status.size(); first += kRowsAtOnce) {
    const auto count = std::min<std::uint64_t>(kRowsAtOnce, status.size() - first);
    std::vector<std::vector<double>> values;
    for (const auto& column : columns) {
      const auto dataset = "/" + engine + "/" + column.dataset;
      values.push_back(reader.exists(dataset) ? reader.read_rows(dataset, first, count) : std::vector<double>{});
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto state = static_cast<Status>(status[first + i]);
      if (state == Status::not_needed) continue;
      ++written;
      auto line = fmt::format("{}{},{},{}", point((first + i) / replicas), engine, (first + i) % replicas, name(state));
      const bool ended = state == Status::done || state == Status::diverged || state == Status::failed;
      for (std::size_t c = 0; c < columns.size(); ++c)
        line.append(",").append(ended && !values[c].empty() ? number(values[c][i * columns[c].width + columns[c].at]) : "");
      out.line(line);
    }
  }
  return written;
}

/// A CSV file may replace an older one, never the result file itself or another like it.
void check_target(const Options& options) {
  std::ifstream old(options.csv, std::ios::binary);
  std::string beginning(8, '\0');
  if (options.csv != "-" && old.read(beginning.data(), 8) && beginning == "\x89HDF\r\n\x1a\n")
    throw UsageError(options.csv + ": an HDF5 file; a CSV file does not replace it");
}

int export_file(const Options& options) {
  check_target(options);
  const ResultReader reader(options.file);
  const auto engines = reader.engines();
  auto axes = reader.dimensions("/" + engines.front() + "/status");
  axes.pop_back();   // the replica
  const auto columns = columns_of(reader);
  std::vector<std::string> refined;   // the axes of its grid that are none of the rows
  if (reader.exists("/refined/dense/value")) refined = reader.dimensions("/refined/dense/value");
  std::erase_if(refined, [&](const std::string& axis) { return std::ranges::count(axes, axis) > 0; });
  Output out(options.csv);
  std::string header;
  for (const auto& axis : refined) header += quoted(axis) + ",";
  for (const auto& axis : axes) header += quoted(axis) + ",";
  header += "engine,replica,status";
  for (const auto& column : columns) header += "," + column.header;
  out.line(header);
  const PointCells point(reader, axes, refined);
  std::uint64_t rows = 0;
  for (const auto& engine : engines) rows += export_engine(reader, engine, columns, point, out);
  out.commit();
  if (options.csv != "-") fmt::print("{}: {} of {}\n", options.csv, counted(rows, "row"), options.file);
  return kAllDone;
}

}  // namespace

void add_export(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("export", "The scalars of every replica as a CSV table");
  command->add_option("FILE.h5", options->file, "a result file, finished or not; a run may be writing to it")->required()->check(CLI::ExistingFile);
  command->add_option("--csv", options->csv, "the table to write (one that exists is replaced), - for standard output")->required();
  command->footer(
      "Example:  aesweep export quickstart.h5 --csv quickstart.csv\n"
      "One line a replica and engine: the axes' values, engine, replica, status, final_pmse, excess, learnt, converged, theory_gap, the learning "
      "time\n"
      "of each followed component, steps, seconds, rank, attempts. nan: no such value (never learnt, diverged); empty: not computed.");
  command->callback([options, &status] { status = export_file(*options); });
}

}  // namespace aesweep
