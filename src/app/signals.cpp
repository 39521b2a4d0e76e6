#include "signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace aesweep {
namespace {

std::atomic<bool> requested{false};
std::atomic<bool> announced{false};
std::atomic<std::int64_t> first_order{0};   // when TERM or INT came first, milliseconds
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

constexpr std::int64_t kSameOrder = 1000;
constexpr std::string_view kNotice = "\nstopping: simulations are kept as they are, flows begin again; another signal ends the run at once\n";

std::int64_t milliseconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);   // async-signal-safe
  return 1000 * static_cast<std::int64_t>(now.tv_sec) + now.tv_nsec / 1'000'000;
}

extern "C" void ask_to_stop(int signal) {
  requested = true;
  if (signal != SIGUSR1) {
    const auto now = milliseconds_now();
    std::int64_t first = 0;
    if (!first_order.compare_exchange_strong(first, now) && now - first > kSameOrder) {
      std::signal(signal, SIG_DFL);
      std::raise(signal);
    }
  }
  if (!announced.exchange(true)) [[maybe_unused]] const auto written = write(STDERR_FILENO, kNotice.data(), kNotice.size());
}

}  // namespace

void catch_stop_signals(bool announce) {
  announced.store(!announce);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) std::signal(signal, ask_to_stop);
}

bool stop_requested() { return requested.load(std::memory_order_relaxed); }

void request_stop() { requested = true; }

}  // namespace aesweep
