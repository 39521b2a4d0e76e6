// docs/combinations.md against the program: every combination of the table's columns is asked for, the refused ones for the reason that the table gives, the
// others by running a small network.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <sstream>
#include <vector>

#include "aesweep/experiment/experiment.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

enum Column : std::size_t { kRule, kTied, kBias, kActivation, kData, kLatent, kEngine, kVerdict };
using Cells = std::array<std::string, 8>;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" `"), last = text.find_last_not_of(" `");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

/// The table's lines, in their order.
std::vector<Cells> table() {
  std::ifstream file(AESWEEP_TEST_DATA "/../../docs/combinations.md");
  EXPECT_TRUE(file.is_open());
  std::vector<Cells> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| ") || line.starts_with("| rule ")) continue;
    std::istringstream in(line.substr(1));
    Cells cells;
    for (auto& cell : cells) {
      std::getline(in, cell, '|');
      cell = trimmed(cell);
    }
    rows.push_back(cells);
  }
  return rows;
}

/// "*", "not x" or a list.
bool fits(const std::string& cell, const std::string& value) {
  if (cell == "*") return true;
  if (cell.starts_with("not ")) return cell.substr(4) != value;
  std::istringstream in(cell);
  for (std::string entry; std::getline(in, entry, ',');)
    if (trimmed(entry) == value) return true;
  return false;
}

const std::string& verdict(const std::vector<Cells>& rows, const Cells& asked) {
  for (const auto& row : rows) {
    bool all = true;
    for (std::size_t c = 0; c < kVerdict; ++c) all = all && fits(row[c], asked[c]);
    if (all) return row[kVerdict];
  }
  static const std::string none = "no line fits";
  return none;
}

std::string data_text(const Cells& asked, const ImageFile& images) {
  const std::string& data = asked[kData];
  if (data == "spiked" || data == "infinite")
    return fmt::format("[data]\nspikes = {}\ndimension = {}\nlatent = \"{}\"\n", asked[kEngine] == "exact" ? "[2.0, 1.0]" : "[2.0]",
                       data != "spiked" ? "\"infinity\"" : asked[kEngine] == "gram" ? "60" : "6", asked[kLatent]);
  if (data == "manifold") return "[data]\nkind = \"manifold\"\n";
  if (data == "power_law") return "[data]\nkind = \"power_law\"\ndimension = 6\n";
  if (data == "marchenko_pastur") return "[data]\nkind = \"marchenko_pastur\"\ndimension = 6\nspikes = [2.0]\nbulk_samples = 9\n";
  if (data == "spectrum") return "[data]\nkind = \"spectrum\"\nfile = \"" AESWEEP_TEST_DATA "/hdf5_inputs/spectrum_float64.hdf5\"\n";
  return images.data() + (data == "surrogate" ? "gaussian_surrogate = true\n" : "");
}

/// Deep networks have no key of shallow ones, not even at its default.
std::string deep_text(const Cells& asked) {
  const bool sgd = asked[kEngine] == "vector" || asked[kEngine] == "gram";
  return fmt::format("[sweep]\nengines = [\"{}\"]\n[data]\nkind = \"manifold\"\n[model]\nwidth = 4\ndepth = 1\nactivation = \"{}\"\n{}{}[training]\nhorizon = 2\nbatch = 4\n{}"
                     "[record]\ncount = 1\n",
                     sgd ? "sgd" : asked[kEngine], asked[kActivation], asked[kTied] == "untied" ? "" : "tied = true\n",
                     asked[kBias] == "none" ? "" : fmt::format("bias = \"{}\"\n", asked[kBias]), asked[kRule] == "sgd" ? "" : fmt::format("rule = \"{}\"\n", asked[kRule]));
}

