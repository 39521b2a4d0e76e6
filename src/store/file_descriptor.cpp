#include "file_descriptor.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace aesweep {

FileDescriptor::FileDescriptor(const std::string& path, int flags)
    : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw std::runtime_error(path + ": " + std::strerror(errno));
}

FileDescriptor::~FileDescriptor() { ::close(descriptor_); }

void FileDescriptor::reserve(std::uint64_t bytes) const {
  if (bytes == 0 || ::fallocate(descriptor_, 0, 0, static_cast<off_t>(bytes)) == 0) return;
  if (errno == EOPNOTSUPP || errno == ENOSYS) return;   // the file system can't tell
  throw std::runtime_error(fmt::format("{}: cannot reserve {:.3g} MB: {}", path_, 1e-6 * static_cast<double>(bytes), std::strerror(errno)));
}

void FileDescriptor::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw std::runtime_error(path_ + ": " + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void FileDescriptor::sync() const {
  // Some file systems can't synchronise a directory (EINVAL): there is nothing to wait for then.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) throw std::runtime_error(path_ + ": " + std::strerror(errno));
}

}  // namespace aesweep
