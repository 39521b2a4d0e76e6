// The Gram process has the law of SGD in D dimensions: equations.md §7, "exactly the law of D-dimensional SGD at that finite D".
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "aesweep/data/start.hpp"
#include "aesweep/outcome/order_parameters.hpp"
#include "aesweep/sgd/gram_sgd.hpp"
#include "aesweep/sgd/simulate.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

constexpr std::uint64_t kSeed = 71;
/// Of one of all comparisons of the tests here exceeding its bound by chance (Bonferroni).
constexpr double kFamilyError = 1e-3;
const std::vector<double> kTimes{0.0, 0.5, 1.5, 4.0};

bool is_full() { return std::getenv("AESWEEP_FULL") != nullptr; }

struct Case {
  std::string name{};
  std::uint64_t key = kSeed;   ///< of its random numbers: key + 1 by vectors, key + 2 by the Gram process
  Eigen::Index dimension = 0, hidden = 2;
  LearningRule rule{};
  Latent latent{};
  std::vector<double> spikes{2.0, 1.0};
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const std::string& name, Eigen::Index D, Eigen::Index K, auto&& change) {
    Case c;
    c.name = name;
    c.key = kSeed + 3 * all.size();
    c.dimension = D;
    c.hidden = K;
    c.rule.decoder_scale = 1.0 / std::sqrt(static_cast<double>(D));
    change(c);
    all.push_back(c);
  };
  add("plain, one dimension left over", 10, 2, [](Case&) {});
  add("bias, decay", 12, 2, [](Case& c) {
    c.rule.trained_bias = true;
    c.rule.weight_decay = 0.3;
  });
  add("a decay for each neuron, rates that decay and differ", 30, 2, [](Case& c) {
    c.rule.neuron_decay = {0.1, 0.6};
    c.rule.rate_decay_exponent = 0.5;
    c.rule.encoder_rate = 0.5;
    c.rule.decoder_rate = 1.5;
  });
  add("relu with bias", 20, 3, [](Case& c) {
    c.rule.activation = Activation::relu;
    c.rule.trained_bias = true;
    c.rule.learning_rate = 0.5;
  });
  add("truncated", 16, 3, [](Case& c) {
    c.rule.kind = RuleKind::truncated;
    c.rule.weight_decay = 0.1;
  });
  add("noise", 14, 2, [](Case& c) { c.rule.noise = 0.3; });
  add("noise, truncated, bias", 24, 2, [](Case& c) {
    c.rule.noise = 0.3;
    c.rule.kind = RuleKind::truncated;
    c.rule.trained_bias = true;
  });
  for (const Tying tying : {Tying::tied, Tying::tied_encoder})
    add(tying == Tying::tied ? "tied, noise" : "tied, encoder's gradient", 20, 2, [tying](Case& c) {
      c.rule.tying = tying;
      c.rule.tied_rate = 4.0;
      c.rule.noise = tying == Tying::tied ? 0.2 : 0.0;
      c.rule.weight_decay = 0.2;
    });
  for (const RuleKind kind : {RuleKind::hebb, RuleKind::normalised_hebb, RuleKind::oja, RuleKind::sanger})
    add("PCA rule " + std::to_string(static_cast<int>(kind)), 20, 2, [kind](Case& c) {
      c.rule.kind = kind;
      c.rule.activation = Activation::linear;
      c.rule.learning_rate = 0.2;
    });
  for (const LatentLaw law : {LatentLaw::rademacher, LatentLaw::laplace, LatentLaw::sparse, LatentLaw::nonnegative, LatentLaw::mixture})
    add("latent law " + std::to_string(static_cast<int>(law)), 12, 2, [law](Case& c) { c.latent = {law, 0.3, 0.9}; });
  add("D = 100, linear", 100, 2, [](Case& c) { c.rule.activation = Activation::linear; });
  return all;
}

/// Sums of powers of each observable at each time, shape (observables, times).
struct Moments {
  Eigen::ArrayXXd values[4];
  double count = 0.0;

  void add(const Eigen::ArrayXXd& x) {
    Eigen::ArrayXXd power = Eigen::ArrayXXd::Ones(x.rows(), x.cols());
    for (auto& sum : values) {
      power *= x;
      if (count == 0.0) sum = Eigen::ArrayXXd::Zero(x.rows(), x.cols());
      sum += power;
    }
    count += 1.0;
  }
};

/// What is compared: pmse, b, and the triangles of Q, R, T0 (of R all).
class Meter {
 public:
  Meter(const Case& c, const Eigen::VectorXd& rho_hat, double total)
      : judge_(population_judge(c.rule.activation, c.hidden, rho_hat, total, c.rule.noise)), meter_(c.hidden, rho_hat, c.rule.noise) {}

