#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace aesweep {

enum class DataType : std::uint8_t { float64, int16, uint8, int32, uint64, boolean };

/// What an engine measures for one replica of one point: the description from which the store lays out a dataset
/// [axes..., replica, dims...].
struct Observable {
  std::string name;                 ///< dataset name in the engine's group
  std::vector<std::string> dims;    ///< further dimensions after the replica: "component", "time", "k", "l", "coordinate", an engine's own
  DataType type = DataType::float64;
  double fill = 0;                  ///< value of a row that is not done
  std::string units;
  std::string meaning;
  bool result = true;               ///< covered by the row's checksum and by "same bits"; false for cost and bookkeeping
};

/// Status of a row, as stored.
enum class Status : std::uint8_t { pending = 0, done = 1, diverged = 2, failed = 3, excluded = 4, not_needed = 5 };

/// "pending", "done", ...; "unknown" for anything that is none, as a damaged file may have it.
std::string name(Status status);

/// One engine's row for one task: values of its observables in their order, each of product(dims) numbers.
/// Integers and booleans travel as doubles (exact below 2^53) and get their type when they are stored.
struct Row {
  Status status = Status::pending;
  std::vector<std::vector<double>> values;
};

/// Sizes of the further dimensions.
struct Extents {
  std::size_t component = 0;
  std::size_t time = 0;
  std::size_t hidden = 0;       ///< "k" and "l": the largest K of the grid; 0 where nothing has these dimensions
  std::size_t coordinate = 0;   ///< the largest D of the grid; 0 where nothing has this dimension
  std::map<std::string, std::size_t> further{};   ///< dimensions that one engine alone has, by name
};
/// @throws std::logic_error for a name that is no dimension.
std::size_t extent_of(const Extents& extents, const std::string& dim);
/// Number of values that one row holds of an observable.
std::size_t row_size(const Observable& observable, const Extents& extents);

}  // namespace aesweep
