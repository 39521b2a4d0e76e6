#pragma once
#include <exception>
#include <functional>
#include <optional>
#include <string>

namespace aesweep {

/// What a poll throws to leave a task in the middle. The task keeps what it can and passes it on.
class Stopped : public std::exception {
 public:
  const char* what() const noexcept override { return "stopped before its end"; }
};

/// Where one task keeps what it has so far, so that a later run can go on from there; made by whoever knows files and clocks. What is kept are the
/// rows of the engines that have ended and, of a replica of SGD or a deep network, weights, steps and what was recorded. Flows, closed forms and descents start again.
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;
  /// What an earlier run kept of this very task; asked once, before the first engine.
  virtual std::optional<std::string> load() = 0;
  /// The bytes of load() are not those of this task, which starts anew.
  virtual void reject(const std::string& reason) = 0;
  /// Whether the task should keep its state now. Asked at every poll of an SGD replica.
  virtual bool due() = 0;
  virtual void keep(const std::string& bytes) = 0;
};

/// The same for the engine that runs at present: `begun` is what was kept of it, empty at its start.
struct EngineCheckpoint {
  std::string begun{};
  std::function<bool()> due;
  std::function<void(const std::string&)> keep;
};

}  // namespace aesweep
