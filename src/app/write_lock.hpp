#pragma once
#include <string>

namespace aesweep {

/// Lock FILE.h5.lock beside a result file: one writer at a time. The kernel drops it when the process ends, however it ends.
class WriteLock {
 public:
  /// @throws std::runtime_error if another run holds it.
  explicit WriteLock(const std::string& result_path);
  ~WriteLock();
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  int file_ = -1;
};

/// Whether a run holds the lock at this moment.
bool is_being_written(const std::string& result_path);

}  // namespace aesweep
