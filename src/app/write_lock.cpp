#include "write_lock.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace aesweep {
namespace {

struct flock whole_file() {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return whole;
}

bool is_file_of(const std::string& path, int file) {
  struct stat named {}, open {};
  return stat(path.c_str(), &named) == 0 && fstat(file, &open) == 0 && named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

/// Beside the file itself, whatever name it was reached by.
std::string lock_of(const std::string& result_path) { return followed(result_path) + ".lock"; }

}  // namespace

std::string followed(const std::string& path) {
  return std::filesystem::is_symlink(path) ? std::filesystem::weakly_canonical(path).string() : path;
}

WriteLock::WriteLock(const std::string& result_path) : path_(lock_of(result_path)) {
  // Its last owner may remove the file between the two calls: a lock on a file without a name keeps nobody out.
  do {
    if (file_ >= 0) close(file_);
    file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) throw std::runtime_error(path_ + ": " + std::strerror(errno));
    auto whole = whole_file();
    if (fcntl(file_, F_SETLK, &whole) == 0) continue;
    const int cause = errno;
    if (cause == ENOSYS || cause == EOPNOTSUPP || cause == ENOLCK) {
      fmt::print(stderr, "aesweep: {}: {}: this file system has no locks; see to it that no second run writes to {}\n", path_, std::strerror(cause),
                 result_path);
      return;
    }
    close(file_);
    if (cause == EACCES || cause == EAGAIN) throw std::runtime_error(result_path + ": another run is writing to this file");
    throw std::runtime_error(path_ + ": " + std::strerror(cause));
  } while (!is_file_of(path_, file_));
}

WriteLock::~WriteLock() {
  unlink(path_.c_str());   // first: once the lock is gone, the file may be another's
  close(file_);
}

bool is_being_written(const std::string& result_path) {
  const int file = open(lock_of(result_path).c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  auto whole = whole_file();
  const bool known = fcntl(file, F_GETLK, &whole) == 0;
  close(file);
  return known && whole.l_type != F_UNLCK;
}

}  // namespace aesweep
