// The judge of inputs that are a mixture of Gaussians   [equations.md §4].
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/data/inputs.hpp"
#include "aesweep/data/spectrum.hpp"
#include "aesweep/outcome/judge.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

using testing::random_weights;

const std::vector<double> kSpikes{2.0, 1.0};
const std::vector<Latent> kLaws{{LatentLaw::rademacher}, {LatentLaw::laplace}, {LatentLaw::sparse}, {LatentLaw::nonnegative}, {LatentLaw::mixture}};

Population spiked_population(const Latent& latent, double bulk, Eigen::Index dimension) {
  const auto spectrum = spiked_spectrum(kSpikes, bulk, dimension);
  return {spectrum.rho_hat(), spectrum.total(), 0, latent_mixture(latent, kSpikes, bulk / static_cast<double>(dimension))};
}

// Against a direct average over the inputs that SGD draws, with input noise. Six standard errors are allowed (key 3).
TEST(MixtureJudge, AgreesWithAverageOverInputs) {
  const Eigen::Index K = 2, D = 5;
  const double noise = 0.2, bulk = 1.0;
  const auto rho_hat = spiked_spectrum(kSpikes, bulk, D).rho_hat();
  for (const auto& latent : kLaws)
    for (const auto activation : all_activations()) {
      const auto weights = random_weights(K, D, 0.6, 17);
      std::vector<double> explained(static_cast<std::size_t>(D));
      const double pmse = population_judge(activation, K, spiked_population(latent, bulk, D), noise)->measure(weights, explained);
      const auto inputs = spiked_inputs(kSpikes, bulk, D, latent);
      const RandomStream stream(3, 0);
      const int samples = 40'000;
      Eigen::VectorXd x(D), xi(D), residual(D), sum = Eigen::VectorXd::Zero(D + 1), squares = sum;
      for (int s = 0; s < samples; ++s) {
        const auto step = static_cast<std::uint64_t>(s);
        inputs->draw(stream, step, {x.data(), static_cast<std::size_t>(D)});
        stream.normals(Purpose::corruption, step, {xi.data(), static_cast<std::size_t>(D)});
        residual = x;
        for (Eigen::Index k = 0; k < K; ++k)
          residual -= evaluate(activation, weights.encoder.row(k).dot((x + std::sqrt(noise) * xi).transpose()) + weights.bias[k]).value *
                      weights.decoder.row(k).transpose();
        for (Eigen::Index m = 0; m <= D; ++m) {
          const double error = m < D ? residual[m] * residual[m] : 0.5 * residual.squaredNorm();
          sum[m] += error;
          squares[m] += error * error;
        }
      }
      const Eigen::ArrayXd mean = sum / samples, error = ((squares / samples).array() - mean.square()).sqrt() / std::sqrt(samples);
      const std::string which = std::string(name(activation)) + ", law " + std::to_string(static_cast<int>(latent.law));
      EXPECT_NEAR(pmse, mean[D], 6.0 * error[D]) << which;
      for (Eigen::Index m = 0; m < D; ++m)
        EXPECT_NEAR(rho_hat[m] * (1.0 - explained[static_cast<std::size_t>(m)]), mean[m], 6.0 * error[m]) << which << ", component " << m;
    }
}

// pmse = ½ Σ ρ̂_m (1 − R²_m), an identity; and linear units without bias see the covariance alone. Rounding over up to 2000 nodes.
TEST(MixtureJudge, ErrorIsTheUnexplainedVariance) {
  for (const auto& latent : kLaws)
    for (const auto activation : all_activations()) {
      const auto population = spiked_population(latent, 0.7, 6);
      auto weights = random_weights(3, 6, 0.6, 4);
      std::vector<double> explained(6);
      double pmse = population_judge(activation, 3, population, 0.1)->measure(weights, explained);
      double unexplained = 0.0;
      for (std::size_t m = 0; m < 6; ++m) unexplained += 0.5 * population.rho_hat[static_cast<Eigen::Index>(m)] * (1.0 - explained[m]);
      EXPECT_NEAR(pmse, unexplained, 1e-12 * pmse) << name(activation);
      if (activation != Activation::linear) continue;
      weights.bias.setZero();
      pmse = population_judge(activation, 3, population, 0.1)->measure(weights, explained);
      EXPECT_NEAR(pmse, population_judge(activation, 3, population.rho_hat, population.total, 0.1)->measure(weights, {}), 1e-12 * pmse);
    }
}

// A mixture of one node, and one whose nodes share their parameters, are Gaussian inputs.
TEST(MixtureJudge, OfOneGaussianIsTheGaussianJudge) {
  Eigen::VectorXd rho_hat(4);
  rho_hat << 2.0, 1.0, 0.4, 0.3;
  for (const Eigen::Index columns : {1, 2}) {
    const auto mixture = std::make_shared<GaussianMixture>(
        GaussianMixture{Eigen::Vector2d(0.3, 0.7), Eigen::MatrixXd::Zero(2, 2), rho_hat.head(2).replicate(1, columns)});
    for (const auto activation : all_activations()) {
      const auto weights = random_weights(2, 4, 0.6, 7);
      std::vector<double> by_nodes(4), directly(4);
      const double pmse = population_judge(activation, 2, Population(rho_hat, 5.0, 0, mixture), 0.2)->measure(weights, by_nodes);
      EXPECT_NEAR(pmse, population_judge(activation, 2, rho_hat, 5.0, 0.2)->measure(weights, directly), 1e-13 * pmse);
      for (std::size_t m = 0; m < 4; ++m) EXPECT_NEAR(by_nodes[m], directly[m], 1e-12);
    }
  }
}

