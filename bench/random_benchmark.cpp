// Standard normals: the standard library's, Random123's blocks one by one with the C library's Box–Muller, and ours. Ratios within one run count.
#include <Random123/philox.h>
#include <benchmark/benchmark.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "aesweep/data/random.hpp"

namespace {

constexpr std::size_t kCount = 1000;   // of one step at D = 1000: stays in L1

void report(benchmark::State& state) { state.SetItemsProcessed(static_cast<std::int64_t>(kCount) * state.iterations()); }

void standard_library(benchmark::State& state) {
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  std::vector<double> out(kCount);
  for ([[maybe_unused]] auto _ : state) {
    for (double& entry : out) entry = normal(engine);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  report(state);
}

/// Uniform in (0, 1), of 64 bits.
double uniform(std::uint32_t low, std::uint32_t high) { return (static_cast<double>(std::uint64_t{high} << 32 | low) + 0.5) * 0x1p-64; }

void random123_scalar(benchmark::State& state) {
  using Philox = r123::Philox4x32;
  std::vector<double> out(kCount);
  std::uint32_t step = 0;
  for ([[maybe_unused]] auto _ : state) {
    ++step;
    for (std::uint32_t pair = 0; pair < kCount / 2; ++pair) {
      const Philox::ctr_type word = Philox()({{pair, step, 1, 0}}, {{1, 2}});
      const double radius = std::sqrt(-2.0 * std::log(uniform(word[0], word[1]))), angle = 2.0 * std::numbers::pi * uniform(word[2], word[3]);
      out[2 * pair] = radius * std::cos(angle);
      out[2 * pair + 1] = radius * std::sin(angle);
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  report(state);
}

void ours(benchmark::State& state) {
  const aesweep::RandomStream stream(1, 0);
  std::vector<double> out(kCount);
  std::uint64_t step = 0;
  for ([[maybe_unused]] auto _ : state) {
    stream.normals(aesweep::Purpose::inputs, ++step, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  report(state);
}

BENCHMARK(standard_library)->Name("normals/standard_library");
BENCHMARK(random123_scalar)->Name("normals/random123_scalar");
BENCHMARK(ours)->Name("normals/ours");

}  // namespace