  Eigen::ArrayXd measure(const Weights& weights) {
    const auto& [Q, R, T1, T0] = meter_.measure(weights, 0);
    std::vector<double> values{judge_->measure(weights, {})};
    for (Eigen::Index k = 0; k < weights.hidden(); ++k) {
      values.push_back(weights.bias[k]);
      for (Eigen::Index l = 0; l < weights.hidden(); ++l) {
        values.push_back(R(k, l));
        if (l <= k) values.insert(values.end(), {Q(k, l), T0(k, l)});
      }
    }
    return Eigen::Map<Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
  }

 private:
  std::unique_ptr<Judge> judge_;
  OrderParameterMeter meter_;
};

Eigen::Index later_times() { return static_cast<Eigen::Index>(kTimes.size()) - 1; }

/// All replicas begin with one start: what is random are the inputs.
Weights start_of(const Case& c) {
  Weights start = weights_from(random_start(c.hidden, c.dimension, 0.7, 0.7, 0.1, RandomStream(c.key, 0)));
  if (is_pca_rule(c.rule.kind)) start.encoder /= std::sqrt(static_cast<double>(c.dimension));
  impose(c.rule, start);
  return start;
}

Moments by_vectors(const Case& c, std::uint32_t replicas) {
  const auto spectrum = spiked_spectrum(c.spikes, 1.0, c.dimension);
  const auto inputs = spiked_inputs(c.spikes, 1.0, c.dimension, c.latent);
  Meter meter(c, spectrum.rho_hat(), spectrum.total());
  Moments moments;
  for (std::uint32_t replica = 0; replica < replicas; ++replica) {
    VectorSgd sgd(c.rule, start_of(c), *inputs, RandomStream(c.key + 1, replica));
    Eigen::ArrayXXd seen;
    simulate(sgd, kTimes, [&](std::size_t i, const Weights& weights) {
      const Eigen::ArrayXd values = meter.measure(weights);
      if (i == 0) {
        seen.resize(values.size(), later_times());
      } else {
        seen.col(static_cast<Eigen::Index>(i) - 1) = values;
      }
      return true;
    }, [] {});
    moments.add(seen);
  }
  return moments;
}

/// The start along the tracked axes and the bulk rows' own.
Weights compressed_start(const Case& c) {
  const auto M = static_cast<Eigen::Index>(c.spikes.size()), n = M + GramSgd::bulk_axes(c.rule, c.hidden);
  const Weights all = compress(spiked_spectrum(c.spikes, 1.0, c.dimension), start_of(c), M).weights;
  return {all.encoder.leftCols(n), all.decoder.leftCols(n), all.bias};
}

Moments by_gram(const Case& c, std::uint32_t replicas) {
  const double D = static_cast<double>(c.dimension);
  const Weights start = compressed_start(c);
  Eigen::VectorXd rho_hat = Eigen::VectorXd::Constant(start.modes(), 1.0 / D);
  for (std::size_t m = 0; m < c.spikes.size(); ++m) rho_hat[static_cast<Eigen::Index>(m)] += c.spikes[m];
  Meter meter(c, rho_hat, spiked_spectrum(c.spikes, 1.0, c.dimension).total());
  std::vector<RandomStream> streams;
  for (std::uint32_t replica = 0; replica < replicas; ++replica) streams.emplace_back(c.key + 2, replica);
  GramSgd sgd(c.rule, {c.spikes, 1.0, D, c.latent}, std::vector<Weights>(replicas, start), streams);
  std::vector<Eigen::ArrayXXd> seen(replicas, Eigen::ArrayXXd(meter.measure(start).size(), later_times()));
  for (Eigen::Index i = 0; i < later_times(); ++i) {
    sgd.advance(static_cast<std::uint64_t>(std::llround(kTimes[static_cast<std::size_t>(i) + 1] * D)));
    for (std::uint32_t replica = 0; replica < replicas; ++replica) seen[replica].col(i) = meter.measure(sgd.weights(replica));
  }
  Moments moments;
  for (const auto& values : seen) moments.add(values);
  return moments;
}

/// Mean, variance and the squares of their standard errors.
struct Estimate {
  double mean, variance, mean_error, variance_error;
};
Estimate estimate(const Moments& moments, Eigen::Index row, Eigen::Index column) {
  const double n = moments.count;
  double raw[4];
  for (int i = 0; i < 4; ++i) raw[i] = moments.values[i](row, column) / n;
  const double m = raw[0], variance = raw[1] - m * m;
  const double fourth = raw[3] - 4.0 * m * raw[2] + 6.0 * m * m * raw[1] - 3.0 * m * m * m * m;
  return {m, variance, variance / n, (fourth - variance * variance) / n};
}

