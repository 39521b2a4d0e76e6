#pragma once
#include <hdf5.h>

#include <string>
#include <string_view>
#include <vector>

namespace aesweep {

/// An HDF5 file of the user's, opened read-only by the serial driver, without a lock (many processes read it at once). HDF5 prints nothing
/// of its own while the object lives: faults are std::runtime_error with file, dataset, what is expected and what was found.
class Hdf5Input {
 public:
  explicit Hdf5Input(const std::string& path);
  ~Hdf5Input();
  Hdf5Input(const Hdf5Input&) = delete;
  Hdf5Input& operator=(const Hdf5Input&) = delete;

  bool has(const std::string& dataset) const;
  /// Of a dataset with `rank` dimensions, each ≥ 1; `expected` is the shape's name in the message, "[K, D]".
  std::vector<hsize_t> shape(const std::string& dataset, std::size_t rank, std::string_view expected) const;
  /// All entries, row-major, of a dataset of integers or floating-point numbers. Each must be finite.
  std::vector<double> read(const std::string& dataset) const;

  /// Throws std::runtime_error: "<file>: dataset '<dataset>' <fault>".
  [[noreturn]] void fail(const std::string& dataset, std::string_view fault) const;

 private:
  std::string path_;
  H5E_auto2_t printer_ = nullptr;
  void* printer_data_ = nullptr;
  hid_t file_ = H5I_INVALID_HID;
};

/// "[3, 100]"
std::string shape_text(const std::vector<hsize_t>& shape);

}  // namespace aesweep
