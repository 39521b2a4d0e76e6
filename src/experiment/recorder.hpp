#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "aesweep/experiment/network_record.hpp"
#include "aesweep/outcome/judge.hpp"
#include "aesweep/outcome/trajectory.hpp"
#include "bytes.hpp"
#include "setting.hpp"

namespace aesweep {

/// What is kept of a replica.
struct Wanted {
  const std::vector<Observable>& columns;   ///< of the engine
  const Extents& extents;
  bool clean;                               ///< also the map without input noise
  const OutcomeConfig& outcome;

  std::size_t components() const { return extents.component; }
};

/// What an engine measured along one replica; the clean trajectory stays empty where it is not wanted.
struct Recording {
  Trajectory seen;
  Trajectory clean;
  std::vector<double> training{};             ///< error on the training set at each time; NaN where there is none
  double error_reached = 0.0;                 ///< on which excess rests; NaN if diverged
  std::uint64_t steps = 0;
  std::unique_ptr<NetworkRecord> network{};   ///< null where nothing of the network itself is kept
  std::map<std::string, std::vector<double>, std::less<>> further{};   ///< columns that this engine alone has, or fills in another way
};

/// A trajectory that has not diverged as bytes, and `count` times of it into one that has recorded nothing.
void save_trajectory(const Trajectory& trajectory, ByteWriter& to);
void restore_trajectory(Trajectory& trajectory, std::size_t count, ByteReader& from);

/// What watches a replica.
struct Watch {
  /// Of fresh inputs, of fresh inputs without noise, of the training set; the last two may be null.
  std::unique_ptr<Judge> seen, clean, training;
  std::function<double(const Weights&)> reached{};        // the error that excess rests on; pmse where it is empty
  std::unique_ptr<NetworkRecord> network{};               // what is kept of the network itself; null where nothing is
};

/// Records a replica at the setting's times.
class Recorder {
 public:
  Recorder(const Setting& setting, const Wanted& wanted, Watch watch);

  /// Measures and keeps time `index`, in ascending order. @returns false once the replica has diverged.
  bool see(std::size_t index, const Weights& weights);
  /// Times kept so far.
  std::size_t seen() const { return next_; }
  Recording finish(std::uint64_t steps);

  void save(ByteWriter& to) const;
  /// Takes over what another recorder of the same setting saved, instead of seeing it. @throws std::runtime_error if it is of another shape.
  void restore(ByteReader& from);

 private:
  Watch watch_;
  double scale_;
  std::size_t next_ = 0;
  std::vector<double> explained_;
  Recording recording_;
};

}  // namespace aesweep
