#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "aesweep/store/result_file.hpp"
#include "attributes.hpp"
#include "dimensions.hpp"
#include "hdf5_handle.hpp"
#include "open_file.hpp"
#include "row_encoder.hpp"
#include "scale_values.hpp"
#include "slab.hpp"

namespace aesweep {

struct ResultReader::Handles {
  std::string path;
  Handle file;

  // Opened anew for every reading: an open dataset may keep bytes that a run has overwritten since.
  Handle open(const std::string& dataset) const { return open_dataset(file, path, dataset.c_str()); }

  template <class Value>
  std::vector<Value> read(const std::string& name, hid_t type, std::uint64_t first, std::uint64_t count) const {
    const Handle dataset = open(name);
    if (H5Tget_class(type_of(dataset, path)) == H5T_STRING) throw std::runtime_error(fmt::format("{}: {} holds text, not numbers", path, name));
    std::vector<Value> values(count);
    if (count > 0) checked(read_range(dataset, type, sizeof(Value), first, count, values.data()), path, "read", name);
    return values;
  }
};

namespace {

std::uint64_t size_of(const std::vector<std::size_t>& shape, std::size_t first_dim = 0) {
  return product({shape.begin() + static_cast<std::ptrdiff_t>(first_dim), shape.end()});
}

}  // namespace

ResultReader::ResultReader(const std::string& path) : handles_(std::make_unique<Handles>(Handles{path, open_for_reading(path)})) {
  if (engines().empty()) throw std::runtime_error(path + ": holds no engine's group (/ode or /sgd): not a result file of aesweep, or a damaged one");
}

ResultReader::~ResultReader() = default;

const std::string& ResultReader::path() const { return handles_->path; }

std::string ResultReader::attribute(const std::string& name) const { return read_text_attribute(handles_->file, path(), name); }

std::vector<std::string> ResultReader::engines() const {
  std::vector<std::string> result;
  for (const char* name : {"ode", "sgd", "exact", "descent", "deep"})
    if (exists(name)) result.emplace_back(name);
  return result;
}

bool ResultReader::exists(const std::string& dataset) const {
  // HDF5 answers for the last part of a path only if the parts before it exist.
  for (std::size_t end = 0; end != std::string::npos;) {
    end = dataset.find('/', end + 1);
    const std::string part = dataset.substr(0, end);
    if (part != "/" && checked(H5Lexists(handles_->file, part.c_str(), H5P_DEFAULT), path(), "look for", part) == 0) return false;
  }
  return true;
}

std::vector<std::size_t> ResultReader::shape(const std::string& dataset) const {
  const Shape shape = shape_of(handles_->open(dataset));
  return {shape.begin(), shape.end()};
}

std::vector<std::string> ResultReader::dimensions(const std::string& dataset) const { return dimension_names(handles_->open(dataset)); }

std::vector<double> ResultReader::read(const std::string& dataset) const {
  return handles_->read<double>(dataset, H5T_NATIVE_DOUBLE, 0, size_of(shape(dataset)));
}

std::vector<double> ResultReader::read_rows(const std::string& dataset, std::uint64_t first, std::uint64_t count) const {
  const auto names = dimensions(dataset);
  const auto replica = std::ranges::find(names, "replica");
  const auto row_dims = replica == names.end() ? names.size() : static_cast<std::size_t>(replica - names.begin()) + 1;
  const auto extent = shape(dataset);
  const std::uint64_t row = size_of(extent, row_dims);
  const std::uint64_t rows = row == 0 ? 0 : size_of(extent) / row;
  if (first > rows || count > rows - first)
    throw std::out_of_range(fmt::format("{}: {} has {} rows; rows {} to {} asked for", path(), dataset, rows, first, first + count));
  return handles_->read<double>(dataset, H5T_NATIVE_DOUBLE, first * row, count * row);
}

std::vector<std::string> ResultReader::axis_labels(const std::string& axis) const {
  const Handle dataset = handles_->open(axis);
  const auto kind = H5Tget_class(type_of(dataset, path()));
  if (kind == H5T_STRING) return read_texts(dataset, path(), axis);
  std::vector<std::string> labels;
  for (const double value : read(axis)) labels.push_back(kind == H5T_ENUM ? (value != 0 ? "true" : "false") : fmt::format("{:.6g}", value));
  return labels;
}

bool ResultReader::numeric(const std::string& axis) const {
  const auto kind = H5Tget_class(type_of(handles_->open(axis), path()));
  return kind == H5T_FLOAT || kind == H5T_INTEGER;
}

std::vector<std::uint8_t> ResultReader::status(const std::string& engine) const {
  const std::string name = engine + "/status";
  return handles_->read<std::uint8_t>(name, H5T_NATIVE_UINT8, 0, size_of(shape(name)));
}

CheckedRows ResultReader::checked_rows(const FileLayout& layout, std::size_t engine, std::uint64_t first, std::uint64_t count) const {
  const auto& columns = layout.engines.at(engine);
  const std::string group = columns.name + "/";
  CheckedRows result{std::vector<Row>(count), {}};
  auto& rows = result.rows;
  const auto status = read_rows(group + "status", first, count);
  for (std::size_t i = 0; i < count; ++i) rows[i].status = static_cast<Status>(status[i]);
  for (const auto& observable : columns.observables) {
    const auto values = read_rows(group + observable.name, first, count);
    const std::size_t size = row_size(observable, extents(layout));
    if (values.size() != size * count)
      throw std::runtime_error(fmt::format("{}: {}{} has {} values a row where the sweep needs {}", path(), group, observable.name,
                                           values.size() / count, size));
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * size);
      rows[i].values.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(size));
    }
  }
  const auto stored = handles_->read<std::uint64_t>(group + "checksum", H5T_NATIVE_UINT64, first, count);
  RowEncoder encoder{columns, extents(layout)};
  const auto is_damaged = [&](std::size_t i) {
    try {
      encoder.encode(rows[i]);
    } catch (const std::invalid_argument&) {   // a value that no row can have, such as a boolean of 5
      return true;
    }
    return encoder.checksum() != stored[i];
  };
  for (std::size_t i = 0; i < count; ++i)
    if (rows[i].status != Status::pending && is_damaged(i)) result.damaged.push_back(first + i);
  return result;
}

std::vector<Row> ResultReader::rows(const FileLayout& layout, std::size_t engine, std::uint64_t first, std::uint64_t count) const {
  auto checked = checked_rows(layout, engine, first, count);
  if (checked.damaged.empty()) return std::move(checked.rows);
  const auto task = checked.damaged.front();
  throw std::runtime_error(fmt::format("{}: the values of a row of {} (point {}, replica {}) are not those of its checksum: the file is damaged",
                                       path(), layout.engines[engine].name, task / layout.replicas, task % layout.replicas));
}

std::vector<std::uint64_t> ResultReader::checksums(const std::string& engine) const {
  const std::string name = engine + "/checksum";
  return handles_->read<std::uint64_t>(name, H5T_NATIVE_UINT64, 0, size_of(shape(name)));
}

}  // namespace aesweep
