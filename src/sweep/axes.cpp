#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "axis_values.hpp"
#include "reading.hpp"
#include "suggest.hpp"

namespace aesweep {
namespace {

// Names that stand for something else in the result file.
constexpr std::array<std::string_view, 13> kReserved{"time",    "replica", "component", "k",     "l",         "ode",    "sgd",
                                                     "exact",   "descent", "deep",      "phase", "reference", "refined"};
// Datasets that lie in one group with the axes' scales. A test of the experiment layer compares them with what is stored.
constexpr std::array<std::string_view, 29> kStored{
    "pmse",   "explained", "pmse_clean",   "explained_clean", "pmse_training", "final_pmse",  "excess",      "learnt",     "learning_time", "converged",
    "status", "seconds",   "steps",        "rank",            "attempts",    "checksum",    "theory_gap", "theory_bias",   "success",
    "chance", "pca_error", "success_low",  "success_high",    "learnt_mean", "excess_mean", "excess_sem",
    "replicas", "denoising_error", "instruction_set"};
constexpr std::array<std::string_view, 8> kStoredOrderParameters{"Q", "R", "T1", "T0", "Q_bulk", "R_bulk", "T1_bulk", "T0_bulk"};
constexpr std::array<std::string_view, 5> kStoredLeading{"encoder", "decoder", "bias", "encoder_norm", "decoder_norm"};
constexpr std::array<std::string_view, 4> kStoredFinal{"final_encoder", "final_decoder", "final_bias", "coordinate"};
constexpr std::array<std::string_view, 17> kStoredDeep{
    "bound", "reach",      "error_quantile", "quantile",    "supremum",       "final_supremum", "exceptional", "epsilon",   "pieces", "cuts",
    "latent_low", "latent_high",    "reconstruction", "latent", "original",   "sample",         "coordinate"};
constexpr double kMaxPoints = 1e9;

bool is_stored(const std::string& name, const Sweep& sweep) {
  const RecordConfig& record = sweep.record;
  const auto among = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return among(kStored) || (record.order_parameters && among(kStoredOrderParameters)) ||
         (record.weights == WeightsRecord::leading && among(kStoredLeading)) || (record.weights == WeightsRecord::final && among(kStoredFinal)) ||
         (sweep.has(Engine::deep) && among(kStoredDeep));
}

/// One [[axis]] table while it is read.
class AxisReader {
 public:
  AxisReader(Reading& reading, const toml::table& table) : reading_(reading), table_(table) {
    const std::size_t before = reading.report.size();
    walk(reading, table, "axis", [&](const Key& key, const toml::node& node) { nodes_.emplace(key.path, &node); });
    good_ = reading.report.size() == before;
  }

  /// Adds the axis to the sweep; where it has faults, these are reported and its keys count as faulty.
  void read() {
    const bool linked = node("axis.keys") != nullptr;
    read_keys();
    const std::string name = read_name();
    AxisValues values(reading_, keys_, linked);
    if (good_) {
      read_values(values);
    }
    if (!good_ || !values.good()) {
      for (const Key* key : keys_) {
        reading_.faulty.insert(key->path);
      }
      return;
    }
    reading_.sweep.axes.push_back({name, values.columns(), values.labels(), values.logarithmic()});
    reading_.grid->axes.push_back(values.grid_axis());
    reading_.grid->axes.back().size = values.labels().size();
    reading_.rows.push_back(values.places());
  }

 private:
  const toml::node* node(const std::string& path) const {
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? nullptr : found->second;
  }

  void fault(const toml::node& where, const std::string& message) {
    reading_.report.add(place_of(where.source()), message);
    good_ = false;
  }

  template <class T>
  std::optional<T> get(const std::string& path) {
    if (const toml::node* found = node(path)) {
      if (auto value = convert(reading_, *find_key(path), *found)) {
        return std::get<T>(*value);
      }
      good_ = false;
    }
    return std::nullopt;
  }

