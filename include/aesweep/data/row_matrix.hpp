#pragma once
#include <Eigen/Core>

namespace aesweep {

/// K rows, one a neuron, each contiguous.
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace aesweep
