// The Gram process beside the same process written with Eigen for one replica: seconds per step and replica, ratios within one run are what counts.
#include <benchmark/benchmark.h>

#include <Eigen/QR>
#include <cmath>
#include <random>

#include "aesweep/lanes/vector.hpp"
#include "aesweep/sgd/gram_sgd.hpp"

namespace {

using aesweep::GramInputs;
using aesweep::GramSgd;
using aesweep::LearningRule;
using aesweep::RowMatrix;
using aesweep::Weights;
using Eigen::Index;

GramInputs inputs_of(Index M, double D) {
  GramInputs inputs{{}, 1.0, D, {}};
  for (Index m = 0; m < M; ++m) inputs.tracked.push_back(2.0 / static_cast<double>(m + 1));
  return inputs;
}

Weights start_of(Index K, Index n) {
  std::mt19937_64 engine(7);
  std::normal_distribution<double> normal(0.0, 0.3);
  const auto draw = [&] { return normal(engine); };
  return {RowMatrix::NullaryExpr(K, n, draw), RowMatrix::NullaryExpr(K, n, draw), Eigen::VectorXd::Zero(K)};
}

void report(benchmark::State& state, double steps) {
  state.counters["per_step"] = benchmark::Counter(steps, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Arguments: M, K, log10 D, 1 for a variant with bias, decay and noise.
void BM_Gram(benchmark::State& state) {
  const Index M = state.range(0), K = state.range(1);
  LearningRule rule;
  if (state.range(3) == 1) rule = {aesweep::Activation::erf, true, 1.0, 0.1, 0.1};
  const auto group = static_cast<std::size_t>(GramSgd::group());
  std::vector<aesweep::RandomStream> streams;
  for (std::uint32_t replica = 0; replica < group; ++replica) streams.emplace_back(1, replica);
  GramSgd sgd(rule, inputs_of(M, std::pow(10.0, static_cast<double>(state.range(2)))), std::vector<Weights>(group, start_of(K, M + 2 * K)), streams);
  const std::uint64_t interval = 8 * sgd.epoch();
  double steps = 0.0;
  for (auto _ : state) {
    sgd.advance(sgd.steps() + interval);
    steps += static_cast<double>(interval * group);
  }
  report(state, steps);
}
BENCHMARK(BM_Gram)->ArgsProduct({{1}, {1}, {3, 6, 9}, {0}})->ArgsProduct({{3}, {3, 8}, {3, 6, 9}, {0, 1}})->ArgsProduct({{10}, {16}, {3, 6, 9}, {0}});

/// One replica, erf, in a frame that grows for 8 steps and is compressed by a Householder LQ; preallocated, numbers from the standard library.
class EigenGram {
 public:
  EigenGram(const GramInputs& inputs, Index K)
      : inputs_(inputs), M_(static_cast<Index>(inputs.tracked.size())), K_(K), n_(M_ + 2 * K), rows_(Eigen::MatrixXd::Zero(n_ + kBlock, 2 * K)),
        x_(n_ + kBlock), residual_(n_ + kBlock), value_(K), pull_(K), factored_(2 * K + kBlock, 2 * K) {
    const Weights start = start_of(K, n_);
    rows_.topRows(n_) << start.encoder.transpose(), start.decoder.transpose();
  }

  void block() {
    for (Index j = 0; j < kBlock; ++j) step(n_ + j);
    factored_.compute(rows_.bottomRows(2 * K_ + kBlock));
    rows_.bottomRows(2 * K_ + kBlock).setZero();
    rows_.middleRows(M_, 2 * K_) = factored_.matrixQR().topRows(2 * K_).triangularView<Eigen::Upper>();
  }

  static constexpr Index kBlock = 8;

 private:
  void step(Index axes) {
    const double width = 1.0 / std::sqrt(inputs_.dimension), rate = 1.0 / inputs_.dimension;
    for (Index i = 0; i < axes; ++i) x_[i] = width * normal_(engine_);
    for (Index m = 0; m < M_; ++m) x_[m] += std::sqrt(inputs_.tracked[static_cast<std::size_t>(m)]) * normal_(engine_);
    x_[axes] = width * std::sqrt(2.0 * gamma_(engine_, std::gamma_distribution<double>::param_type(0.5 * (inputs_.dimension - static_cast<double>(axes)), 1.0)));
    const auto x = x_.head(axes + 1);
    auto W = rows_.leftCols(K_).topRows(axes + 1), V = rows_.rightCols(K_).topRows(axes + 1);
    value_.noalias() = W.transpose() * x;
    pull_ = (std::sqrt(2.0 / M_PI) * (-0.5 * value_.array().square()).exp()).matrix();
    for (Index k = 0; k < K_; ++k) value_[k] = std::erf(value_[k] / std::sqrt(2.0));
    auto residual = residual_.head(axes + 1);
    residual = x;
    residual.noalias() -= V * value_;
    for (Index k = 0; k < K_; ++k) pull_[k] *= V.col(k).dot(residual);
    V.noalias() += rate * residual * value_.transpose();
    W.noalias() += rate * x * pull_.transpose();
  }

  GramInputs inputs_;
  Index M_, K_, n_;
  Eigen::MatrixXd rows_;   // W, V̂ as columns
  Eigen::VectorXd x_, residual_, value_, pull_;
  Eigen::HouseholderQR<Eigen::MatrixXd> factored_;
  std::mt19937_64 engine_{1};
  std::normal_distribution<double> normal_;
  std::gamma_distribution<double> gamma_;
};

void BM_ScalarEigen(benchmark::State& state) {
  EigenGram gram(inputs_of(state.range(0), 1e3), state.range(1));
  double steps = 0.0;
  for (auto _ : state) {
    gram.block();
    steps += static_cast<double>(EigenGram::kBlock);
  }
  report(state, steps);
}
BENCHMARK(BM_ScalarEigen)->Args({1, 1})->Args({3, 3})->Args({3, 8})->Args({10, 16});

/// Independent multiply-adds, each two operations: how fast the core is at this moment. Seconds per operation.
void multiply_adds(benchmark::State& state) {
  namespace lanes = aesweep::lanes;
  constexpr int kChains = 12, kRounds = 1000;
  lanes::Real sums[kChains]{}, factor = lanes::spread(0.999), term = lanes::spread(0.001);
  benchmark::DoNotOptimize(factor);
  benchmark::DoNotOptimize(term);
  for (auto _ : state) {
    lanes::Real sum[kChains];
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sum[i] = sums[i];
    for (int round = 0; round < kRounds; ++round)
#pragma GCC unroll 12
      for (int i = 0; i < kChains; ++i) sum[i] = sum[i] * factor + term;
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = sum[i];
    benchmark::DoNotOptimize(sums);
  }
  report(state, 2.0 * kChains * kRounds * lanes::kLanes * static_cast<double>(state.iterations()));
}
BENCHMARK(multiply_adds);

}  // namespace
