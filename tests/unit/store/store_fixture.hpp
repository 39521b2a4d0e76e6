#pragma once
#include <gtest/gtest.h>
#include <mpi.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "aesweep/store/result_file.hpp"

namespace aesweep::test {

inline const double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Engine with one column of every type and of every shape.
inline EngineLayout sample_engine(const std::string& name) {
  return {name,
          {{"pmse", {"time"}, DataType::float64, kNaN, "", "error along the trajectory"},
           {"explained", {"component", "time"}, DataType::float64, kNaN, "", "explained variance"},
           {"seconds", {}, DataType::float64, 0, "s", "time spent", false},
           {"learnt", {}, DataType::int16, -1, "", "learnt components"},
           {"converged", {}, DataType::boolean, 0, "", "stationary at the horizon"},
           {"steps", {}, DataType::uint64, 0, "", "steps"},
           {"rank", {}, DataType::int32, -1, "", "MPI rank", false},
           {"attempts", {}, DataType::uint8, 0, "", "attempts", false}}};
}

/// Grid 3 × 2 × 2 (numbers, booleans, a linked pair of text and integers), 2 replicas, 2 components, 3 times, flow and SGD.
inline FileLayout sample_layout() {
  using Type = AxisColumn::Type;
  FileLayout layout;
  layout.axes = {{"learning_rate", {{"training.learning_rate", Type::number, {0.1, 1.0, 10.0}, {}}}, {"0.1", "1", "10"}, true},
                 {"tied", {{"model.tied", Type::boolean, {0, 1}, {}}}, {"false", "true"}, false},
                 {"network",
                  {{"model.activation", Type::text, {}, {"erf", "relu"}}, {"model.hidden", Type::integer, {3, 8}, {}}},
                  {"erf, 3", "relu, 8"},
                  false}};
  layout.replicas = 2;
  layout.components = 2;
  layout.times = {0.0, 0.5, 7.25};
  layout.engines = {sample_engine("ode"), sample_engine("sgd")};
  layout.references = {"chance", "pca_error"};
  layout.summaries = {{"ode/success", {}, DataType::float64, kNaN, "", "success probability"},
                      {"sgd/replicas", {}, DataType::int32, 0, "", "replicas counted"},
                      {"theory_gap", {}, DataType::float64, kNaN, "", "mean over replicas"}};
  return layout;
}

/// Values of sample_engine's columns, each of its own: 1000 × task + position.
inline Row sample_row(std::uint64_t task, Status status = Status::done) {
  const double base = 1000.0 * static_cast<double>(task);
  return {status,
          {{base, base + 1, base + 2},
           {base + 10, base + 11, base + 12, base + 13, base + 14, base + 15},
           {base + 20},
           {static_cast<double>(task % 3)},
           {static_cast<double>(task % 2)},
           {base + 9e15},
           {static_cast<double>(task)},
           {1}}};
}

/// A directory of its own for every test.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "aesweep-store-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name = "result.h5") const { return (directory_ / name).string(); }

  std::string create(const FileLayout& layout, const std::string& name = "result.h5", std::vector<bool> excluded = {},
                     const Provenance& provenance = {{"sweep", "[sweep]\nname = \"η\"\n"}, {"host", "node7"}}) const {
    excluded.resize(layout.points());
    std::vector<std::vector<double>> reference;
    for (std::size_t i = 0; i < layout.references.size(); ++i)
      for (reference.emplace_back(); reference[i].size() < layout.points();)
        reference[i].push_back(100.0 * static_cast<double>(i) + static_cast<double>(reference[i].size()));
    create_result_file(path(name), layout, provenance, reference, excluded);
    return path(name);
  }

  /// Names of everything in the test's directory.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{directory_}) names.push_back(entry.path().filename().string());
    return names;
  }

  std::filesystem::path directory_;
};

/// Bytes of a file, to be looked at or damaged.
inline std::string read_bytes(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}
inline void write_bytes(const std::string& path, const std::string& bytes) { std::ofstream{path, std::ios::binary} << bytes; }

/// What `statement` throws, "" if nothing.
template <class Statement>
std::string message_of(const Statement& statement) {
  try {
    statement();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace aesweep::test
