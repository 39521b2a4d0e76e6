#pragma once
#include <hdf5.h>

#include <string_view>
#include <utility>

namespace aesweep {

/// Owner of one HDF5 identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      id_ = std::exchange(other.id_, H5I_INVALID_HID);
      close_ = other.close_;
    }
    return *this;
  }
  ~Handle() { close(); }

  operator hid_t() const { return id_; }
  /// Negative if HDF5 could not close it; nothing is left to close either way.
  herr_t close() { return id_ >= 0 ? close_(std::exchange(id_, H5I_INVALID_HID)) : 0; }
  /// Gives up the identifier without closing it.
  void abandon() { id_ = H5I_INVALID_HID; }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// Switches off HDF5's printing of its error stack; errors are thrown instead.
void silence_hdf5();

/// @throws std::runtime_error "FILE: cannot ACTION OBJECT: cause", the cause from HDF5's error stack or the system.
[[noreturn]] void throw_hdf5_error(std::string_view file, std::string_view action, std::string_view object);

/// `result`, an identifier or return value of HDF5, if it is not negative; else throw_hdf5_error.
template <class Result>
Result checked(Result result, std::string_view file, std::string_view action, std::string_view object = {}) {
  if (result < 0) throw_hdf5_error(file, action, object);
  return result;
}

/// Opens a dataset. @throws std::runtime_error naming file and dataset.
Handle open_dataset(hid_t location, std::string_view file, const char* name);
Handle space_of(hid_t dataset, std::string_view file);
Handle type_of(hid_t dataset, std::string_view file);

}  // namespace aesweep
