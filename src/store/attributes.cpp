#include "attributes.hpp"

#include <memory>
#include <vector>

#include "types.hpp"

namespace aesweep {
namespace {

void write_scalar(hid_t object, const std::string& file, const std::string& name, hid_t type, const void* value) {
  const Handle space{H5Screate(H5S_SCALAR), H5Sclose};
  const Handle attribute{checked(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), file, "create attribute", name), H5Aclose};
  checked(H5Awrite(attribute, type, value), file, "write attribute", name);
}

Handle open_attribute(hid_t object, const std::string& file, const std::string& name) {
  if (checked(H5Aexists(object, name.c_str()), file, "look for attribute", name) == 0) return {};
  return {checked(H5Aopen(object, name.c_str(), H5P_DEFAULT), file, "open attribute", name), H5Aclose};
}

}  // namespace

void write_text_attribute(hid_t object, const std::string& file, const std::string& name, const std::string& value) {
  const Handle type = text_type();
  const char* text = value.c_str();
  write_scalar(object, file, name, type, static_cast<const void*>(&text));
}

void write_integer_attribute(hid_t object, const std::string& file, const std::string& name, std::int64_t value) {
  write_scalar(object, file, name, H5T_STD_I64LE, &value);
}

void write_fill_attribute(hid_t dataset, const std::string& file, const Observable& observable) {
  std::vector<std::byte> fill(stored_size(observable.type));
  encode(observable.type, std::span{&observable.fill, 1}, fill.data());
  const Handle type = stored_type(observable.type);
  write_scalar(dataset, file, "_FillValue", type, fill.data());
}

std::string read_text_attribute(hid_t object, const std::string& file, const std::string& name) {
  const Handle attribute = open_attribute(object, file, name);
  if (attribute < 0) return "";
  const Handle type{H5Aget_type(attribute), H5Tclose};
  if (H5Tis_variable_str(type) <= 0) return "";
  char* text = nullptr;
  checked(H5Aread(attribute, type, static_cast<void*>(&text)), file, "read attribute", name);
  const std::unique_ptr<char, herr_t (*)(void*)> owner{text, H5free_memory};
  return text == nullptr ? "" : text;
}

std::int64_t read_integer_attribute(hid_t object, const std::string& file, const std::string& name) {
  const Handle attribute = open_attribute(object, file, name);
  if (attribute < 0) return -1;
  std::int64_t value = -1;
  checked(H5Aread(attribute, H5T_NATIVE_INT64, &value), file, "read attribute", name);
  return value;
}

}  // namespace aesweep