// Points without a spread are a finite sample, for which pmse is a plain average; the same points with a spread of 1e-14 go through the moments.
TEST(MixtureJudge, OfPointsIsTheAverageOverThem) {
  const Eigen::Index D = 4, P = 150;   // more than a block
  const Eigen::MatrixXd points = random_weights(D, P, 0.8, 9).encoder;
  const Eigen::VectorXd rho_hat = points.rowwise().squaredNorm() / static_cast<double>(P);
  for (const auto activation : all_activations()) {
    const auto weights = random_weights(3, D, 0.6, 12);
    double sum = 0.0;
    for (Eigen::Index i = 0; i < P; ++i) {
      Eigen::VectorXd residual = points.col(i);
      for (Eigen::Index k = 0; k < 3; ++k)
        residual -= evaluate(activation, weights.encoder.row(k).dot(points.col(i).transpose()) + weights.bias[k]).value *
                    weights.decoder.row(k).transpose();
      sum += 0.5 * residual.squaredNorm() / static_cast<double>(P);
    }
    for (const double spread : {0.0, 1e-14}) {
      const auto sample = std::make_shared<GaussianMixture>(
          GaussianMixture{Eigen::VectorXd::Constant(P, 1.0 / static_cast<double>(P)), points, Eigen::VectorXd::Constant(D, spread)});
      const double pmse = population_judge(activation, 3, Population(rho_hat, rho_hat.sum(), 0, sample), 0.0)->measure(weights, {});
      EXPECT_NEAR(pmse, sum, spread > 0.0 ? 1e-8 : 1e-13) << name(activation);   // relu's kink: at most √1e-14 on a node or two
    }
  }
}

// The order of the rules was chosen by convergence: against twice the order and more, at the accuracies that latent_mixture promises.
TEST(MixtureJudge, HasConvergedInTheOrderOfTheRules) {
  struct Promise {
    LatentLaw law;
    Activation activation;
    double floor;
    std::vector<double> error;   // M = 1..4
  };
  const std::vector<Promise> promises{{LatentLaw::laplace, Activation::erf, 0.0, {1e-8, 1e-8, 1e-7, 1e-6}},
                                      {LatentLaw::laplace, Activation::relu, 0.0, {1e-8, 1e-8, 1e-7, 1e-6}},
                                      {LatentLaw::nonnegative, Activation::erf, 0.01, {1e-7, 1e-6, 1e-3, 1e-3}},
                                      {LatentLaw::nonnegative, Activation::tanh, 0.0, {1e-7, 1e-6, 1e-3, 1e-3}},
                                      {LatentLaw::nonnegative, Activation::relu, 0.0, {2e-3, 2e-3, 2e-3, 2e-3}}};
  const std::vector<double> all{2.0, 1.5, 1.0, 0.5};
  const std::vector<Eigen::Index> finer{240, 100, 28, 14};
  for (const auto& promise : promises)
    for (std::size_t M = 1; M <= 4; ++M) {
      const std::span<const double> spikes(all.data(), M);
      const auto modes = static_cast<Eigen::Index>(M);
      const Eigen::VectorXd rho_hat = Eigen::Map<const Eigen::VectorXd>(spikes.data(), modes).array() + promise.floor;
      auto weights = random_weights(2, modes, 2.0 / std::sqrt(static_cast<double>(M)), 2);
      weights.bias *= 0.15;
      const auto error = [&](Eigen::Index order) {
        const Population population(rho_hat, rho_hat.sum(), 0, latent_mixture({promise.law}, spikes, promise.floor, order));
        return population_judge(promise.activation, 2, population, 0.0)->measure(weights, {});
      };
      const double best = error(finer[M - 1]);
      EXPECT_NEAR(error(0), best, promise.error[M - 1] * best)
          << name(promise.activation) << ", law " << static_cast<int>(promise.law) << ", M = " << M << ", floor " << promise.floor;
    }
}

TEST(PopulationJudge, HasNoExplainedVarianceForFrozenOrMissingModes) {
  const auto weights = random_weights(1, 3, 0.6, 1);
  std::vector<double> explained(5, 0.0);
  population_judge(Activation::erf, 1, Population(Eigen::Vector3d(2.0, 1.0, 1.0), 4.0, 1), 0.0)->measure(weights, explained);
  EXPECT_TRUE(std::isfinite(explained[1]));
  for (const std::size_t m : {2, 3, 4}) EXPECT_TRUE(std::isnan(explained[m]));
}

}  // namespace
}  // namespace aesweep
