// The flow's right-hand side and whole integrations beside what Eigen and Odeint give: ratios within one run are what counts.
#include <benchmark/benchmark.h>

#include <boost/numeric/odeint.hpp>
#include <cmath>
#include <numbers>
#include <random>

#include "aesweep/dynamics/flow.hpp"
#include "aesweep/dynamics/integrate.hpp"
#include "aesweep/outcome/judge.hpp"

namespace {

using aesweep::Flow;
using aesweep::FlowState;
using aesweep::LearningRule;
using aesweep::Modes;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kDecay = 0.01;
const LearningRule kRule{aesweep::Activation::erf, false, 1.0, kDecay, 0.0};

/// Every mode starts with random weights that make the units' variances about one half.
Modes modes_of(Index K, Index n) {
  const VectorXd rho_hat = VectorXd::NullaryExpr(n, [](Index m) { return 2.0 / static_cast<double>(m + 1); });
  std::mt19937_64 engine(7);
  std::normal_distribution<double> normal(0.0, 0.3);
  const auto draw = [&] { return normal(engine); };
  return {rho_hat, {aesweep::RowMatrix::NullaryExpr(K, n, draw), aesweep::RowMatrix::NullaryExpr(K, n, draw), VectorXd::Zero(K)}};
}

/// W, then V̂, as columns, shape (n, K).
std::vector<double> columns_of(const Modes& modes) {
  const MatrixXd W = modes.weights.encoder.transpose(), V = modes.weights.decoder.transpose();
  std::vector<double> state(W.data(), W.data() + W.size());
  state.insert(state.end(), V.data(), V.data() + V.size());
  return state;
}

void erf_moments(const MatrixXd& Q, VectorXd& a, VectorXd& c3, MatrixXd& S, MatrixXd& G, MatrixXd& H) {
  using std::numbers::pi;
  for (Index k = 0; k < Q.rows(); ++k) {
    a[k] = std::sqrt(2.0 / (pi * (1.0 + Q(k, k))));
    c3[k] = -a[k] / (1.0 + Q(k, k));
  }
  for (Index k = 0; k < Q.rows(); ++k)
    for (Index l = 0; l <= k; ++l) {
      const double v_k = 1.0 + Q(k, k), v_l = 1.0 + Q(l, l), root = std::sqrt(v_k * v_l - Q(k, l) * Q(k, l));
      S(k, l) = S(l, k) = 2.0 / pi * std::asin(Q(k, l) / std::sqrt(v_k * v_l));
      G(k, l) = G(l, k) = 2.0 / (pi * root);
      H(k, l) = -G(k, l) * Q(k, l) / v_k;
      H(l, k) = -G(k, l) * Q(k, l) / v_l;
    }
}

/// As one writes it down: every product a new matrix.
class PlainEigen {
 public:
  PlainEigen(Index K, const VectorXd& rho_hat) : hidden_(K), rho_(rho_hat) {}
  void operator()(const std::vector<double>& x, std::vector<double>& dxdt, double) const {
    const Index n = rho_.size(), size = hidden_ * n;
    const Eigen::Map<const MatrixXd> W(x.data(), n, hidden_), V(x.data() + size, n, hidden_);
    const MatrixXd Q = W.transpose() * rho_.asDiagonal() * W, R = V.transpose() * rho_.asDiagonal() * W, T0 = V.transpose() * V;
    VectorXd a(hidden_), c3(hidden_);
    MatrixXd S(hidden_, hidden_), G(hidden_, hidden_), H(hidden_, hidden_);
    erf_moments(Q, a, c3, S, G, H);
    MatrixXd M = -T0.cwiseProduct(G);
    M.diagonal() += R.diagonal().cwiseProduct(c3) - T0.cwiseProduct(H).rowwise().sum();
    Eigen::Map<MatrixXd>(dxdt.data(), n, hidden_) = rho_.asDiagonal() * (V * a.asDiagonal() + W * M.transpose()) - kDecay * W;
    Eigen::Map<MatrixXd>(dxdt.data() + size, n, hidden_) = rho_.asDiagonal() * W * a.asDiagonal() - V * S - kDecay * V;
  }

