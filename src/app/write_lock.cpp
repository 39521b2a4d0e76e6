#include "write_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace aesweep {

WriteLock::WriteLock(const std::string& result_path) {
  const std::string path = result_path + ".lock";
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) throw std::runtime_error(path + ": " + std::strerror(errno));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (fcntl(file_, F_SETLK, &whole) == 0) return;
  const int cause = errno;
  close(file_);
  if (cause == EACCES || cause == EAGAIN) throw std::runtime_error(result_path + ": another run is writing to this file");
  throw std::runtime_error(path + ": " + std::strerror(cause));
}

bool is_being_written(const std::string& result_path) {
  const int file = open((result_path + ".lock").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  const bool known = fcntl(file, F_GETLK, &whole) == 0;
  close(file);
  return known && whole.l_type != F_UNLCK;
}

WriteLock::~WriteLock() { close(file_); }

}  // namespace aesweep
