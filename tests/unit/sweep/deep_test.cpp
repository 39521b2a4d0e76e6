// Keys of deep networks on manifolds: defaults, identity, and what is refused.
#include <gtest/gtest.h>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

const std::string kDeep = "[sweep]\nseed = 7\nengines = [\"deep\"]\n[data]\nkind = \"manifold\"\n";

PointConfig point(const std::string& more, const std::vector<std::string>& options = {}) { return parse(kDeep + more, options).point(0); }

TEST(Deep, HasDefaultsOfItsOwn) {
  const Sweep sweep = parse(kDeep);
  const PointConfig one = sweep.point(0);
  EXPECT_EQ(one.data.manifold, ManifoldKind::circle);
  EXPECT_EQ(one.data.dimension, 2);
  EXPECT_EQ(one.training.learning_rate, 1e-3);
  EXPECT_EQ(one.training.horizon, 10000.0);
  EXPECT_EQ(one.training.batch, 128);
  EXPECT_TRUE(elements_are(one.model.encoder_layers(), {32, 32}));
  EXPECT_EQ(sweep.record.first, 1.0);
  EXPECT_EQ(sweep.record.components, 2);
  EXPECT_EQ(parse("[data]\nspikes = [1]\n").point(0).training.learning_rate, 1.0) << "nobody else's";
}

TEST(Deep, GivenValuesStand) {
  const PointConfig one = point("manifold = \"torus\"\ndimension = 7\n[model]\nencoder_widths = [64, 16, 8]\nwidth = 5\ndepth = 1\n"
                                "[training]\nlearning_rate = 1\nhorizon = 100\noptimizer = \"sgd\"\nprecision = \"float64\"\n[initial]\ngain = 2\n");
  EXPECT_EQ(one.data.dimension, 7);
  EXPECT_EQ(one.training.learning_rate, 1.0);
  EXPECT_EQ(one.training.optimizer, Optimizer::sgd);
  EXPECT_EQ(one.training.precision, Precision::float64);
  EXPECT_EQ(one.initial.gain, 2.0);
  EXPECT_TRUE(elements_are(one.model.encoder_layers(), {64, 16, 8}));
  EXPECT_TRUE(elements_are(one.model.decoder_layers(), {5}));
}

TEST(Deep, EachManifoldHasItsOwnDimension) {
  const Sweep sweep = parse(kDeep + "[[axis]]\nkey = \"data.manifold\"\nvalues = [\"circle\", \"circles\", \"sphere\"]\n");
  EXPECT_EQ(sweep.point(0).data.dimension, 2);
  EXPECT_EQ(sweep.point(1).data.dimension, 3);
  EXPECT_EQ(sweep.record.components, 2) << "those that all have";
}

TEST(Deep, WidthsMayBeAnAxis) {
  const Sweep sweep = parse(kDeep + "[[axis]]\nkey = \"model.encoder_widths\"\nvalues = [[8], [16, 4]]\n");
  EXPECT_TRUE(elements_are(sweep.point(1).model.encoder_layers(), {16, 4}));
  EXPECT_EQ(sweep.axes.front().labels.back(), "[16, 4]");
}

TEST(Deep, IdentityIsOfItsOwnKeys) {
  // Spelt out, so that no later version finds another identity for the same point by accident: its stored rows would be lost.
  const std::string text =
      "data.dimension = 2\ndata.embedding_noise = 0\ndata.kind = \"manifold\"\ndata.manifold = \"circle\"\ninitial.gain = 1\n"
      "model.activation = \"erf\"\nmodel.depth = 2\nmodel.hidden = 1\nmodel.width = 32\n"
      "training.batch = 128\ntraining.learning_rate = 0.001\ntraining.optimizer = \"adam\"\ntraining.precision = \"float32\"\ntraining.weight_decay = 0\n";
  const Sweep sweep = parse(kDeep);
  EXPECT_EQ(hex(sweep.stream_id(sweep.point(0))), hex(sha256(text)));
  EXPECT_NE(hex(sweep.stream_id(point("[model]\nencoder_widths = [32, 32]\n"))), hex(sha256(text)));
}

TEST(Deep, WhatIsMeasuredEntersTheRowNotTheStream) {
  const Sweep usual = parse(kDeep);
  for (const char* option : {"record.reconstruction=10", "outcome.epsilon=0.2", "outcome.epsilons=[0.1]"}) {
    const Sweep other = parse(kDeep, {option});
    EXPECT_EQ(usual.stream_id(usual.point(0)), other.stream_id(other.point(0))) << option;
    EXPECT_NE(usual.point_id(usual.point(0)), other.point_id(other.point(0))) << option;
  }
  const Sweep small = parse(kDeep, {"outcome.success_excess=0.01"});
  EXPECT_EQ(usual.point_id(usual.point(0)), small.point_id(small.point(0)));
}