 private:
  Index hidden_;
  VectorXd rho_;
};

/// The same with care: everything allocated before, no temporaries, the diagonal of R alone.
class CarefulEigen {
 public:
  CarefulEigen(Index K, const VectorXd& rho_hat)
      : hidden_(K), rho_(rho_hat), scaled_(rho_hat.size(), K), Q_(K, K), T0_(K, K), M_(K, K), S_(K, K), G_(K, K), H_(K, K), a_(K), c3_(K), R_(K) {}
  void operator()(const std::vector<double>& x, std::vector<double>& dxdt, double) {
    const Index n = rho_.size(), size = hidden_ * n;
    const Eigen::Map<const MatrixXd> W(x.data(), n, hidden_), V(x.data() + size, n, hidden_);
    Eigen::Map<MatrixXd> dW(dxdt.data(), n, hidden_), dV(dxdt.data() + size, n, hidden_);
    scaled_.noalias() = rho_.asDiagonal() * W;
    Q_.noalias() = W.transpose() * scaled_;
    T0_.noalias() = V.transpose() * V;
    for (Index k = 0; k < hidden_; ++k) R_[k] = V.col(k).dot(scaled_.col(k));
    erf_moments(Q_, a_, c3_, S_, G_, H_);
    M_ = -T0_.cwiseProduct(G_);
    for (Index k = 0; k < hidden_; ++k) M_(k, k) += R_[k] * c3_[k] - T0_.col(k).dot(H_.row(k));
    dW.noalias() = scaled_ * M_;
    dV.noalias() = V * S_;
    for (Index k = 0; k < hidden_; ++k) {
      dW.col(k).array() += a_[k] * rho_.array() * V.col(k).array() - kDecay * W.col(k).array();
      dV.col(k) = a_[k] * scaled_.col(k) - dV.col(k) - kDecay * V.col(k);
    }
  }

 private:
  Index hidden_;
  VectorXd rho_;
  MatrixXd scaled_, Q_, T0_, M_, S_, G_, H_;
  VectorXd a_, c3_, R_;
};

template <class System>
void rhs_eigen(benchmark::State& state) {
  const auto modes = modes_of(state.range(0), state.range(1));
  System system(state.range(0), modes.rho_hat);
  const auto x = columns_of(modes);
  auto dxdt = x;
  for (auto _ : state) {
    system(x, dxdt, 0.0);
    benchmark::DoNotOptimize(dxdt.data());
    benchmark::ClobberMemory();
  }
}

void rhs_flow(benchmark::State& state) {
  const auto modes = modes_of(state.range(0), state.range(1));
  Flow flow(kRule, state.range(0), modes);
  const auto x = aesweep::pack(modes.weights);
  auto dxdt = x;
  for (auto _ : state) {
    flow(x, dxdt, 0.0);
    benchmark::DoNotOptimize(dxdt.data());
    benchmark::ClobberMemory();
  }
}

const std::vector<double> kTimes{0.0, 50.0};
constexpr double kAbsolute = 1e-10, kRelative = 1e-8;

/// Time for a step of dopri5, of six right-hand sides.
template <class System>
void steps_eigen(benchmark::State& state) {
  namespace odeint = boost::numeric::odeint;
  const auto modes = modes_of(state.range(0), state.range(1));
  System system(state.range(0), modes.rho_hat);
  std::int64_t steps = 0;
  for (auto _ : state) {
    auto stepper = odeint::make_dense_output(kAbsolute, kRelative, odeint::runge_kutta_dopri5<std::vector<double>>());
    stepper.initialize(columns_of(modes), 0.0, 1e-3);
    for (; stepper.current_time() < kTimes.back(); ++steps) stepper.do_step(std::ref(system));
  }
  state.counters["step"] = benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void steps_flow(benchmark::State& state) {
  const auto modes = modes_of(state.range(0), state.range(1));
  std::uint64_t evaluations = 0;
  for (auto _ : state)
    evaluations += aesweep::integrate_flow(kRule, modes, kTimes, {kRelative, kAbsolute}, [](std::size_t, const aesweep::Weights&) { return true; }, [] {});
  state.counters["step"] = benchmark::Counter(static_cast<double>(evaluations) / 6.0, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void judge(benchmark::State& state) {
  const auto modes = modes_of(state.range(0), state.range(1));
  const auto judge = aesweep::population_judge(kRule.activation, state.range(0), modes, 0.0);
  std::vector<double> explained(3);
  for (auto _ : state) benchmark::DoNotOptimize(judge->measure(modes.weights, explained));
}

void right_hand_sides(benchmark::internal::Benchmark* one) { one->ArgNames({"K", "n"})->Args({3, 9})->Args({4, 1024})->Args({8, 1024})->Args({64, 1024}); }
void integrations(benchmark::internal::Benchmark* one) { one->ArgNames({"K", "n"})->Args({3, 9})->Args({64, 131})->Unit(benchmark::kMicrosecond); }

BENCHMARK(rhs_eigen<PlainEigen>)->Apply(right_hand_sides);
BENCHMARK(rhs_eigen<CarefulEigen>)->Apply(right_hand_sides);
BENCHMARK(rhs_flow)->Apply(right_hand_sides);
BENCHMARK(steps_eigen<PlainEigen>)->Apply(integrations);
BENCHMARK(steps_eigen<CarefulEigen>)->Apply(integrations);
BENCHMARK(steps_flow)->Apply(integrations);
BENCHMARK(judge)->ArgNames({"K", "n"})->Args({3, 9})->Args({64, 131});

}  // namespace
