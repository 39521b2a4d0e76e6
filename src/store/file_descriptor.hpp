#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace aesweep {

/// A POSIX file descriptor, for what HDF5 doesn't offer: to ask for room in advance, and for durability without a collective flush.
class FileDescriptor {
 public:
  /// @throws std::runtime_error "PATH: cause".
  FileDescriptor(const std::string& path, int flags);
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();
  /// Makes sure that there is room for a file of this size, as far as the file system can tell. @throws std::runtime_error "PATH: cause".
  void reserve(std::uint64_t bytes) const;
  /// Appends. @throws std::runtime_error "PATH: cause".
  void write(std::string_view bytes) const;
  /// Waits until the file's data are on the device. @throws std::runtime_error "PATH: cause".
  void sync() const;

 private:
  std::string path_;
  int descriptor_;
};

}  // namespace aesweep
