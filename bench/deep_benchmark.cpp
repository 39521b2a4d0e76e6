// A training step of deep autoencoders beside the same with Eigen, one network after the other: steps a second, of all networks together.
#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include "aesweep/deep/trainer.hpp"

namespace {

constexpr int kBatch = 128, kInputs = 3;

aesweep::DeepShape shape_of(int width) { return {kInputs, {width, width}, 1, {width, width}, aesweep::Activation::tanh}; }

std::vector<double> circle() {
  std::vector<double> points(kBatch * kInputs, 0.0);
  for (std::size_t s = 0; s < kBatch; ++s) {
    points[kInputs * s] = std::cos(0.05 * static_cast<double>(s));
    points[kInputs * s + 1] = std::sin(0.05 * static_cast<double>(s));
  }
  return points;
}

std::vector<double> start_of(int width, int network) { return deep_start(shape_of(width), 1.0, {1, static_cast<std::uint32_t>(network)}); }

/// Arguments: networks, width, 1 for single precision.
void deep_step(benchmark::State& state) {
  const auto width = static_cast<int>(state.range(1));
  aesweep::DeepRule rule;
  rule.single_precision = state.range(2) == 1;
  std::vector<aesweep::DeepTrainer> networks;
  for (int r = 0; r < state.range(0); ++r) networks.emplace_back(shape_of(width), rule, start_of(width, r));
  const auto points = circle();
  for (auto _ : state)
    for (auto& network : networks) benchmark::DoNotOptimize(network.step(points));
  state.SetItemsProcessed(state.iterations());
}

/// One network with Eigen, in single precision: samples are columns; preallocated and free of temporaries, Adam over all parameters at once.
class EigenNetwork {
 public:
  EigenNetwork(int width, int network) : widths_(shape_of(width).widths()) {
    const auto start = start_of(width, network);
    theta_ = Eigen::Map<const Eigen::VectorXd>(start.data(), static_cast<Eigen::Index>(start.size())).cast<float>();
    gradient_ = mean_ = square_ = Eigen::VectorXf::Zero(theta_.size());
    for (const int units : widths_) {
      values_.emplace_back(units, kBatch);
      deltas_.emplace_back(units, kBatch);
    }
    values_[0] = Eigen::Map<const Eigen::MatrixXd>(circle().data(), kInputs, kBatch).cast<float>();
  }

  float step() {
    const std::size_t last = widths_.size() - 1;
    for (std::size_t l = 1; l <= last; ++l) {
      values_[l].noalias() = weights(theta_, l) * values_[l - 1];
      values_[l].colwise() += bias(theta_, l);
      if (is_hidden(l)) values_[l] = values_[l].array().tanh();
    }
    deltas_[last] = (values_[last] - values_[0]) / static_cast<float>(kBatch);
    const float loss = 0.5F * static_cast<float>(kBatch) * deltas_[last].squaredNorm();
    for (std::size_t l = last; l >= 1; --l) {
      weights(gradient_, l).noalias() = deltas_[l] * values_[l - 1].transpose();
      bias(gradient_, l) = deltas_[l].rowwise().sum();
      if (l == 1) break;
      deltas_[l - 1].noalias() = weights(theta_, l).transpose() * deltas_[l];
      if (is_hidden(l - 1)) deltas_[l - 1].array() *= 1.0F - values_[l - 1].array().square();
    }
    ++steps_;
    const float rate = 1e-3F / (1.0F - std::pow(0.9F, steps_)), root = 1.0F / std::sqrt(1.0F - std::pow(0.999F, steps_));
    mean_ += 0.1F * (gradient_ - mean_);
    square_.array() += 0.001F * (gradient_.array().square() - square_.array());
    theta_.array() -= rate * mean_.array() / (square_.array().sqrt() * root + 1e-8F);
    return loss;
  }

 private:
  bool is_hidden(std::size_t l) const { return l + 1 != widths_.size() && l != 3; }
  Eigen::Index place(std::size_t layer) const {
    Eigen::Index at = 0;
    for (std::size_t l = 1; l < layer; ++l) at += widths_[l] * (widths_[l - 1] + 1);
    return at;
  }
  using Rows = Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
  Rows weights(Eigen::VectorXf& of, std::size_t l) { return {of.data() + place(l), widths_[l], widths_[l - 1]}; }
  Eigen::Map<Eigen::VectorXf> bias(Eigen::VectorXf& of, std::size_t l) { return {of.data() + place(l) + widths_[l] * widths_[l - 1], widths_[l]}; }

  std::vector<int> widths_;
  Eigen::VectorXf theta_, gradient_, mean_, square_;
  std::vector<Eigen::MatrixXf> values_, deltas_;
  float steps_ = 0.0F;
};

void deep_eigen(benchmark::State& state) {
  std::vector<EigenNetwork> networks;
  for (int r = 0; r < state.range(0); ++r) networks.emplace_back(static_cast<int>(state.range(1)), r);
  for (auto _ : state)
    for (auto& network : networks) benchmark::DoNotOptimize(network.step());
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(deep_step)->ArgNames({"networks", "width", "single"})->Args({1, 128, 1})->Args({16, 32, 1})->Args({1, 128, 0})->Args({16, 32, 0});
BENCHMARK(deep_eigen)->ArgNames({"networks", "width"})->Args({1, 128})->Args({16, 32});

}  // namespace
