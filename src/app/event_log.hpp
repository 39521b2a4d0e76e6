#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace aesweep {

/// FILE.h5.events.jsonl: one JSON object a line, appended by rank 0; starts and ends of runs, and every failure with its message.
class EventLog {
 public:
  explicit EventLog(std::string result_path) : path_(std::move(result_path) + ".events.jsonl") {}

  void start(int ranks, std::uint64_t pending, const std::string& instruction_set);
  struct Failure {
    std::uint64_t point, replica;
    int rank;
    std::string host;
    double attempts;
    std::string message;
  };
  void failure(const Failure& failure);
  void end(std::uint64_t pending, bool stopped);

  /// The last run's start, if it has not ended: what `status` needs for a rate.
  struct Running {
    double started;            ///< seconds since the epoch
    std::uint64_t pending;     ///< tasks at its start
    int ranks;
  };
  std::optional<Running> running() const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Name of this host.
std::string host_name();
/// Seconds since the epoch.
double wall_clock();

}  // namespace aesweep
