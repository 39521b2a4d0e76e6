#include "signals.hpp"

#include <atomic>
#include <csignal>

namespace aesweep {
namespace {

std::atomic<bool> requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void ask_to_stop(int) { requested.store(true, std::memory_order_relaxed); }

}  // namespace

void catch_stop_signals() {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) std::signal(signal, ask_to_stop);
}

bool stop_requested() { return requested.load(std::memory_order_relaxed); }

}  // namespace aesweep