/// Short and coarse: the question is whether it runs, not where it goes.
std::string text_of(const Cells& asked, const ImageFile& images) {
  if (asked[kData] == "manifold") return deep_text(asked);
  const bool tied = asked[kTied] != "untied", exact = asked[kEngine] == "exact", sgd = asked[kEngine] == "vector" || asked[kEngine] == "gram";
  return fmt::format("[sweep]\nengines = [\"{}\"]\n{}[model]\nhidden = 2\nactivation = \"{}\"\nbias = \"{}\"\ntied = {}\n[training]\nrule = \"{}\"\n"
                     "learning_rate = 0.1\nhorizon = 1.0\n{}{}[initial]\n{}{}[solver]\nrelative_tolerance = 1e-3\nabsolute_tolerance = 1e-3\n"
                     "[record]\ncount = 1\ncomponents = 1\n",
                     sgd ? "sgd" : asked[kEngine], data_text(asked, images), asked[kActivation], asked[kBias], tied, asked[kRule],
                     sgd ? fmt::format("sgd_method = \"{}\"\n", asked[kEngine]) : "",
                     tied ? fmt::format("tied_rate = 2.0\ntied_gradient = \"{}\"\n", asked[kTied]) : "",
                     exact ? "kind = \"aligned\"\nencoder_scale = 0.3\ndecoder_scale = 0.3\n" : "", asked[kBias] == "none" ? "" : "bias = 0.1\n");
}

std::string report_of(const std::string& text, std::optional<Sweep>& sweep) {
  try {
    sweep = parse_sweep(text, "/", "test.toml");
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

/// "" if the network ran and learnt something finite.
std::string run(const Sweep& sweep) {
  const auto owned = make_experiment(sweep, load_pool, [] { return 0.0; });
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  if (!result.failures.empty()) return result.failures.front();
  if (result.rows.front().status != Status::done) return "not done";
  const auto& pmse = column(experiment, result, 0, "pmse");
  return std::isfinite(pmse.back()) && pmse.back() != pmse.front() ? "" : fmt::format("pmse from {} to {}", pmse.front(), pmse.back());
}

std::string check(const std::vector<Cells>& rows, const Cells& asked, const ImageFile& images) {
  const std::string& wanted = verdict(rows, asked);
  std::optional<Sweep> sweep;
  const std::string report = report_of(text_of(asked, images), sweep);
  if (wanted == "supported") return report.empty() ? run(*sweep) : "refused: " + report;
  const std::string reason = wanted.substr(std::string("refused: ").size());
  return report.find(reason) != std::string::npos ? "" : fmt::format("the table says {}, the program \"{}\"", wanted, report);
}


std::vector<std::string> activations() {
  std::vector<std::string> names;
  for (const auto activation : all_activations()) names.emplace_back(name(activation));
  return names;
}

TEST(Combinations, AreThoseOfTheTable) {
  const auto rows = table();
  ASSERT_GT(rows.size(), 5U);
  const ImageFile images;
  const std::vector<std::string> latents{"gaussian", "rademacher", "laplace", "sparse", "nonnegative", "mixture"};
  std::size_t asked_for = 0, faults = 0;
  for (const auto* rule : {"sgd", "truncated", "hebb", "normalised_hebb", "oja", "sanger"})
    for (const auto* tied : {"untied", "full", "encoder"})
      for (const auto* bias : {"none", "fixed", "trained"})
        for (const auto& activation : activations())
          for (const auto* data : {"spiked", "infinite", "power_law", "marchenko_pastur", "spectrum", "images", "surrogate", "manifold"})
            for (const auto& latent : latents)
              for (const auto* engine : {"ode", "vector", "gram", "exact", "descent", "deep"}) {
                const bool has_latents = data == std::string("spiked") || data == std::string("infinite");
                if (!has_latents && latent != "gaussian") continue;
                const Cells asked{rule, tied, bias, activation, data, latent, engine, ""};
                ++asked_for;
                const std::string fault = check(rows, asked, images);
                if (!fault.empty() && ++faults <= 20) ADD_FAILURE() << fmt::format("{}: {}", fmt::join(asked, " "), fault);
              }
  EXPECT_EQ(faults, 0U) << "of " << asked_for;
  EXPECT_EQ(asked_for, 6U * 3U * 3U * 9U * (2U * 6U + 6U) * 6U);
}

}  // namespace
}  // namespace aesweep
