#include "types.hpp"

#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace aesweep {
namespace {

static_assert(std::endian::native == std::endian::little, "the store writes the machine's own bytes as little-endian types");

template <class Integer>
void encode_integers(std::span<const double> values, std::byte* out, double lowest, double above) {
  for (const double value : values) {
    if (!(value >= lowest && value < above) || value != std::trunc(value))
      throw std::invalid_argument(fmt::format("{} can't be stored as an integer from {} to below {}", value, lowest, above));
    const auto stored = static_cast<Integer>(value);
    std::memcpy(out, &stored, sizeof stored);
    out += sizeof stored;
  }
}

template <class Integer>
void encode_integers(std::span<const double> values, std::byte* out) {
  using Limits = std::numeric_limits<Integer>;
  encode_integers<Integer>(values, out, static_cast<double>(Limits::min()), std::ldexp(1.0, Limits::digits));
}

Handle boolean_type() {
  Handle type{H5Tenum_create(H5T_STD_I8LE), H5Tclose};
  const std::int8_t no = 0;
  const std::int8_t yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  return type;
}

}  // namespace

std::size_t stored_size(DataType type) {
  switch (type) {
    case DataType::float64:
    case DataType::uint64: return 8;
    case DataType::int32: return 4;
    case DataType::int16: return 2;
    case DataType::uint8:
    case DataType::boolean: return 1;
  }
  throw std::invalid_argument("unknown data type");
}

Handle stored_type(DataType type) {
  switch (type) {
    case DataType::float64: return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
    case DataType::uint64: return {H5Tcopy(H5T_STD_U64LE), H5Tclose};
    case DataType::int32: return {H5Tcopy(H5T_STD_I32LE), H5Tclose};
    case DataType::int16: return {H5Tcopy(H5T_STD_I16LE), H5Tclose};
    case DataType::uint8: return {H5Tcopy(H5T_STD_U8LE), H5Tclose};
    case DataType::boolean: return boolean_type();
  }
  throw std::invalid_argument("unknown data type");
}

Handle text_type() {
  Handle type{H5Tcopy(H5T_C_S1), H5Tclose};
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

void encode(DataType type, std::span<const double> values, std::byte* out) {
  switch (type) {
    case DataType::float64:
      if (!values.empty()) std::memcpy(out, values.data(), values.size_bytes());
      return;
    case DataType::uint64: return encode_integers<std::uint64_t>(values, out);
    case DataType::int32: return encode_integers<std::int32_t>(values, out);
    case DataType::int16: return encode_integers<std::int16_t>(values, out);
    case DataType::uint8: return encode_integers<std::uint8_t>(values, out);
    case DataType::boolean: return encode_integers<std::int8_t>(values, out, 0.0, 2.0);
  }
}

bool is_missing_mark(const Observable& observable) {
  return std::isnan(observable.fill) || (observable.fill < 0 && observable.type != DataType::boolean);
}

std::string type_name(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT: return fmt::format("float{}", 8 * H5Tget_size(type));
    case H5T_INTEGER: return fmt::format("{}int{}", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", 8 * H5Tget_size(type));
    case H5T_ENUM: return "boolean";
    case H5T_STRING: return "text";
    default: return "another type";
  }
}

}  // namespace aesweep
