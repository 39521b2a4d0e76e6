#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "reading.hpp"

namespace aesweep {
namespace {

toml::table parsed(std::string_view text, const std::string& label) {
  try {
    return toml::parse(text, std::string_view(label));
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    throw ConfigError({{fmt::format("{}:{}:{}", label, begin.line, begin.column), fmt::format("not TOML: {}", error.description())}});
  }
}

std::string serialised(const toml::table& table) {
  std::ostringstream out;
  out << toml::toml_formatter(table) << '\n';
  return out.str();
}

}  // namespace

Sweep parse_sweep(std::string_view text, const std::string& directory, const std::string& label, std::span<const std::string> overrides) {
  Reading reading(parsed(text, label), std::filesystem::absolute(directory).lexically_normal().string(), label);
  Sweep& sweep = reading.sweep;
  sweep.grid = reading.grid;
  sweep.name = std::filesystem::path(label).stem().string();
  sweep.directory = reading.directory;
  apply_overrides(reading, overrides);
  read_sections(reading);
  read_axes(reading);
  check_presence(reading);
  read_deep(reading);
  probe_files(reading);
  read_exclusions(reading);
  check_points(reading);
  read_refine(reading);
  reading.report.throw_if_any();

  sweep.text = overrides.empty() ? std::string(text) : serialised(reading.root);
  reading.grid->files.hash();
  sweep.canonical = canonical_text(reading);
  if (sweep.refine.wanted()) {
    refine_axes(sweep);
  }
  return sweep;
}

Sweep load_sweep(const std::string& path, std::span<const std::string> overrides) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || !std::filesystem::is_regular_file(path)) {
    throw ConfigError({{path, "can't be read"}});
  }
  return parse_sweep(text.str(), std::filesystem::absolute(path).parent_path().string(), path, overrides);
}

}  // namespace aesweep
