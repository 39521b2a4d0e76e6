#include "refined_state.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "commands.hpp"
#include "stored_result.hpp"
#include "text.hpp"

namespace aesweep {

std::optional<RefinementState> refinement_state(const ResultReader& reader) {
  if (!reader.exists("/refined/point/site")) return std::nullopt;
  RefinementState state;
  const auto sites = reader.read("/refined/point/site"), generations = reader.read("/refined/point/generation");
  state.budget = sites.size();
  state.points = static_cast<std::uint64_t>(std::ranges::count_if(sites, [](double site) { return site >= 0.0; }));
  state.generations = static_cast<int>(std::ranges::max(generations)) + 1;
  state.exhausted = std::ranges::count(reader.read("/refined/exhausted"), 1.0) > 0;
  state.complete = std::ranges::count(reader.read("/refined/complete"), 0.0) == 0;
  for (const double vertices : reader.read("/refined/vertices")) state.vertices += static_cast<std::uint64_t>(vertices);
  const auto lines = reader.read("/refined/boundary/line");
  for (std::size_t v = 0; v < lines.size(); ++v) {
    if (lines[v] < 0.0) continue;
    ++state.stored_vertices;
    if (v == 0 || lines[v] != lines[v - 1]) ++state.lines;
  }
  return state;
}

std::string in_words(const RefinementState& state) {
  return fmt::format("refined: {} of at most {} in {}{}", grouped(state.points), counted(state.budget, "point"),
                     counted(static_cast<std::uint64_t>(state.generations), "generation"),
                     state.exhausted ? "; refine.points is too small to follow the whole boundary to cells of one step" : "");
}

namespace {

/// Marks the cells of a table that are nearest to the boundary's vertices. @param strides  of the table's axes in the file's.
void mark_boundary(const ResultReader& reader, const std::vector<std::size_t>& strides, std::size_t others, PhaseTable& table) {
  const auto lines = reader.read("/refined/boundary/line");
  std::vector<std::vector<double>> values, vertices;   // of each refined axis
  std::size_t cells = 1;
  for (std::size_t a = others; a < table.axes.size(); ++a) {
    values.push_back(reader.read("/" + table.axes[a].name));
    vertices.push_back(reader.read("/refined/boundary/" + table.axes[a].name));
    cells *= table.axes[a].labels.size();
  }
  const auto slices = table.values.size() / cells, room = lines.size() / slices;
  table.boundary.assign(table.values.size(), 0);
  for (std::size_t v = 0; v < lines.size(); ++v) {
    if (lines[v] < 0.0) continue;
    std::size_t index = v / room;
    for (std::size_t r = 0; r < values.size(); ++r) {
      const auto& own = values[r];
      const auto below = std::clamp<std::ptrdiff_t>(std::ranges::upper_bound(own, vertices[r][v]) - own.begin() - 1, 0, std::ssize(own) - 2);
      const double low = own[static_cast<std::size_t>(below)], high = own[static_cast<std::size_t>(below) + 1];
      const double steps = static_cast<double>(below) + (vertices[r][v] - low) / (high - low);
      const auto nearest = static_cast<std::size_t>(std::lround(steps / static_cast<double>(strides[others + r])));
      const auto labels = table.axes[others + r].labels.size();
      index = index * labels + std::min(nearest, labels - 1);
    }
    table.boundary[index] = 1;
  }
}

}  // namespace

PhaseTable read_refined_table(const ResultReader& reader, const std::string& engine, const std::string& value, std::size_t most) {
  const auto refine = stored_sweep(reader).refine;
  PhaseTable table{.engine = name(refine.engine), .value = refine.observable, .component = {}, .axes = {}, .values = {}, .pending = {}};
  if (refine.observable == "learning_time") table.component = refine.component;
  if (!engine.empty() && engine != table.engine) throw UsageError(fmt::format("--engine {}: the refined grid is that of {}", engine, table.engine));
  if (!value.empty() && value != table.value) throw UsageError(fmt::format("--value {}: the refined grid is that of {}", value, table.value));
  const auto names = reader.dimensions("/refined/dense/value");
  const auto field = reader.read("/refined/dense/value"), complete = reader.read("/refined/complete");
  const std::size_t sites = field.size() / complete.size();
  const auto others = reader.dimensions("/refined/complete").size();
  std::vector<std::size_t> sizes, strides;
  for (std::size_t a = 0; a < names.size(); ++a) {
    auto labels = reader.axis_labels(names[a]);
    std::size_t stride = 1;
    while (a >= others && (labels.size() - 1) / stride > most && (labels.size() - 1) % (2 * stride) == 0) stride *= 2;
    sizes.push_back(labels.size());
    strides.push_back(stride);
    TableAxis axis{names[a], {}, reader.numeric(names[a])};
    for (std::size_t i = 0; i < labels.size(); i += stride) axis.labels.push_back(labels[i]);
    table.axes.push_back(std::move(axis));
  }
  for (std::size_t index = 0; index < field.size(); ++index) {
    bool wanted = true;
    std::size_t rest = index;
    for (std::size_t a = sizes.size(); a-- > 0; rest /= sizes[a]) wanted = wanted && rest % sizes[a] % strides[a] == 0;
    if (!wanted) continue;
    table.values.push_back(field[index]);
    table.pending.push_back(std::isnan(field[index]) && complete[index / sites] == 0.0 ? 1 : 0);   // else all replicas diverged or failed
  }
  mark_boundary(reader, strides, others, table);
  return table;
}

}  // namespace aesweep
