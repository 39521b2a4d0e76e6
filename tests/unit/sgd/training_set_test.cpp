#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "aesweep/outcome/judge.hpp"
#include "aesweep/sgd/vector_sgd.hpp"

namespace aesweep {
namespace {

constexpr Eigen::Index kDimension = 40, kHidden = 2;

struct Errors {
  double training, population;
};

/// Errors of a linear network after t = 100 on P samples.
Errors learn(std::uint64_t samples, std::uint32_t replica) {
  const Spectrum spectrum = spiked_spectrum(std::array{2.0, 1.0}, 1.0, kDimension);
  const auto population = gaussian_inputs(spectrum);
  const auto training_set = finite_inputs(*population, samples);
  const RandomStream stream(2024, replica);
  LearningRule rule;
  rule.activation = Activation::linear;
  rule.learning_rate = 0.5;
  VectorSgd sgd(rule, weights_from(random_start(kHidden, kDimension, 0.3, 0.3, 0.0, stream)), *training_set, stream);
  sgd.advance(100 * kDimension);
  return {sample_judge(rule.activation, kHidden, 1, *population, stream, samples, 0.0)->measure(sgd.weights(), {}),
          population_judge(rule.activation, kHidden, spectrum.rho_hat(), spectrum.total(), 0.0)->measure(sgd.weights(), {})};
}

// 20 samples of 40 dimensions: the network learns what only they have in common. The training error falls below the best that the population allows,
// PCA's 0.475; the error on new inputs lies above that of a network with inputs in plenty (0.50: PCA's, SGD's noise and what is left of the start).
// Of one replica the training error fluctuates by that of 20 samples' variance, ½√(2·38/(40²·20)) = 0.024.
TEST(TrainingSet, FewSamplesAreLearntByHeart) {
  double training = 0.0, population = 0.0;
  const std::uint32_t replicas = 8;
  for (std::uint32_t r = 0; r < replicas; ++r) {
    const Errors errors = learn(20, r);
    training += errors.training / replicas;
    population += errors.population / replicas;
    EXPECT_LT(errors.training, errors.population) << "replica " << r << ", key 2024";
  }
  const double pca = 0.5 * 38.0 / 40.0;
  EXPECT_LT(training, pca - 3 * 0.024 / std::sqrt(replicas)) << "key 2024";
  EXPECT_GT(population, learn(100'000, 0).population + 3 * 0.024 / std::sqrt(replicas)) << "key 2024";
}

// With 100 000 samples, of which 4000 steps see hardly one twice, both are the same but for the fluctuation ½√(2·38/(40²·10^5)) = 3.4e-4 of the
// sample's variance along what is not learnt, and as much along the two components' errors; five of them.
TEST(TrainingSet, ManySamplesAreThePopulation) {
  const Errors errors = learn(100'000, 0);
  EXPECT_NEAR(errors.training, errors.population, 5 * 3.4e-4 * 1.4) << "key 2024";
  EXPECT_LT(errors.population, 0.6) << "nothing was learnt: chance is 2, PCA 0.475";
}

}  // namespace
}  // namespace aesweep