/// z with P(|normal| > z) = probability.
double quantile(double probability) { return boundary(0.0, 10.0, 1e-6, [&](double z) { return std::erfc(z / std::sqrt(2.0)) > probability; }); }

// Errors of mean and variance are taken as normal. Without bias training b does not vary, and is left out.
TEST(GramLaw, MeanAndVarianceAreThoseOfVectorSgd) {
  const std::uint32_t replicas = is_full() ? 60000 : 3000;
  struct Difference {
    double z;
    std::string what;
  };
  std::vector<Difference> differences;
  for (const auto& c : cases()) {
    const Moments vectors = by_vectors(c, replicas), gram = by_gram(c, replicas);
    for (Eigen::Index row = 0; row < vectors.values[0].rows(); ++row)
      for (Eigen::Index column = 0; column < later_times(); ++column) {
        const auto a = estimate(vectors, row, column), b = estimate(gram, row, column);
        if (a.variance < 1e-20 && b.variance < 1e-20) {
          EXPECT_NEAR(a.mean, b.mean, 1e-9) << c.name;
          continue;
        }
        const auto where = fmt::format("{}: observable {} at t = {}", c.name, row, kTimes[static_cast<std::size_t>(column) + 1]);
        differences.push_back({(a.mean - b.mean) / std::sqrt(a.mean_error + b.mean_error), where + fmt::format(", mean {} {}", a.mean, b.mean)});
        differences.push_back({(a.variance - b.variance) / std::sqrt(a.variance_error + b.variance_error),
                               where + fmt::format(", variance {} {}", a.variance, b.variance)});
      }
  }
  const double bound = quantile(kFamilyError / static_cast<double>(differences.size()));
  double worst = 0.0, squares = 0.0;
  for (const auto& [z, what] : differences) {
    EXPECT_LT(std::abs(z), bound) << what;
    worst = std::max(worst, std::abs(z));
    squares += z * z;
  }
  const double mean_square = squares / static_cast<double>(differences.size());
  fmt::print("seed {}, {} replicas each, {} comparisons: worst |z| = {:.2f}, bound {:.2f}, mean z² = {:.3f}\n", kSeed, replicas, differences.size(), worst,
             bound, mean_square);
  EXPECT_GT(differences.size(), 1000u);
}

// At fixed t the mean is off the flow by O(1/D), a replica by O(D^{-1/2}): both for D up to 10^6, where only the Gram process gets.
TEST(GramLaw, MeanGoesToTheFlowAsTheDimensionGrows) {
  const std::uint32_t replicas = is_full() ? 256 : 32;
  double previous_spread = 0.0;
  for (const double D : {1e4, 1e5, 1e6}) {
    Case c;
    c.dimension = 10000;
    c.rule.weight_decay = 0.1;
    const Weights start = compressed_start(c);
    Modes modes;
    modes.rho_hat = Eigen::VectorXd::Constant(start.modes(), 1.0 / D);
    for (std::size_t m = 0; m < c.spikes.size(); ++m) modes.rho_hat[static_cast<Eigen::Index>(m)] += c.spikes[m];
    modes.total = 4.0;
    modes.weights = start;
    const double theory = follow(c.rule, modes, 4.0, {0.0, 1.0}, 0).back().pmse;
    const auto judge = population_judge(c.rule.activation, 2, modes.rho_hat, 4.0, 0.0);
    std::vector<RandomStream> streams;
    for (std::uint32_t replica = 0; replica < replicas; ++replica) streams.emplace_back(c.key + 2, replica);
    GramSgd sgd(c.rule, {c.spikes, 1.0, D, {}}, std::vector<Weights>(replicas, start), streams);
    sgd.advance(static_cast<std::uint64_t>(D));
    double sum = 0.0, squares = 0.0;
    for (std::uint32_t replica = 0; replica < replicas; ++replica) {
      const double difference = judge->measure(sgd.weights(replica), {}) - theory;
      sum += difference;
      squares += difference * difference;
    }
    const double mean = sum / replicas, spread = std::sqrt(squares / replicas - mean * mean);
    fmt::print("D = {:.0e}: mean − flow = {:.3g} ± {:.2g}, spread·√D = {:.3f}\n", D, mean, spread / std::sqrt(replicas), spread * std::sqrt(D));
    EXPECT_LT(std::abs(mean), 4.5 * spread / std::sqrt(replicas) + 10.0 / D) << D;
    if (previous_spread > 0.0) {
      EXPECT_LT(std::abs(std::log(previous_spread / spread) / std::log(10.0) - 0.5), 4.5 / std::sqrt(replicas) / std::log(10.0)) << D;
    }
    previous_spread = spread;
  }
}

}  // namespace
}  // namespace aesweep
