#include "hdf5_input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace aesweep {

namespace {

/// Any HDF5 object, closed by its own function.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (valid()) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  bool valid() const { return id_ >= 0; }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

std::vector<hsize_t> extent(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const int rank = space.valid() ? H5Sget_simple_extent_ndims(space) : -1;
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank > 0 ? rank : 0));
  if (rank > 0) H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  return shape;
}

/// Position of entry i of a row-major array: "[1, 7]".
std::string position(std::size_t i, const std::vector<hsize_t>& shape) {
  std::vector<hsize_t> index(shape.size());
  hsize_t rest = i;
  for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) index[axis] = rest % shape[axis];
  return shape_text(index);
}

hid_t open_read_only(const std::string& path) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, false, true);
#endif
  return H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
}

}  // namespace

std::string shape_text(const std::vector<hsize_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

Hdf5Input::Hdf5Input(const std::string& path) : path_(path) {
  if (!std::filesystem::exists(path)) throw std::runtime_error(fmt::format("{}: no such file", path));
  H5Eget_auto2(H5E_DEFAULT, &printer_, &printer_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  file_ = open_read_only(path);
  if (file_ >= 0) return;
  H5Eset_auto2(H5E_DEFAULT, printer_, printer_data_);
  throw std::runtime_error(fmt::format("{}: not an HDF5 file, or it cannot be read", path));
}

Hdf5Input::~Hdf5Input() {
  H5Fclose(file_);
  H5Eset_auto2(H5E_DEFAULT, printer_, printer_data_);
}

bool Hdf5Input::has(const std::string& dataset) const { return H5Lexists(file_, dataset.c_str(), H5P_DEFAULT) > 0; }

std::vector<hsize_t> Hdf5Input::shape(const std::string& dataset, std::size_t rank, std::string_view expected) const {
  if (!has(dataset)) fail(dataset, "is missing");
  const Handle data(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!data.valid()) fail(dataset, "is not a dataset");
  std::vector<hsize_t> found = extent(data);
  bool empty = found.size() != rank;
  for (const hsize_t length : found) empty = empty || length == 0;
  if (empty) fail(dataset, fmt::format("must have the shape {}, found {}", expected, shape_text(found)));
  return found;
}

std::vector<double> Hdf5Input::read(const std::string& dataset) const {
  const Handle data(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!data.valid()) fail(dataset, "is not a dataset");
  const Handle type(H5Dget_type(data), H5Tclose);
  const H5T_class_t kind = H5Tget_class(type);
  if (kind != H5T_FLOAT && kind != H5T_INTEGER) fail(dataset, "must hold integers or floating-point numbers");
  const std::vector<hsize_t> shape = extent(data);
  std::size_t size = 1;
  for (const hsize_t length : shape) size *= length;
  std::vector<double> values(size);
  if (H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) fail(dataset, "cannot be read (damaged file?)");
  for (std::size_t i = 0; i < size; ++i) {
    if (!std::isfinite(values[i])) fail(dataset, fmt::format("must be finite, found {} at {}", values[i], position(i, shape)));
  }
  return values;
}

void Hdf5Input::fail(const std::string& dataset, std::string_view fault) const {
  throw std::runtime_error(fmt::format("{}: dataset '{}' {}", path_, dataset, fault));
}

}  // namespace aesweep
