#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "aesweep/store/layout.hpp"
#include "hdf5_handle.hpp"

namespace aesweep {

/// Fills an empty HDF5 file, open with the serial driver, with everything that a layout asks for: scales, groups, datasets with their
/// fill values, attributes. Datasets are contiguous and allocated at once, so that a full disk shows here and nothing moves later.
/// Every function throws std::runtime_error naming file and dataset if HDF5 fails.
class LayoutWriter {
 public:
  /// @throws std::invalid_argument for an axis that has the name of another dataset.
  LayoutWriter(hid_t file, std::string path, const FileLayout& layout);

  void write_provenance(const Provenance& provenance);
  /// Root's dimension scales and the single keys of linked axes.
  void write_scales();
  /// /reference, one vector of points() values each.
  void write_references(const std::vector<std::vector<double>>& values);
  /// One group an engine; rows of excluded points get their status and checksum.
  void write_engines(const std::vector<bool>& excluded);
  /// /phase.
  void write_summaries();
  /// The tables' groups and datasets, filled, and the further names of groups.
  void write_tables();

 private:
  struct Scale {
    Handle dataset;
    hsize_t size = 0;
    std::vector<std::string> auxiliaries;
  };
  struct Group {
    std::string path;
    Handle id;
    std::vector<std::string> linked;   // scales that are in the group already
  };

  void write_axis(const Axis& axis, const std::vector<std::string>& auxiliaries);
  void add_scale(const std::string& name, Handle dataset, hsize_t size);
  Group create_group(const std::string& path);
  void link_scale(Group& group, const std::string& name);
  /// Dataset over the dimensions `first`, then the observable's own.
  Handle create_dataset(Group& group, const Observable& observable, std::vector<std::string> dims);
  /// Status and checksum of rows that begin otherwise than pending.
  void mark_rows(hid_t status, hid_t checksum, const EngineLayout& engine, const std::vector<bool>& excluded);

  hid_t file_;
  std::string path_;
  const FileLayout& layout_;
  std::vector<std::vector<std::string>> auxiliaries_;
  std::map<std::string, Scale> scales_;
};

}  // namespace aesweep
