#include <fmt/core.h>

#include "aesweep/sweep/sweep.hpp"
#include "commands.hpp"
#include "kernel_modules.hpp"

namespace {

/// An unknown word in the place of a command, which CLI11 would only call a missing one.
bool is_known_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return true;
  std::string names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == argv[1]) return true;
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  fmt::print(stderr, "aesweep: {}: no such command; one of {}\nRun with --help for more information.\n", argv[1], names);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  // The program itself is compiled for the first of its instruction sets.
  if (const auto own = aesweep::instruction_sets_here().front(); !own.obstacle.empty()) {
    fmt::print(stderr, "aesweep: {}, which the program needs\n", own.obstacle);
    return aesweep::kError;
  }
  CLI::App app("aesweep: phase diagrams of learning in shallow autoencoders, theory and simulation side by side", "aesweep");
  app.set_version_flag("--version", [] { return fmt::format("{}\ninstruction sets: {}", AESWEEP_VERSION, aesweep::describe_instruction_sets()); });
  app.require_subcommand(1);
  app.fallthrough(false);
  app.footer("A first diagram:  aesweep run sweeps/quickstart.toml && aesweep show quickstart.h5\n"
             "Exit status: 0 all done, 1 error, 2 bad sweep file or arguments, 3 some points failed, 75 stopped early (run again to continue)");
  int status = aesweep::kAllDone;
  aesweep::add_run(app, status);
  aesweep::add_plan(app, status);
  aesweep::add_status(app, status);
  aesweep::add_show(app, status);
  aesweep::add_keys(app, status);
  aesweep::add_compare(app, status);
  aesweep::add_judge(app, status);
  aesweep::add_extend(app, status);
  aesweep::add_merge(app, status);
  aesweep::add_replay(app, status);
  aesweep::add_verify(app, status);
  aesweep::add_export(app, status);
  aesweep::add_submit(app, status);
  if (!is_known_command(app, argc, argv)) return aesweep::kBadInput;
  try {
    app.parse(argc, argv);
    return status;
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? aesweep::kAllDone : aesweep::kBadInput;
  } catch (const aesweep::ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return aesweep::kBadInput;
  } catch (const aesweep::UsageError& error) {
    fmt::print(stderr, "aesweep: {}\n", error.what());
    return aesweep::kBadInput;
  } catch (const std::exception& error) {
    fmt::print(stderr, "aesweep: {}\n", error.what());
    return aesweep::kError;
  }
}
