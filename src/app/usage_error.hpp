#pragma once
#include <stdexcept>

namespace aesweep {

/// A mistake in the arguments that only the result file shows (an unknown axis, a file of another sweep); exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace aesweep
