#pragma once
#include <toml++/toml.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "grid.hpp"
#include "report.hpp"
#include "schema.hpp"

namespace aesweep {

/// A sweep file while it is read: what stands where, what is wrong, and the sweep as far as it is known.
struct Reading {
  Reading(toml::table document, std::string where, const std::string& label)
      : root(std::move(document)), directory(std::move(where)), report(label) {}

  toml::table root;
  std::string directory;
  Report report;
  std::map<std::string, Place> options;   ///< keys that --set gives
  std::map<std::string, Place> given;     ///< keys of the sections that the file or an option gives
  std::map<std::string, Place> on_axes;   ///< keys that axes name, of faulty axes too
  std::set<std::string> faulty;           ///< keys with a fault of their own: what hangs on them is not checked
  std::vector<std::vector<Place>> rows;   ///< place of each value of each axis
  std::set<std::string> axis_names;
  bool points_checkable = true;           ///< false if it is not known which points there are
  Sweep sweep;
  std::shared_ptr<Sweep::Grid> grid = std::make_shared<Sweep::Grid>();

  /// Place of a node that belongs to `key`: the option, if it came from one.
  Place place(const toml::node& node, const std::string& key) const;
  /// Place of a key's table, or of the file's beginning.
  Place section_place(const std::string& section) const;
  /// The key, or one above or below it, has a fault.
  bool is_faulty(std::string_view key) const;
};

/// A TOML node on one line, abbreviated where long.
std::string shown(const toml::node& node);
std::string shown_whole(const toml::node& node);

/// The node as a value of the key; nothing where it is none, which is reported.
std::optional<Value> convert(Reading& reading, const Key& key, const toml::node& node);

/// Calls `visit` for every key in a table of the file; keys that are not in the schema are reported.
/// @param prefix  the table's place in the schema: "training", "axis", "axis.range".
void walk(Reading& reading, const toml::table& table, const std::string& prefix, const std::function<void(const Key&, const toml::node&)>& visit);

// The steps of reading, in this order. Each reports what it finds wrong and goes on as far as it can.

/// Puts the values of --set options into the table.
void apply_overrides(Reading& reading, std::span<const std::string> overrides);
/// All tables but [[axis]] and [[exclude]].
void read_sections(Reading& reading);
void read_axes(Reading& reading);
/// Keys that are missing, and keys that no point of the grid uses.
void check_presence(Reading& reading);
/// What is particular to deep networks: defaults where they are others, and layers given twice.
void read_deep(Reading& reading);
void probe_files(Reading& reading);
void read_exclusions(Reading& reading);
/// What several keys must fulfil together, at every point that is not excluded; fills record.components.
void check_points(Reading& reading);
/// What [refine] must fulfil together with the axes; fills its engine and levels.
void read_refine(Reading& reading);
/// Puts the axis "point" into the place of the refined ones.
void refine_axes(Sweep& sweep);

/// Values that data.kind, data.format or initial.kind take in the grid; empty where they are not known for a fault.
std::vector<DataKind> data_kinds(const Reading& reading);
std::vector<StartKind> start_kinds(const Reading& reading);
std::vector<ImageFormat> image_formats(const Reading& reading);
/// Whether some point of the grid fulfils the condition; true without one, and where it is not known for a fault.
bool holds_somewhere(const Reading& reading, const Condition& condition);

/// Sweep::canonical.
std::string canonical_text(const Reading& reading);

}  // namespace aesweep
