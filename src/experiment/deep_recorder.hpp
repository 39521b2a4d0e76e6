#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aesweep/data/manifold_samples.hpp"
#include "aesweep/deep/reconstruction_judge.hpp"
#include "recorder.hpp"
#include "setting.hpp"

namespace aesweep {

/// Records one deep network at the setting's times: what a map does to its manifold, in the columns of add_deep_columns().
class DeepRecorder {
 public:
  /// @param isometry  the manifold's place in R^n.   @param samples  what the network learns.
  DeepRecorder(const Setting& setting, const Wanted& wanted, const Eigen::MatrixXd& isometry, const ManifoldSamples& samples);

  /// Measures and keeps time `index`, in ascending order, of a network that has made `steps`. @returns false once it has diverged.
  bool see(std::size_t index, std::uint64_t steps, const Reconstruct& map);
  /// Ends a network whose loss is not finite on its way to time `index`.
  void diverge(std::size_t index);
  /// Times kept so far.
  std::size_t seen() const { return next_; }
  Recording finish(std::uint64_t steps);

  void save(ByteWriter& to) const;
  /// Takes over what another recorder of the same setting saved. @throws std::runtime_error if it is of another shape.
  void restore(ByteReader& from);

 private:
  /// Puts a table of rows of `width` numbers into what a column has for time `index`, whose rows may be wider.
  void put(std::string_view column, std::size_t index, std::span<const double> table, std::size_t width);
  void put_outcome(std::size_t index);
  void put_reconstructions(std::size_t index);
  double training_error(const Reconstruct& map);

  const ManifoldSamples& samples_;
  std::uint64_t judged_;                  // training inputs whose error is kept; 0: none
  std::size_t dimension_, latents_, kept_, decisive_;   // n, k, test points that are kept, place of outcome.epsilon
  double chance_;
  ReconstructionJudge judge_;
  std::vector<double> explained_, inputs_, outputs_, codes_;
  const ReconstructionOutcome* outcome_ = nullptr;
  std::optional<std::uint64_t> measured_;   // steps at the last measurement
  double last_training_error_ = 0.0;
  std::map<std::string, std::size_t, std::less<>> row_width_;   // of each column: length of its last dimension
  std::map<std::string, std::size_t, std::less<>> size_;        // and numbers that it has for one time
  std::size_t next_ = 0;
  Recording recording_;
};

}  // namespace aesweep