TEST(Deep, RefinesWhatHasNoSizeInTheFile) {
  const auto refined = [](const std::string& key, const std::string& values) {
    return report_on(kDeep + "[[axis]]\nname = \"x\"\nkey = \"" + key + "\"\nrange = " + values + "\n[refine]\naxes = [\"x\"]\nobservable = \"excess\"\npoints = 9\n");
  };
  EXPECT_EQ(refined("data.embedding_noise", "{ from = 0, to = 1, count = 17 }"), "");
  EXPECT_EQ(refined("data.training_samples", "{ from = 1, to = 17, count = 17 }"), "");
  for (const char* key : {"model.hidden", "data.dimension"})
    EXPECT_TRUE(contains(refined(key, "{ from = 2, to = 18, count = 17 }"), "which can't be refined")) << key;
}

struct Wrong {
  const char* name;
  std::string body, part;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

const std::vector<Wrong> kWrong{
    {"OtherEngines", "[sweep]\nengines = [\"sgd\", \"deep\"]\n[data]\nkind = \"manifold\"\n",
     "decay.toml:2:11: sweep.engines: a manifold is learnt by deep networks alone; must be [\"deep\"]"},
    {"OtherData", "[sweep]\nengines = [\"deep\"]\n[data]\nspikes = [1]\n",
     "sweep.engines: \"deep\" learns a manifold; data.kind must be \"manifold\", not \"spiked\""},
    {"DefaultEngines", "[data]\nkind = \"manifold\"\n", "a manifold is learnt by deep networks alone"},
    {"ShallowKey", kDeep + "[training]\ninput_noise = 0.1\n", "training.input_noise: applies to data.kind = \"spiked\", "},
    {"TiedWeights", kDeep + "[model]\ntied = true\n", "model.tied: applies to data.kind = "},
    {"DeepKey", "[data]\nspikes = [1]\n[model]\nwidth = 3\n", "model.width: applies to data.kind = \"manifold\" only; the sweep has \"spiked\""},
    {"TooFewDimensions", kDeep + "manifold = \"torus\"\ndimension = 2\n", "data.dimension = 2: data.manifold = \"torus\" needs 3 or more"},
    {"InfiniteDimension", kDeep + "dimension = \"infinity\"\n", "data.kind = \"manifold\" has none"},
    {"WideBottleneck", kDeep + "[model]\nhidden = 2000\n", "model.hidden = 2000: the bottleneck of a deep network has at most 1024 units"},
    {"ManyLayers", kDeep + "[model]\nencoder_widths = [1, 1, 1, 1, 1, 1, 1, 1, 1]\n", "decay.toml:7:18: model.encoder_widths: 9 hidden layers; must be at most 8"},
    {"BrokenWidth", kDeep + "[model]\nencoder_widths = [2.5]\n", "must be a list of integers from 1 to 1024"},
    {"WidthBesideLists", kDeep + "[model]\nencoder_widths = [4]\ndecoder_widths = [4]\nwidth = 32\n",
     "decay.toml:9:9: model.width: both sides have lists of their own"},
    {"EndlessTrainingSet", kDeep + "training_samples = 1000000000000000\n", "data.training_samples = 1000000000000000: must be an integer from 1 to 281474976710656"},
    {"DecayOfEachNeuron", kDeep + "[training]\nweight_decay = [0.1, 0.2]\n", "training.weight_decay: 2 values; deep networks have one for all weights"},
    {"OrderParameters", kDeep + "[record]\norder_parameters = true\n", "record.order_parameters, record.weights: are of shallow networks"},
    {"ReconstructionOfShallow", "[data]\nspikes = [1]\n[record]\nreconstruction = 5\n", "record.reconstruction = 5: applies to data.kind = \"manifold\" only"},
    {"EpsilonOfShallow", "[data]\nspikes = [1]\n[outcome]\nepsilon = 0.2\n", "outcome.epsilon, outcome.epsilons: apply to data.kind = \"manifold\" only"},
    {"EpsilonThatIsNotKept", kDeep + "[outcome]\nepsilon = 0.3\n", "outcome.epsilon = 0.3: must be one of outcome.epsilons, [0.05, 0.1, 0.2, 0.5]"},
    {"EpsilonTwice", kDeep + "[outcome]\nepsilons = [0.1, 0.1]\n", "outcome.epsilons: a length is there twice"},
    {"AxisOfAColumnsName", kDeep + "[[axis]]\nname = \"supremum\"\nkey = \"model.width\"\nvalues = [4]\n", "the result file holds a quantity of this name"},
};

class DeepFault : public testing::TestWithParam<Wrong> {};
TEST_P(DeepFault, IsReported) { EXPECT_TRUE(contains(report_on(GetParam().body), GetParam().part)); }
INSTANTIATE_TEST_SUITE_P(All, DeepFault, testing::ValuesIn(kWrong), [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace aesweep
