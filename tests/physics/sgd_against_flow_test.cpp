#include <gtest/gtest.h>

#include <cmath>
#include <chrono>

#include "aesweep/data/start.hpp"
#include "aesweep/sgd/simulate.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

TEST(Sgd, Explore) {
  const double eta = std::getenv("ETA") ? atof(std::getenv("ETA")) : 2.0;
  const double sd = std::getenv("SD") ? atof(std::getenv("SD")) : 0.5;
  const Eigen::Index K = std::getenv("K") ? atoi(std::getenv("K")) : 2;
  const std::vector<double> spikes = K == 1 ? std::vector<double>{2.0} : std::vector<double>{2.0, 1.0};
  for (const auto activation : {Activation::linear, Activation::erf}) {
    std::vector<double> times{0.0};
    for (double s : {0.2, 0.4, 0.6, 0.8, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0}) times.push_back(s / eta);
    for (const Eigen::Index D : {100, 400, 1600}) {
      auto t0 = std::chrono::steady_clock::now();
      const int N = D == 100 ? 400 : D == 400 ? 200 : 50;
      const auto spectrum = spiked_spectrum(spikes, 1.0, D);
      const auto inputs = spiked_inputs(spikes, 1.0, D);
      std::vector<std::vector<double>> diff(times.size());
      std::vector<double> mean_flow(times.size());
      for (int r = 0; r < N; ++r) {
        const LearningRule rule{activation, false, eta, 0.0, 0.0};
        const auto start = weights_from(random_start(K, D, sd, sd, 0.0, RandomStream(1, r)));
        const auto flow = follow(rule, compress(spectrum, start, K), spectrum.total(), times, K, {1e-8, 1e-10});
        const auto judge = population_judge(activation, K, spectrum.rho_hat(), spectrum.total(), 0.0);
        VectorSgd replica(rule, start, *inputs, RandomStream(D, r));
        simulate(replica, times, [&](std::size_t i, const Weights& w) {
          mean_flow[i] += flow[i].pmse / N;
          diff[i].push_back(judge->measure(w, {}) - flow[i].pmse);
          return true; }, [] {});
      }
      printf("%d D %ld N %d (%.2f s)\n", int(activation), long(D), N, std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count());
      for (std::size_t i = 1; i < times.size(); ++i) {
        double m = 0, s = 0, k = 0;
        for (double d : diff[i]) m += d / N;
        for (double d : diff[i]) s += (d - m) * (d - m) / (N - 1), k += std::pow(d - m, 4) / N;
        printf("  etat %.1f flow %.4f  mean*D %.4f +- %.4f   std*sqrtD %.4f kurt %.2f\n", times[i] * eta, mean_flow[i], m * double(D), std::sqrt(s / N) * double(D), std::sqrt(s * double(D)), k / s / s);
      }
    }
  }
}

}  // namespace
}  // namespace aesweep
