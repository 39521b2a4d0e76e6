#include "checkpoints.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "aesweep/store/checkpoint_file.hpp"
#include "clock.hpp"
#include "result_layout.hpp"

namespace aesweep {
namespace {

namespace fs = std::filesystem;

std::string build_with(const std::string& instruction_set) {
  std::string text = fmt::format("instruction_set = {}\n", instruction_set);
  for (const auto& [name, value] : build_provenance()) text += fmt::format("{} = {}\n", name, value);
  return text;
}

}  // namespace

Checkpoints::Checkpoints(const std::string& result_path, double interval, const std::string& instruction_set)
    : directory_(result_path + ".ckpt"), interval_(interval), build_(build_with(instruction_set)) {
  look();
}

void Checkpoints::look() {
  found_.clear();
  std::error_code ignored;   // mostly there is no such directory
  for (const auto& entry : fs::directory_iterator(directory_, ignored)) found_.insert(entry.path().filename().string());
}

Checkpoints::Task::Task(Checkpoints& all, const Experiment& experiment, std::uint64_t point, std::uint32_t replica)
    : all_(all), experiment_(experiment), point_(point), replica_(replica), next_(seconds_now() + all.interval_) {}

Digest Checkpoints::Task::identity() const { return sha256(experiment_.task_identity(point_, replica_) + all_.build_); }

const std::string& Checkpoints::Task::path() {
  const auto& sweep = experiment_.sweep();
  if (path_.empty()) path_ = fmt::format("{}/{}-{}.ckpt", all_.directory_, hex(sweep.point_id(sweep.point(point_))).substr(0, 32), replica_);
  return path_;
}

std::optional<std::string> Checkpoints::Task::load() {
  if (all_.found_.empty() || !all_.found_.contains(fs::path(path()).filename().string())) return std::nullopt;
  exists_ = true;
  try {
    auto bytes = read_checkpoint(path(), identity());
    loaded_ = bytes.has_value();
    return bytes;
  } catch (const std::runtime_error& error) {
    all_.warn(fmt::format("{}; it is ignored, and its task starts anew", error.what()), all_.ignored_said_);
    return std::nullopt;
  }
}

void Checkpoints::Task::reject(const std::string& reason) {
  loaded_ = false;
  all_.warn(fmt::format("{}: {}; it is ignored, and its task starts anew", path(), reason), all_.ignored_said_);
}

bool Checkpoints::Task::due() { return seconds_now() >= next_; }

void Checkpoints::Task::keep(const std::string& bytes) {
  try {
    write_checkpoint(path(), identity(), bytes);
    exists_ = true;
  } catch (const std::runtime_error& error) {
    all_.warn(fmt::format("{}; the run goes on, but this task can't be continued from here", error.what()), all_.unwritten_said_);
  }
  next_ = seconds_now() + all_.interval_;
}

void Checkpoints::Task::remove() {
  std::error_code ignored;
  fs::remove(path(), ignored);
}

void Checkpoints::clear() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory_, ignored)) {
    const auto extension = entry.path().extension();
    if (extension == ".ckpt" || extension == ".part") fs::remove(entry.path(), ignored);
  }
  tidy();
}

void Checkpoints::tidy() const {
  std::error_code ignored;
  fs::remove(directory_, ignored);
}

void Checkpoints::warn(const std::string& message, bool& said) {
  if (said) return;
  said = true;
  fmt::print(stderr, "aesweep: {}\n", message);
}

}  // namespace aesweep
