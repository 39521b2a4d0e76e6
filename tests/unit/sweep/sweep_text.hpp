#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <type_traits>
#include <vector>

#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

inline const std::string kInputs = AESWEEP_TEST_DATA "/hdf5_inputs";

inline Sweep parse(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_sweep(text, kInputs, "decay.toml", overrides);
}

/// The report on a text that can't be used; "" where it can.
inline std::string report_on(const std::string& text, const std::vector<std::string>& overrides = {}, const std::string& directory = kInputs) {
  try {
    parse_sweep(text, directory, "decay.toml", overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

template <class T>
testing::AssertionResult elements_are(const std::vector<T>& found, const std::vector<std::type_identity_t<T>>& expected) {
  return found == expected ? testing::AssertionSuccess() : testing::AssertionFailure() << "found " << testing::PrintToString(found);
}

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  return (found ? testing::AssertionSuccess() : testing::AssertionFailure()) << "'" << part << "' in\n" << text;
}

/// A directory of its own with IDX files of black images.
class ImageFolder {
 public:
  ImageFolder() : path_(std::filesystem::temp_directory_path() / ("aesweep-sweep-test-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~ImageFolder() { std::filesystem::remove_all(path_); }
  ImageFolder(const ImageFolder&) = delete;
  ImageFolder& operator=(const ImageFolder&) = delete;

  std::string path() const { return path_.string(); }
  void write(const std::string& name, std::uint8_t count, std::uint8_t rows, std::uint8_t columns) const {
    std::string bytes{'\0', '\0', '\x08', '\x03', '\0', '\0', '\0', static_cast<char>(count), '\0', '\0', '\0', static_cast<char>(rows),
                      '\0', '\0', '\0', static_cast<char>(columns)};
    bytes.append(std::size_t{count} * rows * columns, '\0');
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace aesweep
