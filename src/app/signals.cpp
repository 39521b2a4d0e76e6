#include "signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

namespace aesweep {
namespace {

std::atomic<bool> requested{false};
std::atomic<bool> announced{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

constexpr std::string_view kNotice = "\nstopping when the tasks that were begun are finished; again to end at once, which loses those\n";

extern "C" void ask_to_stop(int signal) {
  if (requested.exchange(true) && signal != SIGUSR1) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  if (!announced.exchange(true)) [[maybe_unused]] const auto written = write(STDERR_FILENO, kNotice.data(), kNotice.size());
}

}  // namespace

void catch_stop_signals(bool announce) {
  announced.store(!announce);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) std::signal(signal, ask_to_stop);
}

bool stop_requested() { return requested.load(std::memory_order_relaxed); }

}  // namespace aesweep
