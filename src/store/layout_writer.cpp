#include "layout_writer.hpp"

#include <algorithm>
#include <limits>

#include "attributes.hpp"
#include "names.hpp"
#include "row_encoder.hpp"
#include "scale_values.hpp"
#include "slab.hpp"
#include "types.hpp"

#include <hdf5_hl.h>

namespace aesweep {
namespace {

Observable float_observable(const std::string& name) {
  return {.name = name, .dims = {}, .type = DataType::float64, .fill = std::numeric_limits<double>::quiet_NaN(), .units = "", .meaning = ""};
}

Handle creation_properties(const Observable& observable, hid_t type) {
  Handle properties{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
  std::vector<std::byte> fill(stored_size(observable.type));
  encode(observable.type, std::span{&observable.fill, 1}, fill.data());
  H5Pset_fill_value(properties, type, fill.data());
  H5Pset_layout(properties, H5D_CONTIGUOUS);
  H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC);
  H5Pset_obj_track_times(properties, false);
  return properties;
}

}  // namespace

LayoutWriter::LayoutWriter(hid_t file, std::string path, const FileLayout& layout)
    : file_(file), path_(std::move(path)), layout_(layout), auxiliaries_(auxiliary_names(layout)) {}

void LayoutWriter::write_provenance(const Provenance& provenance) {
  for (const auto& [name, value] : provenance) write_text_attribute(file_, path_, name, value);
  write_text_attribute(file_, path_, "format", kFormat);
  write_integer_attribute(file_, path_, "format_version", kFormatVersion);
}

void LayoutWriter::add_scale(const std::string& name, Handle dataset, hsize_t size) {
  checked(H5DSset_scale(dataset, name.c_str()), path_, "make a dimension scale of", name);
  scales_[name] = {std::move(dataset), size, {}};
}

void LayoutWriter::write_axis(const Axis& axis, const std::vector<std::string>& auxiliaries) {
  std::string keys;
  for (const auto& column : axis.columns) keys += (keys.empty() ? "" : ", ") + column.key;
  Handle dataset = axis.linked() ? write_texts(file_, path_, axis.name, axis.labels) : write_column(file_, path_, axis.name, axis.columns.at(0));
  write_text_attribute(dataset, path_, "key", keys);
  if (axis.logarithmic) write_text_attribute(dataset, path_, "spacing", "log");
  add_scale(axis.name, std::move(dataset), axis.size());
  auto& scale = scales_.at(axis.name);
  for (std::size_t c = 0; c < auxiliaries.size(); ++c) {
    const Handle auxiliary = write_column(file_, path_, auxiliaries[c], axis.columns[c]);
    write_text_attribute(auxiliary, path_, "key", axis.columns[c].key);
    checked(H5DSattach_scale(auxiliary, scale.dataset, 0), path_, "attach a scale to", auxiliaries[c]);
    scale.auxiliaries.push_back(auxiliaries[c]);
  }
}

void LayoutWriter::write_scales() {
  std::string coordinates;
  for (std::size_t a = 0; a < layout_.axes.size(); ++a) {
    write_axis(layout_.axes[a], auxiliaries_[a]);
    for (const auto& auxiliary : auxiliaries_[a]) coordinates += (coordinates.empty() ? "" : " ") + auxiliary;
  }
  if (!coordinates.empty()) write_text_attribute(file_, path_, "coordinates", coordinates);
  add_scale("replica", write_count(file_, path_, "replica", layout_.replicas), layout_.replicas);
  add_scale("component", write_count(file_, path_, "component", layout_.components), layout_.components);
  const auto add_count = [&](const std::string& name, std::size_t size) {
    if (size > 0) add_scale(name, write_count(file_, path_, name, size), size);
  };
  add_count("k", layout_.hidden);
  add_count("l", layout_.hidden);
  add_count("coordinate", layout_.coordinates);
  for (const auto& [name, values] : layout_.scales) add_scale(name, write_numbers(file_, path_, name, values), values.size());
  for (const auto& axis : layout_.further_axes) write_axis(axis, {});
  for (const auto& [name, size] : layout_.counts) add_count(name, size);
  Handle time = write_numbers(file_, path_, "time", layout_.times);
  write_text_attribute(time, path_, "units", layout_.time_units);
  add_scale("time", std::move(time), layout_.times.size());
}

LayoutWriter::Group LayoutWriter::create_group(const std::string& path) {
  return {path, {checked(H5Gcreate2(file_, path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), path_, "create group", path), H5Gclose}, {}};
}

void LayoutWriter::link_scale(Group& group, const std::string& name) {
  if (std::ranges::find(group.linked, name) != group.linked.end()) return;
  group.linked.push_back(name);
  auto names = scales_.at(name).auxiliaries;
  names.push_back(name);
  for (const auto& linked : names)
    checked(H5Lcreate_hard(file_, linked.c_str(), group.id, linked.c_str(), H5P_DEFAULT, H5P_DEFAULT), path_, "link into " + group.path, linked);
}

Handle LayoutWriter::create_dataset(Group& group, const Observable& observable, std::vector<std::string> dims) {
  dims.insert(dims.end(), observable.dims.begin(), observable.dims.end());
  Shape shape;
  std::string coordinates;
  for (const auto& dim : dims) {
    const auto& scale = scales_.at(dim);
    shape.push_back(scale.size);
    for (const auto& auxiliary : scale.auxiliaries) coordinates += (coordinates.empty() ? "" : " ") + auxiliary;
  }
  const std::string name = group.path + "/" + observable.name;
  const Handle type = stored_type(observable.type);
  const Handle space{shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose};
  const Handle properties = creation_properties(observable, type);
  const hid_t id = H5Dcreate2(group.id, observable.name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  Handle dataset{checked(id, path_, "create dataset", name), H5Dclose};
  for (std::size_t d = 0; d < dims.size(); ++d) {
    link_scale(group, dims[d]);
    checked(H5DSattach_scale(dataset, scales_.at(dims[d]).dataset, static_cast<unsigned>(d)), path_, "attach a scale to", name);
  }
  if (!observable.units.empty()) write_text_attribute(dataset, path_, "units", observable.units);
  if (!observable.meaning.empty()) write_text_attribute(dataset, path_, "long_name", observable.meaning);
  if (!coordinates.empty()) write_text_attribute(dataset, path_, "coordinates", coordinates);
  if (is_missing_mark(observable)) write_fill_attribute(dataset, path_, observable);
  return dataset;
}

void LayoutWriter::write_references(const std::vector<std::vector<double>>& values) {
  auto group = create_group("/reference");
  for (std::size_t i = 0; i < layout_.references.size(); ++i) {
    const Handle dataset = create_dataset(group, float_observable(layout_.references[i]), point_dimensions(layout_));
    checked(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.at(i).data()), path_, "write", layout_.references[i]);
  }
}

void LayoutWriter::write_engines(const std::vector<bool>& excluded) {
  const auto rows = row_dimensions(layout_);
  for (const auto& engine : layout_.engines) {
    auto group = create_group("/" + engine.name);
    for (const auto& observable : engine.observables) create_dataset(group, observable, rows);
    const Handle checksum = create_dataset(group, checksum_observable(), rows);
    const Handle status = create_dataset(group, status_observable(), rows);
    if (layout_.first_status != Status::pending || std::ranges::find(excluded, true) != excluded.end()) mark_rows(status, checksum, engine, excluded);
  }
}

void LayoutWriter::mark_rows(hid_t status, hid_t checksum, const EngineLayout& engine, const std::vector<bool>& excluded) {
  RowEncoder encoder{engine, extents(layout_)};
  std::vector<std::uint8_t> statuses(layout_.rows());
  std::vector<std::uint64_t> checksums(layout_.rows());
  const auto mark = [&](bool which, Status as) {
    encoder.encode(fill_row(engine, extents(layout_), as));
    for (std::size_t row = 0; row < statuses.size(); ++row) {
      if (excluded[row / layout_.replicas] != which) continue;
      statuses[row] = static_cast<std::uint8_t>(as);
      checksums[row] = encoder.checksum();
    }
  };
  mark(true, Status::excluded);
  if (layout_.first_status != Status::pending) mark(false, layout_.first_status);
  checked(H5Dwrite(status, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, statuses.data()), path_, "write", "status");
  checked(H5Dwrite(checksum, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, checksums.data()), path_, "write", "checksum");
}

void LayoutWriter::write_summaries() {
  std::map<std::string, Group> groups;
  groups["/phase"] = create_group("/phase");
  for (const auto& summary : layout_.summaries) {
    const auto slash = summary.name.rfind('/');
    const std::string path = slash == std::string::npos ? "/phase" : "/phase/" + summary.name.substr(0, slash);
    auto [group, created] = groups.try_emplace(path);
    if (created) group->second = create_group(path);
    Observable observable = summary;
    observable.name = summary.name.substr(slash + 1);
    create_dataset(group->second, observable, point_dimensions(layout_));
  }
}

void LayoutWriter::write_tables() {
  std::map<std::string, Group> groups;
  for (const auto& table : layout_.tables) {
    auto [group, created] = groups.try_emplace(table.group);
    if (created) group->second = create_group(table.group);
    for (const auto& column : table.columns) create_dataset(group->second, column, table.dims);
  }
  for (const auto& [name, target] : layout_.links)
    checked(H5Lcreate_hard(file_, target.c_str(), file_, name.c_str(), H5P_DEFAULT, H5P_DEFAULT), path_, "link " + target + " as", name);
}

}  // namespace aesweep
