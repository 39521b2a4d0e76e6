#include "event_log.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace aesweep {
namespace {

using Json = nlohmann::ordered_json;

void append(const std::string& path, const Json& event) {
  std::ofstream file(path, std::ios::app);
  file << event.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  if (!file.flush()) throw std::runtime_error(path + ": can't be written");
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

double wall_clock() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

void EventLog::start(int ranks, std::uint64_t pending, const std::string& instruction_set) {
  append(path_, {{"event", "start"}, {"time", wall_clock()}, {"host", host_name()}, {"ranks", ranks}, {"pending", pending},
                 {"instruction_set", instruction_set}});
}

void EventLog::failure(const Failure& failure) {
  append(path_, {{"event", "failure"}, {"time", wall_clock()}, {"point", failure.point}, {"replica", failure.replica}, {"rank", failure.rank},
                 {"host", failure.host}, {"attempts", static_cast<std::int64_t>(failure.attempts)}, {"message", failure.message}});
}

void EventLog::end(std::uint64_t pending, bool stopped) {
  append(path_, {{"event", "end"}, {"time", wall_clock()}, {"pending", pending}, {"stopped", stopped}});
}

std::optional<EventLog::Running> EventLog::running() const {
  std::ifstream file(path_);
  std::optional<Running> last;
  for (std::string line; std::getline(file, line);) {
    const auto event = Json::parse(line, nullptr, false);
    if (event.is_discarded() || !event.contains("event")) continue;   // a line that a kill cut short
    if (event["event"] == "start") last = Running{event.value("time", 0.0), event.value("pending", std::uint64_t{0}), event.value("ranks", 1)};
    if (event["event"] == "end") last.reset();
  }
  return last;
}

}  // namespace aesweep
