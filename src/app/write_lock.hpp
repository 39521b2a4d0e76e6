#pragma once
#include <string>

namespace aesweep {

/// The file that a symbolic link leads to, so that lock, checkpoints and log lie beside it alone; any other path as it is.
std::string followed(const std::string& path);

/// Lock FILE.h5.lock beside a result file: one writer at a time. A POSIX record lock (fcntl), held by one process of a run: it works between the
/// nodes of NFS and of Lustre mounted with `flock`, and is dropped when the process ends, however it ends. What a killed process leaves behind is an
/// empty file that means nothing; a lock that is given back takes its file along.
class WriteLock {
 public:
  /// On a file system without locks it says so on standard error and guards nothing. @throws std::runtime_error if another run holds it.
  explicit WriteLock(const std::string& result_path);
  ~WriteLock();
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  std::string path_;
  int file_ = -1;
};

/// Whether a run holds the lock at this moment. Not to be asked by the run that holds it: closing a file drops the process' own locks on it.
bool is_being_written(const std::string& result_path);

}  // namespace aesweep
