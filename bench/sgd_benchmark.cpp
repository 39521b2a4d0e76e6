// A step of vector SGD, inputs included, beside what one would write with Eigen: erf units, untied, no decay, spiked inputs. Times are a step's.
// Interleaved repetitions: --benchmark_enable_random_interleaving=true --benchmark_repetitions=9 --benchmark_report_aggregates_only=true; `min` counts.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "aesweep/sgd/vector_sgd.hpp"
#include "plain_sgd.hpp"

namespace aesweep {
namespace {

constexpr double kRate = 0.5;
constexpr std::uint64_t kSteps = 64;   // of an iteration

double erf_unit(double x) { return std::erf(x / std::sqrt(2.0)); }
double erf_slope(double x) { return std::sqrt(2.0 / 3.14159265358979323846) * std::exp(-0.5 * x * x); }

/// Inputs of both baselines: x̌ of the spiked model with two spikes, from the standard library's generator.
class Inputs {
 public:
  void draw(Eigen::VectorXd& x) {
    const double width = 1.0 / std::sqrt(static_cast<double>(x.size()));
    for (double& entry : x) entry = width * normal_(engine_);
    x[0] += std::sqrt(2.0) * normal_(engine_);
    x[1] += normal_(engine_);
  }

 private:
  std::mt19937_64 engine_{1};
  std::normal_distribution<double> normal_;
};

/// As the formulas stand: matrices of shape (K, D), temporaries where they fall.
struct NaiveEigen {
  NaiveEigen(Eigen::Index K, Eigen::Index D) : W(0.3 * Eigen::MatrixXd::Random(K, D)), V(0.01 * Eigen::MatrixXd::Random(K, D)) {}

  void step() {
    const auto D = static_cast<double>(W.cols());
    Eigen::VectorXd x(W.cols());
    inputs.draw(x);
    const Eigen::VectorXd lambda = W * x;
    const Eigen::VectorXd g = lambda.unaryExpr(&erf_unit), slope = lambda.unaryExpr(&erf_slope);
    const Eigen::VectorXd delta = x - V.transpose() * g;
    const Eigen::VectorXd pull = (V * delta).cwiseProduct(slope);
    V += kRate / D * g * delta.transpose();
    W += kRate / D * pull * x.transpose();
  }
  Eigen::MatrixXd W, V;
  Inputs inputs;
};

/// Columns of length D, no temporaries, no allocation.
struct CarefulEigen {
  CarefulEigen(Eigen::Index K, Eigen::Index D)
      : W(0.3 * Eigen::MatrixXd::Random(D, K)), V(0.01 * Eigen::MatrixXd::Random(D, K)), x(D), delta(D), lambda(K), g(K), pull(K) {}

  void step() {
    const double rate = kRate / static_cast<double>(W.rows());
    inputs.draw(x);
    lambda.noalias() = W.transpose() * x;
    for (Eigen::Index k = 0; k < g.size(); ++k) g[k] = erf_unit(lambda[k]);
    delta = x;
    delta.noalias() -= V * g;
    pull.noalias() = V.transpose() * delta;
    for (Eigen::Index k = 0; k < g.size(); ++k) {
      g[k] *= rate;
      pull[k] *= rate * erf_slope(lambda[k]);
    }
    V.noalias() += delta * g.transpose();
    W.noalias() += x * pull.transpose();
  }
  Eigen::MatrixXd W, V;
  Eigen::VectorXd x, delta, lambda, g, pull;
  Inputs inputs;
};

/// What both of ours begin with.
struct Begin {
  Begin(Eigen::Index K, Eigen::Index D)
      : inputs(spiked_inputs(std::vector{2.0, 1.0}, 1.0, D)), start(weights_from(random_start(K, D, 0.3, 0.3, 0.0, stream))) {
    rule.learning_rate = kRate;
  }
  LearningRule rule;
  RandomStream stream{1, 0};
  std::unique_ptr<InputSource> inputs;
  Weights start;
};

struct Plain : Begin {
  Plain(Eigen::Index K, Eigen::Index D) : Begin(K, D), sgd(rule, start, *inputs, stream) {}
  void step() { sgd.step(); }
  testing::PlainSgd sgd;
};

template <class Baseline>
void baseline(benchmark::State& state) {
  Baseline sgd(state.range(1), state.range(0));
  for ([[maybe_unused]] auto _ : state)
    for (std::uint64_t s = 0; s < kSteps; ++s) sgd.step();
  state.SetItemsProcessed(static_cast<std::int64_t>(kSteps) * state.iterations());
}

void blocked(benchmark::State& state) {
  const Begin begin(state.range(1), state.range(0));
  VectorSgd sgd(begin.rule, begin.start, *begin.inputs, begin.stream);
  for ([[maybe_unused]] auto _ : state) sgd.advance(sgd.steps() + kSteps);
  state.SetItemsProcessed(static_cast<std::int64_t>(kSteps) * state.iterations());
}

double least(const std::vector<double>& values) { return *std::ranges::min_element(values); }

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"D", "K"})->ComputeStatistics("min", least);
  for (const auto& size : {std::array{500, 2}, std::array{1000, 3}, std::array{1000, 8}, std::array{1024, 64}}) benchmark->Args({size[0], size[1]});
}

BENCHMARK_TEMPLATE(baseline, NaiveEigen)->Name("sgd/naive_eigen")->Apply(sizes);
BENCHMARK_TEMPLATE(baseline, CarefulEigen)->Name("sgd/careful_eigen")->Apply(sizes);
BENCHMARK_TEMPLATE(baseline, Plain)->Name("sgd/plain")->Apply(sizes);
BENCHMARK(blocked)->Name("sgd/blocked")->Apply(sizes);

}  // namespace
}  // namespace aesweep

BENCHMARK_MAIN();
