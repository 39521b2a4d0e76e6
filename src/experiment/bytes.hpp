#pragma once
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace aesweep {

/// Numbers as the bytes they have in memory, one after another: a checkpoint is read by the build that wrote it only.
class ByteWriter {
 public:
  void put(std::uint64_t number) { put_raw(&number, sizeof number); }
  void put(double number) { put_raw(&number, sizeof number); }
  void put(std::span<const double> numbers) {
    put(static_cast<std::uint64_t>(numbers.size()));
    put_raw(numbers.data(), numbers.size_bytes());
  }
  void put(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    put_raw(text.data(), text.size());
  }
  std::string take() { return std::move(bytes_); }

 private:
  void put_raw(const void* from, std::size_t size) { bytes_.append(static_cast<const char*>(from), size); }
  std::string bytes_;
};

/// The same in the same order. @throws std::runtime_error where bytes are missing or numbers are not as many as expected.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t integer() { return raw<std::uint64_t>(); }
  double real() { return raw<double>(); }
  void fill(std::span<double> numbers) {
    if (integer() != numbers.size()) throw std::runtime_error("it holds another number of values");
    const auto from = cut(numbers.size_bytes());
    if (!from.empty()) std::memcpy(numbers.data(), from.data(), from.size());
  }
  std::vector<double> reals() {
    const auto size = integer();
    if (size > bytes_.size() / sizeof(double)) throw std::runtime_error("it is cut short");
    std::vector<double> numbers(size);
    const auto from = cut(size * sizeof(double));
    if (!from.empty()) std::memcpy(numbers.data(), from.data(), from.size());
    return numbers;
  }
  std::string text() { return std::string(cut(integer())); }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view cut(std::uint64_t size) {
    if (size > bytes_.size()) throw std::runtime_error("it is cut short");
    const auto part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }
  template <class T>
  T raw() {
    T value;
    std::memcpy(&value, cut(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view bytes_;
};

}  // namespace aesweep
