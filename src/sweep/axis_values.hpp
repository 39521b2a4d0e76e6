#pragma once
#include <string>
#include <vector>

#include "reading.hpp"

namespace aesweep {

/// The values of one axis while they are read: rows of the keys' values, from a list or from a range.
class AxisValues {
 public:
  /// @param keys  what the axis moves, all of them keys of points.   @param linked  rows are lists, one value a key.
  AxisValues(Reading& reading, std::vector<const Key*> keys, bool linked);

  void read_list(const toml::node& list);
  /// @param range  table { from, to, count, spacing }; its entries' types are checked here.
  void read_range(const toml::table& range);

  /// False once anything was wrong, which is reported then.
  bool good() const { return good_; }
  bool logarithmic() const { return logarithmic_; }
  const std::vector<std::string>& labels() const { return labels_; }
  const std::vector<Place>& places() const { return places_; }
  std::vector<AxisColumn> columns() const;
  GridAxis grid_axis() const { return grid_axis_; }

 private:
  struct Range {
    double from, to;
    std::size_t count;
    double at(std::size_t i, bool logarithmic) const;
  };

  void fault(const toml::node& where, const std::string& message);
  std::string title() const;
  void read_row(const toml::node& row);
  void add_row(const toml::node& row, const std::vector<const toml::node*>& cells);
  void add_range(const toml::node& where, const Range& range);
  void add_number(const toml::node& where, double number);
  void check_distinct();
  void twice(std::size_t i);
  const Key& key() const { return *grid_axis_.keys.front(); }

  Reading& reading_;
  bool linked_;
  bool good_ = true;
  bool logarithmic_ = false;
  GridAxis grid_axis_;
  std::vector<std::string> cells_;   // label of each value, as in grid_axis_.values
  std::vector<std::string> labels_;  // of each row
  std::vector<Place> places_;        // of each row
};

}  // namespace aesweep
