#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "aesweep/data/hash.hpp"
#include "aesweep/sweep/config.hpp"

namespace aesweep {

/// One fault of a sweep file: where it is ("file:line:column" or "--set key=value"), and what is wrong and allowed, in one sentence or two.
struct Fault {
  std::string where;
  std::string message;
};

/// A sweep file that can't be used. what() is the whole report, one fault after another in the order of the file.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Fault> faults);
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  std::vector<Fault> faults_;
};

/// Values that one key takes along an axis; one of the vectors is filled, by type.
struct AxisColumn {
  enum class Type : std::uint8_t { number, integer, boolean, text };
  std::string key;                   ///< "training.learning_rate"
  Type type = Type::number;
  std::vector<double> numbers;       ///< number, integer, boolean (0, 1)
  std::vector<std::string> texts;    ///< text; also lists and tables, in canonical form; names of files as they were written
};

struct Axis {
  std::string name;
  std::vector<AxisColumn> columns;   ///< one a key; several keys move together
  std::vector<std::string> labels;   ///< what people read: "0.1", "erf", "relu, trained"
  bool logarithmic = false;          ///< from a range with spacing = "log"
  std::size_t size() const { return labels.size(); }
  bool linked() const { return columns.size() > 1; }
};

/// What is refined of a sweep. Its file has room for refine.points points at each combination of the other axes; which site of the lattice, the product of
/// the refined axes, each of them is for is decided while the sweep runs, and shared by all copies of the sweep in a process.
struct RefinedAxes {
  std::vector<Axis> axes;              ///< in the order of the file
  std::vector<std::size_t> positions;  ///< of them among the file's axes
  std::uint64_t sites = 1;             ///< of the lattice
  std::vector<std::int64_t> site;      ///< of each point, row-major over the axes; kNoSite: not asked for
};
inline constexpr std::int64_t kNoSite = -1;

/// A checked sweep: the grid is the product of the axes, the last one fastest (row-major point index).
/// Every point that is not excluded has been checked. Of a refined sweep `axes` are the others and, last, one called "point" that counts the points of each
/// combination; a point without a site has the values of the lattice's first.
class Sweep {
 public:
  std::string name;                  ///< the stem of the file's name where not given
  std::uint64_t seed = 0;
  std::vector<Engine> engines{Engine::ode, Engine::sgd};  ///< in this order
  std::int64_t replicas = 1;         ///< rows of each point; with sequential.min at most so many are run
  SequentialConfig sequential;
  bool common_randomness = false;
  SolverConfig solver;
  RecordConfig record;
  OutcomeConfig outcome;
  RefineConfig refine;
  std::vector<Axis> axes;
  std::shared_ptr<RefinedAxes> refined;   ///< null: the sweep is its grid
  std::string text;                  ///< TOML text after overrides
  std::string directory;             ///< of the sweep file, absolute; relative paths start here
  std::string canonical;             ///< one "key = value" a line, sorted, defaults, axes and exclusions included, name left out; files by SHA-256

  bool has(Engine engine) const;
  std::uint64_t points() const;      ///< excluded ones included; 1 without axes
  std::vector<std::size_t> coordinates(std::uint64_t point) const;
  /// The axes of the file, refined ones among them.
  std::vector<const Axis*> moved() const;
  /// All values filled, training.sgd_method resolved. Also of point_at().
  PointConfig point(std::uint64_t point) const;
  /// A name beyond points() for any site of a refined sweep's lattice, asked for or not; `others`: position among the combinations of the other axes.
  std::uint64_t point_at(std::uint64_t others, std::uint64_t site) const { return points() + others * refined->sites + site; }
  bool excluded(std::uint64_t point) const;

  /// True if an axis moves training.horizon; times are then fractions of the horizon.
  bool relative_time() const;
  /// Recorded times, count + 1 values, the first 0: up to the horizon, or up to 1 where relative_time(). With log spacing the second is
  /// record.first (the horizon where count is 1).
  std::vector<double> times() const;

  /// SHA-256 of `canonical`.
  Digest id() const;
  /// Identity of a point's data, model, training (without horizon) and initial: what its random streams hang on   [interfaces.md, "Identity"].
  Digest stream_id(const PointConfig& point) const;
  /// stream_id and horizon, solver, record: what its stored rows hang on.
  Digest point_id(const PointConfig& point) const;
  /// Key of a point's random streams: 64 bits of hash(seed, stream id), or of the seed alone with common_randomness.
  std::uint64_t stream_key(const PointConfig& point) const;

  /// Index of a point in the grid of all axes of the file.
  std::uint64_t grid_index(std::uint64_t point) const;

  struct Grid;                       ///< base point, parsed axis values, exclusions
  std::shared_ptr<const Grid> grid;
};

/// Reads and checks a sweep file. `overrides` are the --set options, "key=value" with a TOML value (a bare word counts as a string).
/// @throws ConfigError with every fault found (a TOML syntax error stands alone).
Sweep load_sweep(const std::string& path, std::span<const std::string> overrides = {});
/// Same for a text, with `directory` as the place of relative paths and `label` as the file's name in messages.
Sweep parse_sweep(std::string_view text, const std::string& directory, const std::string& label, std::span<const std::string> overrides = {});

/// A key of the sweep file, for `aesweep keys` and for messages.
struct KeyInfo {
  std::string key, type, allowed, fallback, meaning;   ///< fallback: the default, "" where the key is required
};
std::vector<KeyInfo> all_keys();

/// Lines of two canonical texts that differ, "key: a -> b", for messages on files made from another sweep.
std::vector<std::string> differences(std::string_view canonical_a, std::string_view canonical_b);

/// The value of a key in a canonical text, "" if it is not there.
std::string canonical_value(std::string_view canonical, const std::string& key);

}  // namespace aesweep
