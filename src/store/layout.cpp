#include "aesweep/store/layout.hpp"

#include <fmt/core.h>
#include <hdf5.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "names.hpp"
#include "row_encoder.hpp"
#include "types.hpp"

namespace aesweep {
namespace {

std::string last_part(const std::string& name, char separator) { return name.substr(name.rfind(separator) + 1); }

// Everything that may lie in one group with an axis: a group sees the axes' scales beside its own datasets.
std::set<std::string> taken_names(const FileLayout& layout) {
  std::set<std::string> names{"time", "replica", "component", "k",    "l",     "coordinate", "status",  "checksum",
                              "ode",  "sgd",     "exact",     "deep", "phase", "reference",  "descent", "refined"};
  for (const auto& engine : layout.engines) {
    names.insert(engine.name);
    for (const auto& observable : engine.observables) names.insert(observable.name);
  }
  names.insert(layout.references.begin(), layout.references.end());
  for (const auto& [name, values] : layout.scales) names.insert(name);
  for (const auto& summary : layout.summaries) names.insert(last_part(summary.name, '/'));
  return names;
}

}  // namespace

std::uint64_t FileLayout::points() const {
  std::uint64_t points = 1;
  for (const auto& axis : axes) points *= axis.size();
  return points;
}

std::uint64_t FileLayout::row_bytes() const {
  std::uint64_t row = 0;
  for (const auto& engine : engines) {
    row += stored_size(status_observable().type) + stored_size(checksum_observable().type);
    for (const auto& observable : engine.observables) row += row_size(observable, extents(*this)) * stored_size(observable.type);
  }
  return row;
}

std::uint64_t FileLayout::bytes() const {
  std::uint64_t point = references.size() * stored_size(DataType::float64);
  for (const auto& summary : summaries) point += stored_size(summary.type);
  std::uint64_t tables_size = 0;
  for (const auto& table : tables)
    for (const auto& column : table.columns) {
      std::uint64_t size = stored_size(column.type);
      for (const auto& dims : {table.dims, column.dims})
        for (const auto length : dimension_sizes(*this, dims)) size *= length;
      tables_size += size;
    }
  return rows() * row_bytes() + points() * point + tables_size;
}

std::vector<std::size_t> dimension_sizes(const FileLayout& layout, const std::vector<std::string>& dims) {
  std::vector<std::size_t> sizes;
  for (const auto& dim : dims) {
    const auto is_named = [&](const Axis& axis) { return axis.name == dim; };
    const auto axis = std::ranges::find_if(layout.axes, is_named), further = std::ranges::find_if(layout.further_axes, is_named);
    if (axis != layout.axes.end()) sizes.push_back(axis->size());
    else if (further != layout.further_axes.end()) sizes.push_back(further->size());
    else if (const auto count = layout.counts.find(dim); count != layout.counts.end()) sizes.push_back(count->second);
    else sizes.push_back(dim == "replica" ? layout.replicas : extent_of(extents(layout), dim));
  }
  return sizes;
}

std::vector<std::string> point_dimensions(const FileLayout& layout) {
  std::vector<std::string> names;
  for (const auto& axis : layout.axes) names.push_back(axis.name);
  return names;
}

std::vector<std::string> row_dimensions(const FileLayout& layout) {
  auto names = point_dimensions(layout);
  names.emplace_back("replica");
  return names;
}

std::vector<std::vector<std::string>> auxiliary_names(const FileLayout& layout) {
  auto taken = taken_names(layout);
  for (const auto& axis : layout.axes)
    if (!taken.insert(axis.name).second)
      throw std::invalid_argument("an axis can't be called " + axis.name + ": the result file has something else of that name");
  std::vector<std::vector<std::string>> names(layout.axes.size());
  for (std::size_t a = 0; a < layout.axes.size(); ++a) {
    if (!layout.axes[a].linked()) continue;
    for (const auto& column : layout.axes[a].columns) {
      std::string name = last_part(column.key, '.');
      if (taken.contains(name)) {
        name = column.key;
        std::ranges::replace(name, '.', '_');
      }
      while (!taken.insert(name).second) name += '_';
      names[a].push_back(name);
    }
  }
  return names;
}

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("HDF5 {}.{}.{}", major, minor, release);
}

}  // namespace aesweep
