#include "aesweep/store/result_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "agreement.hpp"
#include "file_descriptor.hpp"
#include "hdf5_handle.hpp"
#include "names.hpp"
#include "open_file.hpp"
#include "row_encoder.hpp"
#include "slab.hpp"
#include "types.hpp"

namespace aesweep {
namespace {

/// A dataset open for writing rows: everything that HDF5 needs for one is made once.
struct Column {
  std::string name;
  Handle dataset, type, file_space, memory_space;
  Shape start, count;                ///< of a row; the first row_dims entries of start change from row to row
  Shape row_shape;                   ///< [axes..., replica]
};

struct EngineColumns {
  std::vector<Column> observables;   ///< in the layout's order
  std::vector<std::size_t> order;    ///< in which they are written: results first
  Column checksum, status;
  RowEncoder encoder;
  Row empty;                         ///< a row that is not needed
};

Shape sizes(const FileLayout& layout, const std::vector<std::string>& dims) {
  Shape shape;
  for (const auto& axis : layout.axes) shape.push_back(axis.size());
  for (const auto& dim : dims) shape.push_back(dim == "replica" ? layout.replicas : extent_of(extents(layout), dim));
  return shape;
}

// What the file must have: a dataset of this shape and type.
void check_dataset(const Column& column, const Shape& shape, const std::string& path) {
  const Shape actual = shape_of(column.dataset);
  if (actual != shape)
    throw std::runtime_error(fmt::format("{}: {} has the shape [{}] where the sweep needs [{}]", path, column.name, fmt::join(actual, ", "),
                                         fmt::join(shape, ", ")));
  const Handle type = type_of(column.dataset, path);
  if (H5Tequal(type, column.type) <= 0)
    throw std::runtime_error(
        fmt::format("{}: {} is of type {} where the sweep needs {}", path, column.name, type_name(type), type_name(column.type)));
}

Column open_table_column(hid_t file, const std::string& path, const FileLayout& layout, const TableLayout& table, const Observable& observable) {
  auto dims = table.dims;
  dims.insert(dims.end(), observable.dims.begin(), observable.dims.end());
  const auto lengths = dimension_sizes(layout, dims);
  Shape shape(lengths.begin(), lengths.end());
  Column column{.name = table.group + "/" + observable.name, .dataset = {}, .type = stored_type(observable.type), .file_space = {}, .memory_space = {},
                .start = Shape(shape.size()), .count = shape, .row_shape = {}};
  column.dataset = open_dataset(file, path, column.name.c_str());
  check_dataset(column, shape, path);
  return column;
}

Column open_column(hid_t file, const std::string& path, const FileLayout& layout, const std::string& group, const Observable& observable, bool rows) {
  std::vector<std::string> dims = observable.dims;
  if (rows) dims.insert(dims.begin(), "replica");
  const Shape shape = sizes(layout, dims);
  Column column{.name = group + "/" + observable.name, .dataset = {}, .type = stored_type(observable.type), .file_space = {}, .memory_space = {},
                .start = Shape(shape.size()), .count = shape, .row_shape = sizes(layout, {"replica"})};
  column.dataset = open_dataset(file, path, column.name.c_str());
  check_dataset(column, shape, path);
  if (!rows) return column;
  std::fill_n(column.count.begin(), column.row_shape.size(), hsize_t{1});
  const hsize_t values = product(column.count);
  column.file_space = space_of(column.dataset, path);
  column.memory_space = {H5Screate_simple(1, &values, nullptr), H5Sclose};
  return column;
}

EngineColumns open_engine(hid_t file, const std::string& path, const FileLayout& layout, const EngineLayout& engine) {
  const std::string group = "/" + engine.name;
  EngineColumns columns{{}, {}, open_column(file, path, layout, group, checksum_observable(), true),
                        open_column(file, path, layout, group, status_observable(), true), RowEncoder{engine, extents(layout)},
                        fill_row(engine, extents(layout), Status::not_needed)};
  for (const auto& observable : engine.observables) columns.observables.push_back(open_column(file, path, layout, group, observable, true));
  for (const bool result : {true, false})
    for (std::size_t i = 0; i < engine.observables.size(); ++i)
      if (engine.observables[i].result == result) columns.order.push_back(i);
  return columns;
}

}  // namespace

struct ResultFile::Handles {
  Handles(const std::string& file_path, const FileLayout& layout, MPI_Comm parent);
  void open(const FileLayout& layout);
  void write(Column& column, const void* row);
  /// One value for each of `count` replicas of one point.
  void write_replicas(Column& column, const Shape& first, hsize_t count, const void* values);
  void close();
  void abandon();

  std::string path;
  int exceptions = std::uncaught_exceptions();
  Communicator comm;
  std::unique_ptr<FileDescriptor> descriptor;
  Handle file;
  std::vector<EngineColumns> engines;
  std::vector<Column> summaries;
  std::vector<DataType> summary_types;
  std::vector<std::vector<Column>> tables;
  std::vector<std::vector<DataType>> table_types;

  void write_whole(const Column& column, DataType type, std::span<const double> values) const;
};

ResultFile::Handles::Handles(const std::string& file_path, const FileLayout& layout, MPI_Comm parent) : path(file_path), comm(parent) {
  agree_on(comm, [&] { descriptor = std::make_unique<FileDescriptor>(path, O_RDWR); });
  agree_on(comm, [&] {
    const Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    checked(H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL), path, "choose MPI-IO");
    file = {checked(H5Fopen(path.c_str(), H5F_ACC_RDWR, access), path, "open the file by MPI-IO"), H5Fclose};
  });
  agree_on(comm, [&] { open(layout); });
}

