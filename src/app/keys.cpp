#include <fmt/core.h>

#include <string>

#include "aesweep/sweep/sweep.hpp"
#include "commands.hpp"

namespace aesweep {
namespace {

int list_keys() {
  std::string section;
  for (const auto& key : all_keys()) {
    const auto here = key.key.substr(0, key.key.find('.'));
    if (here != section) fmt::print("{}[{}]\n", section.empty() ? "" : "\n", here);
    section = here;
    fmt::print("  {:<30} {:<18} {}\n", key.key, key.type, key.fallback.empty() ? "required" : "default " + key.fallback);
    fmt::print("      {}{}\n", key.meaning, key.allowed.empty() ? "" : "; allowed: " + key.allowed);
  }
  return kAllDone;
}

}  // namespace

void add_keys(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("keys", "List every key of a sweep file with its type, range, default and meaning");
  command->footer("Example:  aesweep keys | grep -A1 weight_decay");
  command->callback([&status] { status = list_keys(); });
}

}  // namespace aesweep
