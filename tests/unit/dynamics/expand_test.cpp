#include "aesweep/dynamics/expand.hpp"

#include <gtest/gtest.h>

#include "aesweep/dynamics/integrate.hpp"
#include "random_weights.hpp"

namespace aesweep {
namespace {

using testing::random_weights;

const Spectrum& spectrum_with_blocks() {   // blocks of 1, 9, 3 and 20 modes: K = 2 compresses the second and the last
  static const Spectrum spectrum({{2.0, 1}, {1.0, 9}, {0.5, 3}, {0.02, 20}});
  return spectrum;
}

Weights at_the_end(const LearningRule& rule, const Modes& modes) {
  Weights last;
  integrate_flow(rule, modes, {0.0, 3.0}, {1e-12, 1e-13}, [&](std::size_t, const Weights& weights) {
    last = weights;
    return true;
  }, [] {});
  return last;
}

TEST(Expand, UndoesTheCompressionOfAStart) {
  const auto& spectrum = spectrum_with_blocks();
  const auto start = random_weights(2, spectrum.dimension(), 0.4, 31);
  for (const Eigen::Index followed : {0, 1, 4, 33}) {
    const auto full = expand(spectrum, start, followed, compress(spectrum, start, followed).weights);
    EXPECT_LT((full.encoder - start.encoder).cwiseAbs().maxCoeff(), 1e-14) << followed;   // a QR decomposition's rounding
    EXPECT_LT((full.decoder - start.decoder).cwiseAbs().maxCoeff(), 1e-14) << followed;
    EXPECT_EQ(full.bias, start.bias);
  }
}

// The flow over all modes against the compressed one expanded, both to a local error of 1e-12: some hundred steps add up to 1e-10 at most.
TEST(Expand, GivesTheWeightsOfTheFlowOverAllModes) {
  const auto& spectrum = spectrum_with_blocks();
  std::vector<LearningRule> rules(5);
  rules[0] = {Activation::erf, true, 1.0, 0.05, 0.1};
  rules[1].kind = RuleKind::truncated;
  rules[2].kind = RuleKind::sanger;
  rules[2].activation = Activation::linear;
  rules[3].tying = Tying::tied;
  rules[3].decoder_scale = 0.2;
  rules[4].neuron_decay = {0.1, 0.3};
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto start = random_weights(2, spectrum.dimension(), 0.4, 32);
    impose(rules[i], start);   // tied, PCA rules: the block's rows have rank K only
    const auto whole = at_the_end(rules[i], compress(spectrum, start, spectrum.dimension()));
    const auto full = expand(spectrum, start, 1, at_the_end(rules[i], compress(spectrum, start, 1)));
    EXPECT_LT((full.encoder - whole.encoder).cwiseAbs().maxCoeff(), 1e-10) << "rule " << i;
    EXPECT_LT((full.decoder - whole.decoder).cwiseAbs().maxCoeff(), 1e-10) << "rule " << i;
    EXPECT_GT((whole.encoder - start.encoder).cwiseAbs().maxCoeff(), 0.05) << "nothing moved: the test would be idle";
  }
}

}  // namespace
}  // namespace aesweep
