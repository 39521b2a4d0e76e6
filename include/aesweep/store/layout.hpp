#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "aesweep/experiment/observable.hpp"
#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// One engine's group in the result file.
struct EngineLayout {
  std::string name;                        ///< "ode", "sgd"
  std::vector<Observable> observables;     ///< without status and checksum, which the store keeps itself
};

/// Datasets that are no rows: each column over `dims`, then its own dimensions, written whole by one rank.
struct TableLayout {
  std::string group;                       ///< "/refined/point"; groups above it come before it
  std::vector<std::string> dims;           ///< names of axes, further axes or counts
  std::vector<Observable> columns;
};

/// Everything that decides the shape of a result file.
struct FileLayout {
  std::vector<Axis> axes;
  std::size_t replicas = 1;
  std::size_t components = 0;
  std::size_t hidden = 0;                  ///< length of /k and /l; 0: there are none
  std::size_t coordinates = 0;             ///< length of /coordinate; 0: there is none
  std::map<std::string, std::vector<double>> scales;   ///< further dimensions of rows, with the values along them
  std::vector<double> times;               ///< /time
  std::string time_units = "steps / D";
  std::vector<EngineLayout> engines;
  std::vector<std::string> references;     ///< datasets of /reference, shape [axes...]
  std::vector<Observable> summaries;       ///< datasets of /phase, shape [axes...]; names may hold a group: "ode/success"

  std::vector<Axis> further_axes;          ///< scales of tables alone
  std::map<std::string, std::size_t> counts;   ///< further scales that count from 0
  std::vector<TableLayout> tables;
  std::map<std::string, std::string> links;    ///< further names of groups: new name -> group
  Status first_status = Status::pending;   ///< of rows that are not excluded

  std::uint64_t points() const;            ///< product of the axes' sizes
  std::uint64_t rows() const { return points() * replicas; }
  std::uint64_t row_bytes() const;         ///< of one (point, replica) in all engines
  std::uint64_t bytes() const;             ///< of all datasets; names, axes and attributes come on top
};

/// "HDF5 1.10.8": the library that is linked.
std::string hdf5_version();

/// Text attributes of the root: name → value.
using Provenance = std::map<std::string, std::string>;

}  // namespace aesweep
