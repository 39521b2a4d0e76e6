#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "aesweep/store/result_file.hpp"
#include "commands.hpp"
#include "draw.hpp"
#include "phase_table.hpp"
#include "point_name.hpp"
#include "refined_state.hpp"
#include "text.hpp"

namespace aesweep {
namespace {

constexpr std::size_t kMostPanels = 12;
constexpr std::size_t kMostRefined = 32;   // steps of a refined axis

struct Options {
  std::string file, engine, value = "learnt", x, y;
  std::vector<std::string> at;
  bool value_given = false;
  int width = 0;
};

std::vector<std::string> names_of(const PhaseTable& table) {
  std::vector<std::string> names;
  for (const auto& axis : table.axes) names.push_back(axis.name);
  return names;
}

std::size_t axis_index(const PhaseTable& table, const std::string& name, const std::string& option) {
  const auto names = names_of(table);
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) throw UsageError(fmt::format("{}: no axis '{}' in the file; one of {}", option, name, fmt::join(names, ", ")));
  return static_cast<std::size_t>(found - names.begin());
}

/// Position on each axis, or -1 where it is free.
std::vector<std::ptrdiff_t> fixed_by(const PhaseTable& table, const std::vector<std::string>& at) {
  std::vector<std::ptrdiff_t> fixed(table.axes.size(), -1);
  for (const auto& text : at) {
    const auto split = text.find('=');
    if (split == std::string::npos) throw UsageError(fmt::format("--at {}: expected AXIS=VALUE", text));
    const auto axis = axis_index(table, text.substr(0, split), "--at " + text);
    fixed[axis] = position_on_axis(table.axes[axis].labels, table.axes[axis].numeric, text.substr(split + 1));
    if (fixed[axis] < 0) throw UsageError(fmt::format("--at {}: the axis has {}", text, fmt::join(table.axes[axis].labels, ", ")));
  }
  return fixed;
}

/// The longest free axis, numeric ones first; the later one of equals where `prefer_last`. table.axes.size() if there is none.
std::size_t longest_free(const PhaseTable& table, const std::vector<std::ptrdiff_t>& fixed, std::size_t other, bool prefer_last) {
  std::size_t best = table.axes.size();
  const auto weight = [&](std::size_t a) { return std::pair(table.axes[a].numeric, table.axes[a].labels.size()); };
  for (std::size_t a = 0; a < table.axes.size(); ++a) {
    if (fixed[a] >= 0 || a == other) continue;
    if (best == table.axes.size() || weight(a) > weight(best) || (prefer_last && weight(a) == weight(best))) best = a;
  }
  return best;
}

/// All positions of the axes that are neither x nor y nor fixed: one panel each.
std::vector<std::vector<std::size_t>> panel_positions(const PhaseTable& table, const std::vector<std::ptrdiff_t>& fixed, std::size_t x, std::size_t y) {
  std::vector<std::vector<std::size_t>> positions{std::vector<std::size_t>(table.axes.size(), 0)};
  for (std::size_t a = 0; a < table.axes.size(); ++a) {
    if (a == x || a == y) continue;
    std::vector<std::vector<std::size_t>> next;
    for (auto position : positions) {
      if (fixed[a] >= 0) {
        position[a] = static_cast<std::size_t>(fixed[a]);
        next.push_back(position);
        continue;
      }
      for (position[a] = 0; position[a] < table.axes[a].labels.size(); ++position[a]) next.push_back(position);
    }
    positions = std::move(next);
  }
  return positions;
}

std::size_t flat(const PhaseTable& table, const std::vector<std::size_t>& position) {
  std::size_t index = 0;
  for (std::size_t a = 0; a < position.size(); ++a) index = index * table.axes[a].labels.size() + position[a];
  return index;
}

/// Three digits where they tell all numbers of an axis apart.
std::vector<std::string> short_labels(const TableAxis& axis) {
  if (!axis.numeric) return axis.labels;
  std::vector<std::string> labels;
  for (const auto& label : axis.labels) labels.push_back(fmt::format("{:.3g}", std::stod(label)));
  const std::set<std::string> distinct(labels.begin(), labels.end());
  return distinct.size() == labels.size() ? labels : axis.labels;
}

Panel panel_at(const PhaseTable& table, std::vector<std::size_t> position, std::size_t x, std::size_t y) {
  Panel panel;
  for (std::size_t a = 0; a < table.axes.size(); ++a)
    if (a != x && a != y) panel.title += fmt::format("{}{} = {}", panel.title.empty() ? "" : ", ", table.axes[a].name, table.axes[a].labels[position[a]]);
  const bool has_x = x < table.axes.size(), has_y = y < table.axes.size();
  panel.x_labels = has_x ? short_labels(table.axes[x]) : std::vector<std::string>{""};
  panel.x_name = has_x ? table.axes[x].name : "";
  panel.y_labels = has_y ? short_labels(table.axes[y]) : std::vector<std::string>{""};
  panel.y_name = has_y ? table.axes[y].name : "";
  if (has_y && table.axes[y].numeric) std::ranges::reverse(panel.y_labels);
  for (std::size_t row = 0; row < panel.y_labels.size(); ++row)
    for (std::size_t column = 0; column < panel.x_labels.size(); ++column) {
      if (has_y) position[y] = table.axes[y].numeric ? panel.y_labels.size() - 1 - row : row;
      if (has_x) position[x] = column;
      panel.values.push_back(table.values[flat(table, position)]);
      panel.pending.push_back(table.pending[flat(table, position)]);
      if (!table.boundary.empty()) panel.boundary.push_back(table.boundary[flat(table, position)]);
    }
  return panel;
}

std::string meaning(const PhaseTable& table) {
  static const std::map<std::string, std::string> kMeanings{
      {"learnt", "learnt components"},        {"success", "success probability"}, {"excess", "excess error (0 best, 1 chance)"},
      {"final_pmse", "error at the horizon"}, {"theory_gap", "gap between SGD and the flow, in units of chance"},
      {"final_supremum", "largest error on the manifold at the horizon"}, {"learning_time", "learning time, the horizon where never"},
      {"diverged", "share of diverged replicas"}, {"converged", "share of stationary replicas"}, {"seconds", "seconds a replica"}, {"steps", "steps"}};
  const bool share = table.engine == "deep" && table.value == "excess";
  const std::string of_component = table.component ? fmt::format("component {}, ", *table.component) : "";
  return (share ? "share of the manifold with an error above outcome.epsilon" : kMeanings.at(table.value)) + " (" + of_component + table.engine + ", mean over replicas)";
}

int show(const Options& options) {
  const ResultReader reader(options.file);
  // What is shown of learnt and excess are means over replicas, which is what /phase calls them.
  const auto refinement = refinement_state(reader);
  const std::string value = options.value == "learnt_mean" ? "learnt" : options.value == "excess_mean" ? "excess" : options.value;
  const auto table = refinement ? read_refined_table(reader, options.engine, options.value_given ? value : "", kMostRefined)
                                : read_phase_table(reader, options.engine, value);
  const auto fixed = fixed_by(table, options.at);
  const std::size_t none = table.axes.size();
  std::size_t x = options.x.empty() ? none : axis_index(table, options.x, "--x");
  std::size_t y = options.y.empty() ? none : axis_index(table, options.y, "--y");
  if (x != none && x == y) throw UsageError("--x and --y name the same axis");
  for (const auto axis : {x, y})
    if (axis != none && fixed[axis] >= 0) throw UsageError(fmt::format("axis '{}' is fixed by --at and drawn as well", table.axes[axis].name));
  if (x == none) x = longest_free(table, fixed, y, true);
  if (y == none) y = longest_free(table, fixed, x, false);

  const auto positions = panel_positions(table, fixed, x, y);
  std::vector<Panel> panels;
  for (const auto& position : positions) panels.push_back(panel_at(table, position, x, y));
  const auto scale = scale_of(panels, table.value == "learnt", meaning(table));
  const int width = options.width > 0 ? options.width : terminal_width();
  const bool colour = colour_wanted();
  for (std::size_t p = 0; p < std::min(panels.size(), kMostPanels); ++p) fmt::print("{}\n", draw(panels[p], scale, width, colour));
  if (panels.size() > kMostPanels) fmt::print("... and {} more panels: choose with --at AXIS=VALUE\n", panels.size() - kMostPanels);
  fmt::print("{}", legend(scale, !table.boundary.empty(), width, colour));
  if (refinement)
    fmt::print("{}\nboundary: {} in {}, in /refined/boundary{}; between points the grid is interpolated\n", in_words(*refinement),
               refinement->vertices == 1 ? "1 vertex" : grouped(refinement->vertices) + " vertices", counted(refinement->lines, "line"),
               refinement->stored_vertices == refinement->vertices ? "" : fmt::format(" as far as there is room: {} (more with a larger refine.points)", grouped(refinement->stored_vertices)));
  return kAllDone;
}

}  // namespace

void add_show(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("show", "A phase diagram in the terminal; works while a run is writing");
  command->add_option("FILE.h5", options->file, "the result file")->required();
  command->add_option("--engine", options->engine, "ode, sgd, exact, descent or deep (default: sgd where there is one)");
  auto* value = command->add_option("--value", options->value, fmt::format("one of {} (learnt_mean and excess_mean as well)", fmt::join(phase_values(), ", ")))->capture_default_str();
  command->add_option("--x", options->x, "axis from left to right (default: the longest numeric one)");
  command->add_option("--y", options->y, "axis from bottom to top");
  command->add_option("--at", options->at, "AXIS=VALUE: fix an axis; axes left free give a panel a value")->take_all();
  command->add_option("--width", options->width, "columns to use (default: the terminal's)")->check(CLI::Range(20, 1000));
  command->footer("Example:  aesweep show quickstart.h5 --engine ode --value excess --at activation=erf\n"
                  "NO_COLOR is obeyed; without a terminal there is no colour either.");
  command->callback([options, value, &status] {
    options->value_given = value->count() > 0;
    status = show(*options);
  });
}

}  // namespace aesweep
