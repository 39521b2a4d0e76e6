#include "scale_values.hpp"

#include <numeric>

#include "slab.hpp"
#include "types.hpp"

namespace aesweep {
namespace {

Handle write_vector(hid_t root, const std::string& file, const std::string& name, hid_t type, hsize_t size, const void* values) {
  const Handle properties{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
  H5Pset_obj_track_times(properties, false);
  const Handle space{H5Screate_simple(1, &size, nullptr), H5Sclose};
  Handle dataset{checked(H5Dcreate2(root, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT), file, "create dataset", name), H5Dclose};
  if (size > 0) checked(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), file, "write", name);
  return dataset;
}

Handle write_integers(hid_t root, const std::string& file, const std::string& name, const std::vector<std::int64_t>& values) {
  return write_vector(root, file, name, H5T_STD_I64LE, values.size(), values.data());
}

Handle write_booleans(hid_t root, const std::string& file, const std::string& name, std::span<const double> values) {
  std::vector<std::byte> bytes(values.size());
  encode(DataType::boolean, values, bytes.data());
  const Handle type = stored_type(DataType::boolean);
  return write_vector(root, file, name, type, values.size(), bytes.data());
}

}  // namespace

Handle write_texts(hid_t root, const std::string& file, const std::string& name, const std::vector<std::string>& values) {
  std::vector<const char*> texts;
  for (const auto& value : values) texts.push_back(value.c_str());
  const Handle type = text_type();
  return write_vector(root, file, name, type, texts.size(), static_cast<const void*>(texts.data()));
}

Handle write_numbers(hid_t root, const std::string& file, const std::string& name, std::span<const double> values) {
  return write_vector(root, file, name, H5T_IEEE_F64LE, values.size(), values.data());
}

Handle write_count(hid_t root, const std::string& file, const std::string& name, std::size_t count) {
  std::vector<std::int64_t> values(count);
  std::iota(values.begin(), values.end(), 0);
  return write_integers(root, file, name, values);
}

Handle write_column(hid_t root, const std::string& file, const std::string& name, const AxisColumn& column) {
  switch (column.type) {
    case AxisColumn::Type::number: return write_numbers(root, file, name, column.numbers);
    case AxisColumn::Type::integer: return write_integers(root, file, name, {column.numbers.begin(), column.numbers.end()});
    case AxisColumn::Type::boolean: return write_booleans(root, file, name, column.numbers);
    case AxisColumn::Type::text: return write_texts(root, file, name, column.texts);
  }
  throw std::invalid_argument("axis column of unknown type");
}

std::vector<std::string> read_texts(hid_t dataset, const std::string& file, const std::string& name) {
  const Handle space = space_of(dataset, file);
  std::vector<char*> texts(product(shape_of(dataset)));
  const Handle type = text_type();
  checked(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, static_cast<void*>(texts.data())), file, "read", name);
  std::vector<std::string> result;
  for (const char* text : texts) result.emplace_back(text == nullptr ? "" : text);
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, static_cast<void*>(texts.data()));
  return result;
}

}  // namespace aesweep
