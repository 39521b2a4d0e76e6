#pragma once
#include <cstdint>
#include <functional>
#include <span>

#include "aesweep/data/random.hpp"
#include "aesweep/outcome/judge.hpp"

namespace aesweep {

/// Averages over a given list of inputs, whatever they are: images of a pool, samples of a training set. Inputs pass in chunks, so that the work is
/// matrix products and the memory does not grow with their number.
class SampleJudge final : public Judge {
 public:
  /// Writes input i of the list, shape (D), and returns the number that fixes its noise. Must not allocate.
  using Input = std::function<std::uint64_t(std::uint64_t i, std::span<double> x)>;

  /// @param count  of the list.   @param axes  shape (D, components), or empty: the leading coordinates.   @param noise  ŝ².
  SampleJudge(Activation activation, Eigen::Index hidden, Eigen::Index dimension, Eigen::Index components, std::uint64_t count, Input input,
              Eigen::MatrixXd axes, double noise);

  double measure(const Weights& weights, std::span<double> explained) override;

 private:
  Eigen::Index fill_chunk(std::uint64_t first);
  double judge_chunk(const Weights& weights, Eigen::Index rows);

  Activation activation_;
  std::uint64_t count_;
  Input input_;
  Eigen::MatrixXd axes_;
  double noise_width_;   // ŝ
  RandomStream noise_;
  RowMatrix inputs_;     // x̌, one row an input
  RowMatrix noisy_;      // x̌ + ŝξ', no rows without noise
  RowMatrix code_, along_, coordinates_, output_, T0_;
  Eigen::VectorXd residual_, variance_;
};

}  // namespace aesweep
