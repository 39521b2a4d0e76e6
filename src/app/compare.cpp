#include <fmt/core.h>

#include <memory>
#include <string>

#include "aesweep/store/result_file.hpp"
#include "commands.hpp"

namespace aesweep {

void add_compare(CLI::App& app, int& status) {
  struct Options { std::string a, b; };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("compare", "Do two result files hold the same bits? Cost columns (seconds, rank, attempts) don't count");
  command->add_option("A.h5", options->a, "a result file")->required();
  command->add_option("B.h5", options->b, "another one")->required();
  command->footer("Example:  aesweep compare one-rank.h5 four-ranks.h5\nExit status: 0 the same bits, 1 differences");
  command->callback([options, &status] {
    const auto result = compare_files(options->a, options->b);
    for (const auto& message : result.messages) fmt::print("{}\n", message);
    if (result.same()) {
      fmt::print("same bits: {} values compared\n", result.compared);
    } else {
      fmt::print("{} of {} values differ\n", result.differing, result.compared);
    }
    status = result.same() ? kAllDone : kError;
  });
}

}  // namespace aesweep
