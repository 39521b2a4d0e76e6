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

WriteLock::~WriteLock() { close(file_); }

}  // namespace aesweep