void ResultFile::Handles::open(const FileLayout& layout) {
  check_format(file, path);
  for (const auto& engine : layout.engines) engines.push_back(open_engine(file, path, layout, engine));
  for (const auto& summary : layout.summaries) {
    summaries.push_back(open_column(file, path, layout, "/phase", summary, false));
    summary_types.push_back(summary.type);
  }
  for (const auto& table : layout.tables) {
    tables.emplace_back();
    table_types.emplace_back();
    for (const auto& column : table.columns) {
      tables.back().push_back(open_table_column(file, path, layout, table, column));
      table_types.back().push_back(column.type);
    }
  }
}

void ResultFile::Handles::write(Column& column, const void* row) {
  checked(H5Sselect_hyperslab(column.file_space, H5S_SELECT_SET, column.start.data(), nullptr, column.count.data(), nullptr), path, "select a row of",
          column.name);
  checked(H5Dwrite(column.dataset, column.type, column.memory_space, column.file_space, H5P_DEFAULT, row), path, "write", column.name);
}

void ResultFile::Handles::write_whole(const Column& column, DataType type, std::span<const double> values) const {
  if (values.size() != product(column.count))
    throw std::invalid_argument(fmt::format("{}: {} values where there are {} points", column.name, values.size(), product(column.count)));
  std::vector<std::byte> bytes(values.size() * stored_size(type));
  encode(type, values, bytes.data());
  checked(H5Dwrite(column.dataset, column.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path, "write", column.name);
}

void ResultFile::Handles::write_replicas(Column& column, const Shape& first, hsize_t count, const void* values) {
  const Handle memory{H5Screate_simple(1, &count, nullptr), H5Sclose};
  Shape box(first.size(), 1);
  box.back() = count;
  checked(H5Sselect_hyperslab(column.file_space, H5S_SELECT_SET, first.data(), nullptr, box.data(), nullptr), path, "select rows of", column.name);
  checked(H5Dwrite(column.dataset, column.type, memory, column.file_space, H5P_DEFAULT, values), path, "write", column.name);
}

void ResultFile::Handles::close() {
  engines.clear();
  summaries.clear();
  tables.clear();
  agree_on(comm, [&] { checked(file.close(), path, "close the file"); });
}

void ResultFile::Handles::abandon() {
  file.abandon();
  comm.abandon();
}

ResultFile::ResultFile(const std::string& path, const FileLayout& layout, MPI_Comm comm) {
  silence_hdf5();
  handles_ = std::make_unique<Handles>(path, layout, comm);
}

ResultFile::~ResultFile() {
  if (!handles_) return;
  // Closing is collective, but an exception may have struck this rank alone: the others would never come.
  int size = 1;
  MPI_Comm_size(handles_->comm, &size);
  if (size > 1 && std::uncaught_exceptions() > handles_->exceptions) {
    handles_->abandon();
    return;
  }
  try {
    handles_->close();
  } catch (const std::exception&) {   // rows are in the file already; close() reports to those who ask
  }
}

void ResultFile::write_row(std::size_t engine, std::uint64_t task, const Row& row) {
  auto& columns = handles_->engines.at(engine);
  columns.encoder.encode(row);
  const auto write = [&, at = position(columns.status.row_shape, task)](Column& column, const void* bytes) {
    std::copy(at.begin(), at.end(), column.start.begin());
    handles_->write(column, bytes);
  };
  for (const std::size_t i : columns.order) write(columns.observables[i], columns.encoder.column(i).data());
  const std::uint64_t checksum = columns.encoder.checksum();
  write(columns.checksum, &checksum);
  write(columns.status, &row.status);
}

void ResultFile::set_pending(std::size_t engine, std::uint64_t task) {
  auto& status = handles_->engines.at(engine).status;
  const auto at = position(status.row_shape, task);
  std::copy(at.begin(), at.end(), status.start.begin());
  const auto pending = Status::pending;
  handles_->write(status, &pending);
}

void ResultFile::set_not_needed(std::size_t engine, std::uint64_t first, std::uint64_t count, bool untouched) {
  auto& columns = handles_->engines.at(engine);
  if (!untouched) {
    for (std::uint64_t task = first; task < first + count; ++task) write_row(engine, task, columns.empty);
    return;
  }
  columns.encoder.encode(columns.empty);
  const std::vector<std::uint64_t> checksums(count, columns.encoder.checksum());
  const std::vector<Status> statuses(count, Status::not_needed);
  const auto at = position(columns.status.row_shape, first);
  handles_->write_replicas(columns.checksum, at, count, checksums.data());
  handles_->write_replicas(columns.status, at, count, statuses.data());
}

void ResultFile::write_summary(std::size_t summary, std::span<const double> values) {
  handles_->write_whole(handles_->summaries.at(summary), handles_->summary_types[summary], values);
}

void ResultFile::write_table(std::size_t table, std::size_t column, std::span<const double> values) {
  handles_->write_whole(handles_->tables.at(table).at(column), handles_->table_types[table][column], values);
}

void ResultFile::flush() { handles_->descriptor->sync(); }

void ResultFile::close() {
  if (!handles_) return;
  const auto handles = std::move(handles_);
  handles->close();
}

}  // namespace aesweep
