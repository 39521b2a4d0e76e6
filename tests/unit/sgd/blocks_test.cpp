// What holds of blocks whatever they compute: where they may be left, and how often the caller hears of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>

#include "aesweep/sgd/vector_sgd.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

struct Case {
  LearningRule rule;
  Eigen::Index hidden, dimension;
  std::uint64_t steps;
};

// Parts of blocks, epochs of several blocks, panels, and every way in which a block ends.
std::vector<Case> cases() {
  std::vector<Case> result;
  for (const auto kind : {RuleKind::sgd, RuleKind::truncated})
    for (const auto tying : {Tying::none, Tying::tied}) {
      LearningRule rule{Activation::tanh, true, 0.3, 0.1, 0.05};
      rule.kind = kind;
      rule.tying = tying;
      rule.decoder_scale = 0.5;
      rule.rate_decay_exponent = 0.5;
      result.push_back({rule, 3, 50, 61});
      result.push_back({rule, 40, 64, 300});
      result.push_back({rule, 20, 5000, 20});
    }
  for (const auto kind : {RuleKind::oja, RuleKind::normalised_hebb}) {
    LearningRule rule{Activation::linear, false, 0.3};
    rule.kind = kind;
    result.push_back({rule, 3, 50, 61});
  }
  result.back().rule.norm_power = 3.0;
  return result;
}

struct Stop {};

void expect_same(const Weights& a, const Weights& b, int stopped_at) {
  EXPECT_EQ(a.encoder, b.encoder) << "stopped at poll " << stopped_at;
  EXPECT_EQ(a.decoder, b.decoder) << "stopped at poll " << stopped_at;
  EXPECT_EQ(a.bias, b.bias) << "stopped at poll " << stopped_at;
}

// Stopped at each of its polls, and begun again from nothing but weights and number of steps.
TEST(Blocks, AnInterruptedReplicaHasTheBitsOfOneThatIsNot) {
  for (const auto& [rule, hidden, dimension, steps] : cases()) {
    SCOPED_TRACE(::testing::Message() << "rule " << static_cast<int>(rule.kind) << ", tying " << static_cast<int>(rule.tying) << ", K " << hidden << ", D "
                                      << dimension);
    const auto inputs = spiked_inputs(std::array{2.0, 1.0}, 1.0, dimension);
    const RandomStream stream(4, 1);
    Weights start = testing::random_weights(hidden, dimension, 0.1, 5);
    impose(rule, start);
    const std::array<std::uint64_t, 2> shown{steps / 2 + 1, steps};
    int polls = 0;
    VectorSgd whole(rule, start, *inputs, stream);
    for (const auto target : shown) whole.advance(target, [&] { ++polls; });
    for (int last = 1; last <= polls; ++last) {
      int calls = 0;
      VectorSgd first(rule, start, *inputs, stream);
      EXPECT_THROW({
        for (const auto target : shown)
          first.advance(target, [&] {
            if (++calls == last) throw Stop();
          });
      }, Stop);
      EXPECT_EQ(calls, last) << "polled after a stop";
      ASSERT_TRUE(first.at_rest());
      VectorSgd second(rule, first.weights(), *inputs, stream, first.steps());
      for (const auto target : shown) second.advance(target);
      EXPECT_EQ(second.steps(), steps);
      expect_same(second.weights(), whole.weights(), last);
    }
    EXPECT_GT(polls, 1);
  }
}

// The same of a replica that is not stopped, but copied inside each poll that finds it at rest, as a checkpoint does.
TEST(Blocks, ACopyMadeInAPollGoesOnWithTheSameBits) {
  for (const auto& [rule, hidden, dimension, steps] : cases()) {
    const auto inputs = spiked_inputs(std::array{2.0, 1.0}, 1.0, dimension);
    const RandomStream stream(4, 1);
    Weights start = testing::random_weights(hidden, dimension, 0.1, 5);
    impose(rule, start);
    std::vector<std::pair<std::uint64_t, Weights>> copies;
    VectorSgd whole(rule, start, *inputs, stream);
    whole.advance(steps, [&] {
      if (whole.at_rest()) copies.emplace_back(whole.steps(), whole.weights());
    });
    ASSERT_FALSE(copies.empty());
    for (const auto& [made, weights] : copies) {
      VectorSgd copy(rule, weights, *inputs, stream, made);
      copy.advance(steps);
      expect_same(copy.weights(), whole.weights(), static_cast<int>(made));
    }
  }
}

// Processor time between polls at sizes from the smallest to one whose every step is long. One gap in twenty may be longer, for what a busy machine does
// to caches.
TEST(Blocks, PollAtLeastEveryTenMilliseconds) {
#if defined(__SANITIZE_ADDRESS__)
  constexpr double kMost = 0.1;   // instrumented code is that much slower
#else
  constexpr double kMost = 0.01;
#endif
  struct Size {
    Eigen::Index hidden, dimension;
    std::uint64_t steps;
  };
  for (const auto& [hidden, dimension, steps] : {Size{1, 10, 200'000}, Size{3, 1000, 20'000}, Size{64, 1024, 640}, Size{300, 20'000, 8}}) {
    const auto inputs = spiked_inputs(std::array{2.0, 1.0}, 1.0, dimension);
    VectorSgd replica({}, testing::random_weights(hidden, dimension, 0.1, 5), *inputs, RandomStream(4, 1));
    std::vector<double> gaps;
    auto before = std::clock();
    const auto note = [&] {
      const auto now = std::clock();
      gaps.push_back(static_cast<double>(now - before) / CLOCKS_PER_SEC);
      before = now;
    };
    replica.advance(steps, note);
    note();
    std::ranges::sort(gaps);
    EXPECT_LT(gaps[gaps.size() - 1 - gaps.size() / 20], kMost) << "K " << hidden << ", D " << dimension << ", " << gaps.size() << " polls";
  }
}

TEST(Blocks, PassOnWhatAPollThrows) {
  const auto inputs = spiked_inputs(std::array{2.0, 1.0}, 1.0, 30);
  VectorSgd replica({}, testing::random_weights(2, 30, 0.1, 5), *inputs, RandomStream(4, 1));
  EXPECT_THROW(replica.advance(10, [] { throw std::runtime_error("a broken wire"); }), std::runtime_error);
  EXPECT_EQ(replica.steps(), 0U);
  replica.advance(10);
  EXPECT_EQ(replica.steps(), 10U);
}

}  // namespace
}  // namespace aesweep
