#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "aesweep/store/result_file.hpp"
#include "dimensions.hpp"
#include "hdf5_handle.hpp"
#include "open_file.hpp"
#include "scale_values.hpp"
#include "slab.hpp"
#include "types.hpp"

namespace aesweep {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{8} << 20;

struct File {
  explicit File(const std::string& file_path) : path(file_path), id(open_for_reading(file_path)) {}
  std::string path;
  Handle id;
};

herr_t collect_name(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

std::vector<std::string> links(const File& file, const std::string& group) {
  std::vector<std::string> names;
  const auto status = H5Literate_by_name(file.id, group.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names, H5P_DEFAULT);
  checked(status, file.path, "list", group);
  return names;
}

struct Object {
  haddr_t address;
  bool is_group;
};

Object object_at(const File& file, const std::string& path) {
  H5O_info_t info;
  checked(H5Oget_info_by_name2(file.id, path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT), file.path, "look at", path);
  return {info.addr, info.type == H5O_TYPE_GROUP};
}

// Datasets below a group, but for what depends on the run. Axes are hard links to root's, and groups have several names: each object is listed once.
void list_datasets(const File& file, const std::string& group, std::set<haddr_t>& seen, std::set<std::string>& result) {
  static constexpr std::array<const char*, 4> kOfTheRun{"seconds", "rank", "attempts", "instruction_set"};
  for (const auto& name : links(file, group)) {
    const std::string path = group + "/" + name;
    const auto object = object_at(file, path);
    if (!seen.insert(object.address).second || std::ranges::find(kOfTheRun, name) != kOfTheRun.end()) continue;
    if (object.is_group) list_datasets(file, path, seen, result);
    else result.insert(path);
  }
}

struct Contents {
  std::set<std::string> axes, datasets;
};

Contents contents(const File& file) {
  Contents result;
  std::vector<std::string> groups;
  std::set<haddr_t> seen;
  for (const auto& name : links(file, "/")) {
    const auto object = object_at(file, "/" + name);
    seen.insert(object.address);
    if (object.is_group) groups.push_back("/" + name);
    else result.axes.insert(name);
  }
  for (const auto& group : groups) list_datasets(file, group, seen, result.datasets);
  return result;
}

// Reports what only one file has; returns what both have.
std::vector<std::string> common(const std::set<std::string>& a, const std::set<std::string>& b, const File& file_a, const File& file_b,
                                Comparison& result) {
  std::vector<std::string> both;
  for (const auto& name : a)
    if (b.contains(name)) both.push_back(name);
    else result.messages.push_back(fmt::format("{}: only in {}", name, file_a.path));
  for (const auto& name : b)
    if (!a.contains(name)) result.messages.push_back(fmt::format("{}: only in {}", name, file_b.path));
  return both;
}

template <class Number>
std::string number_text(const std::byte* bytes) {
  Number value;
  std::memcpy(&value, bytes, sizeof value);
  return fmt::format("{}", value);
}

std::string value_text(hid_t type, const std::byte* bytes) {
  if (H5Tget_class(type) == H5T_FLOAT) return number_text<double>(bytes);
  const bool is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
  switch (H5Tget_size(type)) {
    case 1: return fmt::format("{}", std::to_integer<int>(*bytes));   // booleans and status
    case 2: return is_signed ? number_text<std::int16_t>(bytes) : number_text<std::uint16_t>(bytes);
    case 4: return is_signed ? number_text<std::int32_t>(bytes) : number_text<std::uint32_t>(bytes);
    default: return is_signed ? number_text<std::int64_t>(bytes) : number_text<std::uint64_t>(bytes);
  }
}

/// One dataset in both files, of equal shape and type.
struct Pair {
  std::string name;
  Handle a, b, type;
  Shape shape;
  std::size_t value_size = 0;
};

// "/sgd/pmse [eta 2, replica 0, time 5]: 0.25 and 0.26"
std::string difference(const Pair& pair, std::uint64_t index, const std::byte* value_a, const std::byte* value_b) {
  const auto names = dimension_names(pair.a);
  const auto at = position(pair.shape, index);
  std::vector<std::string> where;
  for (std::size_t d = 0; d < at.size(); ++d) where.push_back(fmt::format("{} {}", names[d], at[d]));
  std::string text_a = value_text(pair.type, value_a);
  std::string text_b = value_text(pair.type, value_b);
  if (text_a == text_b) {   // NaN of other bits
    std::uint64_t bits_a = 0;
    std::uint64_t bits_b = 0;
    std::memcpy(&bits_a, value_a, pair.value_size);
    std::memcpy(&bits_b, value_b, pair.value_size);
    text_a += fmt::format(" ({:#x})", bits_a);
    text_b += fmt::format(" ({:#x})", bits_b);
  }
  return fmt::format("{} [{}]: {} and {}", pair.name, fmt::join(where, ", "), text_a, text_b);
}

void compare_values(const Pair& pair, const File& file_a, const File& file_b, Comparison& result) {
  const std::uint64_t total = product(pair.shape);
  const std::uint64_t chunk = kChunkBytes / pair.value_size;
  std::vector<std::byte> a(std::min(total, chunk) * pair.value_size);
  std::vector<std::byte> b(a.size());
  std::uint64_t differing = 0;
  std::string first_difference;
  for (std::uint64_t first = 0; first < total; first += chunk) {
    const std::uint64_t count = std::min(chunk, total - first);
    checked(read_range(pair.a, pair.type, pair.value_size, first, count, a.data()), file_a.path, "read", pair.name);
    checked(read_range(pair.b, pair.type, pair.value_size, first, count, b.data()), file_b.path, "read", pair.name);
    if (std::memcmp(a.data(), b.data(), count * pair.value_size) == 0) continue;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto* value_a = a.data() + i * pair.value_size;
      const auto* value_b = b.data() + i * pair.value_size;
      if (std::memcmp(value_a, value_b, pair.value_size) == 0) continue;
      if (differing++ == 0) first_difference = difference(pair, first + i, value_a, value_b);
    }
  }
  result.compared += total;
  result.differing += differing;
  if (differing > 0) result.messages.push_back(fmt::format("{}; {} of {} values differ", first_difference, differing, total));
}

void compare_dataset(const std::string& name, const File& file_a, const File& file_b, Comparison& result) {
  Pair pair{name, open_dataset(file_a.id, file_a.path, name.c_str()), open_dataset(file_b.id, file_b.path, name.c_str()), {}, {}, 0};
  pair.type = type_of(pair.a, file_a.path);
  const Handle type_b = type_of(pair.b, file_b.path);
  pair.shape = shape_of(pair.a);
  const Shape shape_b = shape_of(pair.b);
  if (pair.shape != shape_b)
    return result.messages.push_back(fmt::format("{}: shape [{}] and [{}]", name, fmt::join(pair.shape, ", "), fmt::join(shape_b, ", ")));
  if (H5Tequal(pair.type, type_b) <= 0)
    return result.messages.push_back(fmt::format("{}: type {} and {}", name, type_name(pair.type), type_name(type_b)));
  pair.value_size = H5Tget_size(pair.type);
  compare_values(pair, file_a, file_b, result);
}

std::vector<std::byte> axis_bytes(const File& file, const std::string& name) {
  const Handle dataset = open_dataset(file.id, file.path, name.c_str());
  const Handle type = type_of(dataset, file.path);
  std::vector<std::byte> bytes;
  const auto append = [&](const char* text, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(text[i]));
  };
  const std::string kind = type_name(type);
  append(kind.c_str(), kind.size() + 1);
  if (H5Tget_class(type) == H5T_STRING) {
    for (const auto& text : read_texts(dataset, file.path, name)) append(text.c_str(), text.size() + 1);
    return bytes;
  }
  std::string values(product(shape_of(dataset)) * H5Tget_size(type), '\0');
  if (!values.empty()) checked(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), file.path, "read", name);
  append(values.data(), values.size());
  return bytes;
}

}  // namespace

Comparison compare_files(const std::string& a, const std::string& b) {
  const File file_a{a};
  const File file_b{b};
  const Contents contents_a = contents(file_a);
  const Contents contents_b = contents(file_b);
  Comparison result;
  for (const auto& axis : common(contents_a.axes, contents_b.axes, file_a, file_b, result))
    if (axis_bytes(file_a, axis) != axis_bytes(file_b, axis)) result.messages.push_back(fmt::format("axis {} differs", axis));
  for (const auto& name : common(contents_a.datasets, contents_b.datasets, file_a, file_b, result)) compare_dataset(name, file_a, file_b, result);
  return result;
}

}  // namespace aesweep
