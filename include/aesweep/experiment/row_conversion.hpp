#pragma once
#include <string>
#include <vector>

#include "aesweep/experiment/observable.hpp"
#include "aesweep/sweep/config.hpp"

namespace aesweep {

/// Turns rows that one sweep stored for a point into what another sweep stores for the same point (same point id, seed and replica), bit for bit.
/// Columns may differ by what else lies on the grid: rows over neurons and coordinates are padded with NaN to the grid's largest; the map without
/// noise is recorded where some point has noise (at a point without it is the map itself), the training error where some point has a training set
/// (elsewhere it is NaN); theory_gap exists where the flow runs as well, and can't be had from SGD's row alone.
class RowConversion {
 public:
  RowConversion(const std::vector<Observable>& from, const Extents& from_extents, const std::vector<Observable>& to, const Extents& to_extents);

  /// Columns that can't be had at any point; empty where rows can be converted.
  const std::vector<std::string>& missing() const { return missing_; }
  /// Whether all columns can be had at this point. False wherever missing() is not empty.
  bool is_possible(const PointConfig& point) const;
  /// Requires is_possible(). Cost and bookkeeping come along; a column of them that `from` lacks has its fill value.
  Row operator()(const Row& row) const;

 private:
  /// Where a column comes from: one of the row's, or its fill value throughout.
  struct Source {
    bool stored = false;
    std::size_t column = 0;
    std::vector<std::size_t> from_shape, to_shape;
    double fill = 0.0;
  };
  std::vector<Source> sources_;
  std::vector<std::string> missing_;
  bool needs_no_noise_ = false, needs_no_training_set_ = false;
};

}  // namespace aesweep
