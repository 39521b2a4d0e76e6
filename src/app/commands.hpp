#pragma once
#include <CLI/CLI.hpp>

#include "usage_error.hpp"

namespace aesweep {

// Exit status of every command   [interfaces.md, "Command line"].
inline constexpr int kAllDone = 0;
inline constexpr int kError = 1;
inline constexpr int kBadInput = 2;
inline constexpr int kSomeFailed = 3;
inline constexpr int kStoppedEarly = 75;

/// Each adds its subcommand; when that is chosen, its exit status is put into `status`.
void add_run(CLI::App& app, int& status);
void add_plan(CLI::App& app, int& status);
void add_status(CLI::App& app, int& status);
void add_show(CLI::App& app, int& status);
void add_keys(CLI::App& app, int& status);
void add_compare(CLI::App& app, int& status);
void add_judge(CLI::App& app, int& status);
void add_extend(CLI::App& app, int& status);
void add_merge(CLI::App& app, int& status);
void add_replay(CLI::App& app, int& status);
void add_verify(CLI::App& app, int& status);
void add_export(CLI::App& app, int& status);
void add_submit(CLI::App& app, int& status);

}  // namespace aesweep
