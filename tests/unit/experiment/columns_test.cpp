#include "aesweep/experiment/columns.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace aesweep {
namespace {

// An axis' scale lies in the groups of the engines and of /phase: whatever is stored there, an axis can't be called so.
TEST(Columns, NoAxisCanHaveTheirNames) {
  for (const std::string weights : {"leading", "final"}) {
    const std::string base = "[sweep]\nname = \"x\"\n[data]\nspikes = [1]\ntraining_samples = 5\n[training]\ninput_noise = 1\n"
                             "[record]\norder_parameters = true\nweights = \"" + weights + "\"\n";
    const auto sweep = parse_sweep(base, ".", "x.toml");
    std::vector<std::string> names{"status", "checksum", "chance", "pca_error", "denoising_error"};
    for (const auto engine : {Engine::ode, Engine::sgd, Engine::exact, Engine::descent})
      for (const auto& column : engine_columns(sweep, engine)) {
        names.push_back(column.name);
        names.insert(names.end(), column.dims.begin(), column.dims.end());
      }
    for (const auto& column : phase_columns(sweep)) names.push_back(column.name.substr(column.name.find('/') + 1));
    EXPECT_GT(names.size(), 40u);
    for (const auto& name : names) {
      const auto text = base + fmt::format("[[axis]]\nname = \"{}\"\nkey = \"model.hidden\"\nvalues = [1, 2]\n", name);
      EXPECT_THROW(parse_sweep(text, ".", "x.toml"), ConfigError) << name;
    }
  }
}

TEST(Columns, NorThoseOfDeepNetworks) {
  const std::string base = "[sweep]\nengines = [\"deep\"]\n[data]\nkind = \"manifold\"\ntraining_samples = 5\n[record]\nreconstruction = 3\n";
  const auto sweep = parse_sweep(base, ".", "x.toml");
  auto names = reference_columns(sweep);
  for (const auto& column : engine_columns(sweep, Engine::deep)) {
    names.push_back(column.name);
    names.insert(names.end(), column.dims.begin(), column.dims.end());
    EXPECT_NO_THROW(row_size(column, extents_of(sweep))) << column.name;
  }
  EXPECT_GT(names.size(), 40u);
  for (const auto& name : names)
    EXPECT_THROW(parse_sweep(base + fmt::format("[[axis]]\nname = \"{}\"\nkey = \"model.hidden\"\nvalues = [1, 2]\n", name), ".", "x.toml"), ConfigError) << name;
}

// An axis over model.bias is called "bias" as long as nothing of that name is stored.
TEST(Columns, TheNameOfAColumnThatIsNotKeptIsFree) {
  EXPECT_NO_THROW(parse_sweep("[data]\nspikes = [1]\n[[axis]]\nkey = \"model.bias\"\nvalues = [\"none\", \"trained\"]\n", ".", "x.toml"));
}

}  // namespace
}  // namespace aesweep
