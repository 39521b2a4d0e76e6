#include "aesweep/sgd/gram_sgd.hpp"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <algorithm>
#include <atomic>
#include <cmath>

#include "../../../src/sgd/gram_draws.hpp"
#include "random_weights.hpp"

namespace aesweep::testing {
inline std::atomic<std::size_t> allocations{0};   // counted where vector_sgd_test.cpp includes allocations.hpp
}

namespace aesweep {
namespace {

/// The rule of vector_sgd.hpp, one step after another in all coordinates of a frame that holds the weights and the inputs of a block.
struct Frame {
  const LearningRule& rule;
  double dimension;
  Weights weights;

  void step(const Eigen::RowVectorXd& clean, const Eigen::RowVectorXd& seen, double rate) {
    const Weights old = weights;
    const Eigen::Index K = old.hidden();
    Eigen::VectorXd value(K), slope(K);
    for (Eigen::Index k = 0; k < K; ++k) {
      const auto unit = evaluate(rule.activation, old.encoder.row(k).dot(seen) + old.bias[k]);
      value[k] = unit.value;
      slope[k] = unit.slope;
    }
    for (Eigen::Index k = 0; k < K; ++k) {
      Eigen::RowVectorXd residual = clean;
      for (Eigen::Index a = 0; a < K; ++a)
        if (takes_off(rule.kind, k, a)) residual -= value[a] * old.decoder.row(a);
      const double keep = 1.0 - decay_of(rule, k) / dimension, pull = old.decoder.row(k).dot(residual) * slope[k];
      weights.encoder.row(k) *= keep;
      weights.decoder.row(k) *= keep;
      if (is_pca_rule(rule.kind)) {
        weights.encoder.row(k) += rate * value[k] * residual;
        if (rule.kind == RuleKind::normalised_hebb) weights.encoder.row(k).normalize();
        continue;
      }
      if (rule.trained_bias) weights.bias[k] += rate * rule.bias_rate * pull;
      if (rule.tying == Tying::none) {
        weights.decoder.row(k) += rate * rule.decoder_rate * value[k] * residual;
        weights.encoder.row(k) += rate * rule.encoder_rate * pull * seen;
        continue;
      }
      weights.encoder.row(k) += rate * rule.tied_rate * pull * seen;
      if (rule.tying == Tying::tied) weights.encoder.row(k) += rate * rule.tied_rate * rule.decoder_scale * value[k] * residual;
    }
    if (is_pca_rule(rule.kind)) weights.decoder = weights.encoder;
    if (rule.tying != Tying::none) weights.decoder = rule.decoder_scale * weights.encoder;
  }
};

/// Row i of a block's vectors in M + m + n coordinates, of lane 1.
Eigen::RowVectorXd coordinates(const GramVectors& vectors, int i) {
  Eigen::RowVectorXd x = Eigen::RowVectorXd::Zero(vectors.tracked + vectors.axes + vectors.count);
  for (int axis = 0; axis < vectors.tracked; ++axis) x[axis] = vectors.leading_of(i)[axis][1];
  for (int l = 0; l < vectors.length_of(i); ++l) x[vectors.tracked + l] = vectors.bulk_of(i)[l][1];
  return x;
}

/// The bulk rows lower triangular, with a diagonal ≥ 0.
void compress(Weights& weights, Eigen::Index M, Eigen::Index m) {
  const Eigen::Index K = weights.hidden(), n = weights.modes() - M;
  Eigen::MatrixXd rows(m, n);
  rows.topRows(K) = weights.encoder.rightCols(n);
  if (m > K) rows.bottomRows(K) = weights.decoder.rightCols(n);
  Eigen::MatrixXd lower = Eigen::MatrixXd(Eigen::HouseholderQR<Eigen::MatrixXd>(rows.transpose()).matrixQR().topRows(m).triangularView<Eigen::Upper>()).transpose();
  for (Eigen::Index j = 0; j < m; ++j)
    if (lower(j, j) < 0.0) lower.col(j) *= -1.0;
  rows.setZero();
  rows.leftCols(m) = lower;
  weights.encoder.rightCols(n) = rows.topRows(K);
  weights.decoder.rightCols(n) = m > K ? rows.bottomRows(K) : rows;
}

/// The same replica by Frame, on the numbers that the Gram process draws.
Weights by_frame(const LearningRule& rule, const GramInputs& inputs, const Weights& start, const RandomStream& stream, std::uint64_t steps) {
  const Eigen::Index K = start.hidden(), M = static_cast<Eigen::Index>(inputs.tracked.size()), m = GramSgd::bulk_axes(rule, K);
  const int block = GramSgd::block(rule, K, M);
  std::vector<RandomStream> streams(lanes::kLanes, stream);
  GramDraws draws(inputs, rule.noise, static_cast<int>(m), block, streams);
  const int each = draws.vectors_per_sample();
  const Eigen::Index size = M + m + block * each;
  Frame frame{rule, inputs.dimension, {RowMatrix::Zero(K, size), RowMatrix::Zero(K, size), start.bias}};
  frame.weights.encoder.leftCols(M + m) = start.encoder;
  frame.weights.decoder.leftCols(M + m) = start.decoder;
  for (std::uint64_t at = 0; at < steps;) {
    const int samples = static_cast<int>(std::min<std::uint64_t>(static_cast<std::uint64_t>(block), steps - at));
    const auto& vectors = draws.draw(at, samples);
    for (int s = 0; s < samples; ++s, ++at)
      frame.step(coordinates(vectors, s * each), coordinates(vectors, s * each + each - 1),
                 rate_at(rule, static_cast<double>(at) / inputs.dimension) / inputs.dimension);
    compress(frame.weights, M, m);
    if (rule.tying != Tying::none) frame.weights.decoder = rule.decoder_scale * frame.weights.encoder;
  }
  return {frame.weights.encoder.leftCols(M + m), frame.weights.decoder.leftCols(M + m), frame.weights.bias};
}

/// A start with triangular bulk rows of the kind that the rule keeps.
Weights start_for(const LearningRule& rule, Eigen::Index K, Eigen::Index M, unsigned seed) {
  const Eigen::Index m = GramSgd::bulk_axes(rule, K);
  Weights start = testing::random_weights(K, M + m, 0.6, seed);
  impose(rule, start);
  compress(start, M, m);
  impose(rule, start);
  return start;
}

struct Case {
  std::string name;
  LearningRule rule;
  GramInputs inputs;
  Eigen::Index hidden = 1;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const GramInputs data{{2.0, 1.0, 0.0}, 1.0, 60.0, {}};
  const auto add = [&](const std::string& name, auto&& change) {
    for (const Eigen::Index K : {1, 2, 3, 5}) {
      Case c;
      c.name = name + ", K = " + std::to_string(K);
      c.inputs = data;
      c.hidden = K;
      c.rule.learning_rate = 1.5;
      change(c);
      c.rule.decoder_scale = 1.0 / std::sqrt(c.inputs.dimension);
      all.push_back(c);
    }
  };
  add("plain", [](Case&) {});
  for (const Activation activation : all_activations())
    add(std::string(name(activation)), [activation](Case& c) {
      c.rule.activation = activation;
      c.rule.trained_bias = true;
      c.rule.bias_rate = 0.7;
    });
  add("decay of each neuron, decaying rate, rates", [](Case& c) {
    for (Eigen::Index k = 0; k < c.hidden; ++k) c.rule.neuron_decay.push_back(0.2 + 0.1 * static_cast<double>(k));
    c.rule.rate_decay_exponent = 0.5;
    c.rule.rate_decay_time = 2.0;
    c.rule.encoder_rate = 1.3;
    c.rule.decoder_rate = 0.6;
  });
  add("decay as large as the dimension", [](Case& c) {
    c.hidden = 1;   // more rows would be multiples of the last input, without a triangular form of their own
    c.rule.weight_decay = 60.0;
  });
  add("noise, decay", [](Case& c) {
    c.rule.noise = 0.2;
    c.rule.weight_decay = 0.3;
  });
  for (const RuleKind kind : {RuleKind::hebb, RuleKind::normalised_hebb, RuleKind::oja, RuleKind::sanger})
    for (const double decay : {0.0, 0.2})
      add("PCA rule " + std::to_string(static_cast<int>(kind)) + ", decay " + std::to_string(decay), [=](Case& c) {
        c.rule.kind = kind;
        c.rule.activation = Activation::linear;
        c.rule.learning_rate = 0.2;
        c.rule.weight_decay = decay;
      });
  for (const RuleKind kind : {RuleKind::sgd, RuleKind::truncated})
    for (const Tying tying : {Tying::none, Tying::tied, Tying::tied_encoder})
      for (const double noise : {0.0, 0.2})
        for (const double decay : {0.0, 0.4})
          add("truncated " + std::to_string(kind == RuleKind::truncated) + ", tying " + std::to_string(static_cast<int>(tying)) + ", noise " +
                  std::to_string(noise) + ", decay " + std::to_string(decay),
              [=](Case& c) {
                c.rule.kind = kind;
                c.rule.tying = tying;
                c.rule.tied_rate = tying == Tying::none ? 1.0 : 8.0;
                c.rule.noise = noise;
                c.rule.weight_decay = decay;
                c.rule.trained_bias = true;
              });
  add("large dimension", [](Case& c) { c.inputs.dimension = 1e9; });
  add("no tracked axis", [](Case& c) { c.inputs.tracked.clear(); });
  add("no bulk", [](Case& c) { c.inputs.bulk = 0.0; });
  add("sparse", [](Case& c) { c.inputs.latent = {LatentLaw::sparse, 0.3, 0.9}; });
  return all;
}

/// Products of the stacked bulk rows, which unlike the rows are well conditioned.
Eigen::MatrixXd bulk_products(const Weights& weights, Eigen::Index M) {
  Eigen::MatrixXd rows(2 * weights.hidden(), weights.modes() - M);
  rows << weights.encoder.rightCols(rows.cols()), weights.decoder.rightCols(rows.cols());
  return rows * rows.transpose();
}

// 200 steps, two epochs or more. Rounding: some 1e-15 of the weights a step.
TEST(GramSgd, BlocksAreStepsOneAfterAnother) {
  for (const auto& [name, rule, inputs, K] : cases()) {
    const auto M = static_cast<Eigen::Index>(inputs.tracked.size());
    const RandomStream stream(31, 5);
    const Weights start = start_for(rule, K, M, 3);
    GramSgd replica(rule, inputs, {start}, {stream});
    replica.advance(200);
    const Weights found = replica.weights(0), expected = by_frame(rule, inputs, start, stream, 200);
    const double size = std::max({1.0, expected.encoder.cwiseAbs().maxCoeff(), expected.decoder.cwiseAbs().maxCoeff()});
    EXPECT_LT((found.encoder - expected.encoder).leftCols(M).cwiseAbs().sum(), 1e-12 * size) << name;
    EXPECT_LT((found.decoder - expected.decoder).leftCols(M).cwiseAbs().sum(), 1e-12 * size) << name;
    EXPECT_LT((bulk_products(found, M) - bulk_products(expected, M)).cwiseAbs().maxCoeff(), 1e-12 * size * size) << name;
    EXPECT_LT((found.encoder - expected.encoder).cwiseAbs().maxCoeff(), 1e-11 * size) << name;
    EXPECT_LT((found.decoder - expected.decoder).cwiseAbs().maxCoeff(), 1e-11 * size) << name;
    EXPECT_LT((found.bias - expected.bias).cwiseAbs().maxCoeff(), 1e-12 * size) << name;
    if (rule.weight_decay < 60.0 && inputs.dimension < 1e9) {
      EXPECT_GT((found.encoder - start.encoder).cwiseAbs().maxCoeff(), 1e-3) << name << ": nothing moved";
    }
  }
}

const LearningRule kPlain{Activation::erf, true, 1.0, 0.1, 0.0};
const GramInputs kData{{2.0, 1.0}, 1.0, 60.0, {LatentLaw::sparse, 0.5, 0.9}};

std::vector<Weights> starts(std::size_t count) {
  std::vector<Weights> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(start_for(kPlain, 2, 2, static_cast<unsigned>(i)));
  return all;
}
std::vector<RandomStream> streams(std::size_t count) {
  std::vector<RandomStream> all;
  for (std::size_t i = 0; i < count; ++i) all.emplace_back(8, static_cast<std::uint32_t>(i));
  return all;
}
bool same(const Weights& a, const Weights& b) { return a.encoder == b.encoder && a.decoder == b.decoder && a.bias == b.bias; }

TEST(GramSgd, AReplicaHasItsBitsInAnyGroup) {
  const std::size_t count = 2 * static_cast<std::size_t>(GramSgd::group()) + 1;
  const auto start = starts(count);
  const auto stream = streams(count);
  GramSgd together(kPlain, kData, start, stream);
  GramSgd reversed(kPlain, kData, {start.rbegin(), start.rend()}, {stream.rbegin(), stream.rend()});
  together.advance(100);
  reversed.advance(100);
  EXPECT_EQ(together.replicas(), count);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_TRUE(same(together.weights(i), reversed.weights(count - 1 - i))) << i;
    GramSgd alone(kPlain, kData, {start[i]}, {stream[i]});
    alone.advance(100);
    EXPECT_TRUE(same(together.weights(i), alone.weights(0))) << i;
    EXPECT_FALSE(same(together.weights(i), start[i])) << i;
    if (i > 0) {
      EXPECT_FALSE(same(together.weights(i), together.weights(i - 1))) << i;
    }
  }
}

TEST(GramSgd, ADivergedReplicaLeavesTheOthersAlone) {
  auto start = starts(2);
  GramSgd healthy(kPlain, kData, start, streams(2));
  start[1].encoder(0, 0) = std::nan("");
  GramSgd sick(kPlain, kData, start, streams(2));
  healthy.advance(50);
  sick.advance(50);
  EXPECT_TRUE(same(healthy.weights(0), sick.weights(0)));
  EXPECT_FALSE(sick.weights(1).finite());
}

// From any number of steps on, the targets being the same.
TEST(GramSgd, AnInterruptedReplicaHasTheBitsOfOneThatWasNot) {
  const auto start = starts(3);
  for (const std::uint64_t stop : {1u, 3u, 4u, 7u, 64u, 100u, 128u, 131u}) {
    GramSgd whole(kPlain, kData, start, streams(3));
    whole.advance(stop);
    GramSgd rest(kPlain, kData, {whole.weights(0), whole.weights(1), whole.weights(2)}, streams(3), stop);
    whole.advance(150);
    rest.advance(150);
    EXPECT_EQ(rest.steps(), 150u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(same(whole.weights(i), rest.weights(i))) << stop;
  }
}

TEST(GramSgd, TargetsAtEpochsDoNotChangeBits) {
  GramSgd whole(kPlain, kData, starts(1), streams(1)), often(kPlain, kData, starts(1), streams(1));
  whole.advance(5 * whole.epoch() + 3);
  for (std::uint64_t i = 1; i <= 5; ++i) often.advance(i * often.epoch());
  often.advance(5 * whole.epoch() + 3);
  EXPECT_TRUE(same(whole.weights(0), often.weights(0)));
}

// Beyond step 2^32 the counter's third word changes.
TEST(GramSgd, LateStepsHaveNumbersOfTheirOwn) {
  const auto from = [](std::uint64_t steps) {
    GramSgd sgd(kPlain, kData, starts(1), streams(1), steps);
    sgd.advance(steps + 8);
    return sgd.weights(0);
  };
  EXPECT_FALSE(same(from(0), from(std::uint64_t{1} << 32)));
}

// Zero bulk rows, and rows that are equal: G has rank 0, then less than m. The weights along the spikes must not see it.
TEST(GramSgd, DependentRowsAreAllowed) {
  LearningRule rule = kPlain;
  rule.weight_decay = 0.0;
  Weights start{RowMatrix::Zero(2, 6), RowMatrix::Zero(2, 6), Eigen::VectorXd::Zero(2)};
  start.encoder(0, 0) = start.encoder(1, 0) = 0.5;
  start.decoder(0, 0) = start.decoder(1, 0) = 0.3;
  GramSgd sgd(rule, kData, {start}, streams(1));
  sgd.advance(600);
  const Weights end = sgd.weights(0), expected = by_frame(rule, kData, start, streams(1)[0], 3);
  EXPECT_TRUE(end.finite());
  EXPECT_LT((end.encoder.row(0) - end.encoder.row(1)).cwiseAbs().maxCoeff(), 1e-6) << "two equal neurons parted";
  GramSgd first(rule, kData, {start}, streams(1));
  first.advance(3);
  EXPECT_LT((first.weights(0).encoder.leftCols(2) - expected.encoder.leftCols(2)).cwiseAbs().maxCoeff(), 1e-15);
  EXPECT_LT((bulk_products(first.weights(0), 2) - bulk_products(expected, 2)).cwiseAbs().maxCoeff(), 1e-16);
  EXPECT_GT(bulk_products(expected, 2)(0, 0), 1e-8);
}

TEST(GramSgd, BulkRowsAreBroughtToTriangularForm) {
  const Weights start = testing::random_weights(2, 6, 0.5, 9);
  const GramSgd sgd(kPlain, kData, {start}, streams(1));
  const Weights begun = sgd.weights(0);
  EXPECT_EQ(begun.encoder.leftCols(2), start.encoder.leftCols(2));
  EXPECT_LT((bulk_products(begun, 2) - bulk_products(start, 2)).cwiseAbs().maxCoeff(), 1e-14);
  EXPECT_EQ(begun.encoder(0, 3), 0.0);
  EXPECT_EQ(begun.decoder(0, 5), 0.0);
}

TEST(GramSgd, AStepDoesNotAllocate) {
  LearningRule rule = kPlain;
  rule.noise = 0.1;
  rule.kind = RuleKind::truncated;
  GramSgd stepwise(rule, kData, starts(1), streams(1)), plain(kPlain, kData, starts(1), streams(1));
  const auto before = testing::allocations.load();
  stepwise.advance(300);
  plain.advance(300);
  EXPECT_EQ(testing::allocations.load(), before);
  EXPECT_GT(before, 0u) << "nothing is counted";
}

std::string fault(const LearningRule& rule, const GramInputs& inputs, const Weights& start, std::size_t count = 1) {
  try {
    GramSgd sgd(rule, inputs, {start}, streams(count));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(GramSgd, RefusesWhatItCannotDo) {
  const Weights start = start_for(kPlain, 2, 2, 1);
  EXPECT_EQ(GramSgd::smallest_dimension(kPlain, 2, 2), 2 + 4 + GramSgd::block(kPlain, 2, 2));
  GramInputs small = kData;
  small.dimension = GramSgd::smallest_dimension(kPlain, 2, 2);
  EXPECT_EQ(fault(kPlain, small, start), "");
  small.dimension -= 1.0;
  EXPECT_EQ(fault(kPlain, small, start), "Gram process: needs D >= 10 for this network; use vector SGD");
  EXPECT_EQ(fault(kPlain, kData, testing::random_weights(2, 5, 0.5, 1)), "Gram process: a start's shape is not that of the tracked axes and the rows' own");
  EXPECT_EQ(fault(kPlain, kData, start, 2), "Gram process: needs one stream a replica");
  LearningRule rule;
  rule.kind = RuleKind::normalised_hebb;
  rule.norm_power = 3.0;
  EXPECT_EQ(fault(rule, kData, testing::random_weights(2, 4, 0.5, 1)),
            "Gram process: rows of p-norm one only for p = 2, since other norms need all D coordinates; use vector SGD");
}

}  // namespace
}  // namespace aesweep
