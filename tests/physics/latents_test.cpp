// Latents that are not Gaussian have a flow of their own   [equations.md §4].
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "aesweep/data/start.hpp"
#include "aesweep/sgd/simulate.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

// The numbers of equations.md §4 (K = M = 1, erf, θ = 1, no bulk, t = 1, 4, 30), which belong to the aligned start α_W = 0.3, α_V = 0.05. Three
// digits are given, of which the last is off by up to one (.3499 is given as .349): 1e-3. The Laplace row is .0018 off at t = 1 (.42486, by
// independent quadrature in c as well), and no other start fits all rows better than .0014: it looks like an average over about 10^5 samples of c,
// which would scatter by .002.
TEST(Latents, HaveTheFlowsOfTheDocument) {
  struct Row {
    LatentLaw law;
    std::array<double, 3> error;
    double tolerance;
  };
  const std::vector<double> spikes{1.0};
  for (const auto& row : {Row{LatentLaw::gaussian, {.415, .081, .011}, 1e-3}, Row{LatentLaw::rademacher, {.405, .019, .000}, 1e-3},
                          Row{LatentLaw::laplace, {.423, .136, .023}, 2e-3}, Row{LatentLaw::sparse, {.460, .349, .080}, 1e-3}}) {
    const Modes modes{{Eigen::VectorXd::Ones(1), 1.0, 0, latent_mixture({row.law}, spikes, 0.0)}, aligned_weights(1, 1, 0.3, 0.05)};
    const auto judge = population_judge(Activation::erf, 1, modes, 0.0);
    integrate_flow({Activation::erf}, modes, {0.0, 1.0, 4.0, 30.0}, kTight, [&](std::size_t i, const Weights& weights) {
      const double error = judge->measure(weights, {});
      if (i == 0) return true;
      EXPECT_NEAR(error, row.error[i - 1], row.tolerance) << "law " << static_cast<int>(row.law) << ", time " << i;
      return true;
    }, [] {});
  }
}

// SGD with each law against its own flow and against the one of the covariance. D = 400, η = 0.5: the mean over replicas is biased by O(η/D) ~ 1e-3,
// for which 2e-3 are allowed besides four standard errors; the covariance flow must be outside that for signs and for sparse latents.
TEST(Latents, SgdFollowsItsOwnFlow) {
  const std::vector<double> spikes{2.0, 1.0};
  const Eigen::Index D = 400, K = 2;
  const auto spectrum = spiked_spectrum(spikes, 0.5, D);
  LearningRule rule{Activation::erf, true, 0.5};
  const std::vector<double> times{0.0, 4.0};
  for (const auto law : {LatentLaw::rademacher, LatentLaw::laplace, LatentLaw::sparse, LatentLaw::nonnegative, LatentLaw::mixture}) {
    const auto inputs = spiked_inputs(spikes, 0.5, D, {law});
    const auto mixture = latent_mixture({law}, spikes, 0.5 / static_cast<double>(D), 16);
    const auto start = weights_from(random_start(K, D, 0.3, 0.3, 0.0, RandomStream(31, 0)));
    const auto end_of = [&](const Modes& modes) {
      Weights end;
      integrate_flow(rule, modes, times, {1e-8, 1e-10}, [&](std::size_t, const Weights& weights) {
        end = weights;
        return true;
      }, [] {});
      return end;
    };
    const auto own = compress(spectrum, start, 2, mixture), covariance = compress(spectrum, start, 2);
    const auto judge = population_judge(rule.activation, K, own, 0.0);
    const double own_error = judge->measure(end_of(own), {});
    const double covariance_error = population_judge(rule.activation, K, covariance, 0.0)->measure(end_of(covariance), {});
    const auto sgd_judge = population_judge(rule.activation, K, Population(spectrum.rho_hat(), spectrum.total(), 0, mixture), 0.0);
    const int replicas = 12;
    Eigen::ArrayXd errors(replicas);
    for (int r = 0; r < replicas; ++r) {
      VectorSgd sgd(rule, start, *inputs, RandomStream(32, static_cast<std::uint32_t>(r)));
      simulate(sgd, times, [](std::size_t, const Weights&) { return true; }, [] {});
      errors[r] = sgd_judge->measure(sgd.weights(), {});
    }
    const double mean = errors.mean(), error = std::sqrt((errors - mean).square().sum() / (replicas - 1.0) / replicas);
    fmt::print("law {}: SGD {:.4f} ± {:.4f}, own flow {:.4f}, covariance flow {:.4f} (seeds 31, 32)\n", static_cast<int>(law), mean, error, own_error,
               covariance_error);
    EXPECT_NEAR(mean, own_error, 4.0 * error + 2e-3) << static_cast<int>(law);
    const bool is_far = law == LatentLaw::rademacher || law == LatentLaw::sparse;
    EXPECT_TRUE(!is_far || std::abs(mean - covariance_error) > 4.0 * error + 2e-3) << static_cast<int>(law);
  }
}

}  // namespace
}  // namespace aesweep