  void read_keys() {
    const toml::node* one = node("axis.key");
    const toml::node* several = node("axis.keys");
    if (one != nullptr && several != nullptr) {
      return fault(table_, "axis.key: an axis has either key or keys, not both");
    }
    if (one == nullptr && several == nullptr) {
      return good_ ? fault(table_, "axis.key: missing; an axis has a key, or a list of keys that move together") : void();
    }
    if (one != nullptr) {
      if (const auto path = get<std::string>("axis.key")) {
        add_key(*path, *one);
      }
    } else if (const auto paths = get<std::vector<std::string>>("axis.keys")) {
      for (std::size_t i = 0; i < paths->size(); ++i) {
        add_key((*paths)[i], (*several->as_array())[i]);
      }
    }
  }

  void add_key(const std::string& path, const toml::node& where) {
    const Key* key = find_key(path);
    if (key == nullptr) {
      return fault(where, fmt::format("{}: {}", path, unknown_key(path)));
    }
    if (key->scope != Scope::point) {
      return fault(where, fmt::format("{}: can't be an axis; the keys of [data], [model], [training] and [initial] can", path));
    }
    keys_.push_back(key);
    for (const auto& [other, place] : reading_.on_axes) {
      if (related(other, path)) {
        return fault(where, fmt::format("{}: moved by two axes; {} is already moved at line {}", path, other, place.line));
      }
    }
    reading_.on_axes.emplace(path, place_of(where.source()));
    for (const auto& [option, place] : reading_.options) {
      if (related(option, path)) {
        const std::string moved = option == path ? "" : path + " is ";
        reading_.report.add(place, fmt::format("{}: {}moved by the axis at line {}, which overrides it", option, moved, where.source().begin.line));
      }
    }
  }

  std::string read_name() {
    const toml::node* given = node("axis.name");
    const auto written = get<std::string>("axis.name");
    if (given == nullptr && keys_.size() > 1) {
      fault(table_, "axis.name: missing; an axis of several keys needs a name");
      return "";
    }
    if ((given != nullptr && !written) || keys_.empty()) {
      return "";
    }
    const std::string name = written.value_or(keys_.front()->last());
    const toml::node& where = given != nullptr ? *given : table_;
    if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
      fault(where, fmt::format("axis.name = \"{}\": reserved; names that an axis can't have are {}", name, fmt::join(kReserved, ", ")));
    } else if (is_stored(name, reading_.sweep)) {
      fault(where, fmt::format("axis.name = \"{0}\": the result file holds a quantity of this name; give the axis another `name`", name));
    } else if (!reading_.axis_names.insert(name).second) {
      fault(where, fmt::format("axis.name = \"{}\": two axes have this name; give one of them another `name`", name));
    }
    return name;
  }

  void read_values(AxisValues& values) {
    const toml::node* list = node("axis.values");
    const auto* range = table_.get_as<toml::table>("range");
    if ((list == nullptr) == (range == nullptr)) {
      return fault(table_, fmt::format("axis over {}: {}", keys_.front()->path,
                                       list == nullptr ? "has no values; give `values` or `range`" : "has either values or range, not both"));
    }
    if (range != nullptr) {
      values.read_range(*range);
    } else {
      values.read_list(*list);
    }
  }

  Reading& reading_;
  const toml::table& table_;
  std::map<std::string, const toml::node*> nodes_;
  std::vector<const Key*> keys_;
  bool good_ = true;
};

}  // namespace

void read_axes(Reading& reading) {
  const auto* tables = reading.root.get_as<toml::array>("axis");
  if (tables == nullptr || !tables->is_array_of_tables()) {
    return;
  }
  for (const toml::node& table : *tables) {
    AxisReader(reading, *table.as_table()).read();
  }
  double points = 1;
  for (const GridAxis& axis : reading.grid->axes) {
    points *= static_cast<double>(axis.size);
  }
  if (points > kMaxPoints) {
    reading.report.add(place_of((*tables)[0].source()), fmt::format("the grid has {:g} points: must be at most {:g}", points, kMaxPoints));
    reading.points_checkable = false;
  }
  reading.grid->set_strides();
}

}  // namespace aesweep
