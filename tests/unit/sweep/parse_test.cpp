#include <gtest/gtest.h>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

constexpr const char* kFull = R"(
[sweep]
name = "decay-and-rate"
seed = 7
engines = ["sgd", "ode"]
replicas = 8
common_randomness = true
[data]
kind = "spiked"
dimension = 500
spikes = [2.0, 1, 0.5]
bulk = 0.5
latent = "gaussian"
latent_flow = "exact"
[model]
hidden = 3
activation = "relu"
tied = false
bias = "trained"
[training]
rule = "sgd"
learning_rate = 2
weight_decay = 0.25
input_noise = 0.5
horizon = 50.0
encoder_rate = 1
decoder_rate = 1.0
bias_rate = 1
preset = "thermodynamic"
tied_gradient = "full"
sgd_method = "auto"
[initial]
kind = "random"
encoder_std = 0.2
decoder_std = 0.3
bias = 0.1
[solver]
relative_tolerance = 1e-7
absolute_tolerance = 1e-9
[record]
count = 10
spacing = "log"
first = 0.5
components = 4
trajectories = false
order_parameters = true
weights = "final"
[outcome]
learnt_threshold = 0.6
success_excess = 0.2
[[axis]]
key = "training.learning_rate"
range = { from = 0.1, to = 10.0, count = 3, spacing = "log" }
[[axis]]
key = "model.tied"
values = [false]
[[axis]]
name = "network"
keys = ["model.activation", "model.bias"]
values = [["erf", "fixed"], ["relu", "trained"]]
[[exclude]]
"model.activation" = "relu"
"training.learning_rate" = [0.1, 10]
)";

TEST(ParseSweep, FillsEveryFieldOfAFullFile) {
  const Sweep sweep = parse(kFull);
  EXPECT_EQ(sweep.name, "decay-and-rate");
  EXPECT_EQ(sweep.seed, 7U);
  EXPECT_TRUE(elements_are(sweep.engines, {Engine::ode, Engine::sgd}));
  EXPECT_EQ(sweep.replicas, 8);
  EXPECT_TRUE(sweep.common_randomness);
  EXPECT_EQ(sweep.solver.relative_tolerance, 1e-7);
  EXPECT_EQ(sweep.solver.absolute_tolerance, 1e-9);
  EXPECT_EQ(sweep.record.count, 10);
  EXPECT_EQ(sweep.record.spacing, Spacing::log);
  EXPECT_EQ(sweep.record.first, 0.5);
  EXPECT_EQ(sweep.record.components, 4);
  EXPECT_FALSE(sweep.record.trajectories);
  EXPECT_TRUE(sweep.record.order_parameters);
  EXPECT_EQ(sweep.record.weights, WeightsRecord::final);
  EXPECT_EQ(sweep.outcome.learnt_threshold, 0.6);
  EXPECT_EQ(sweep.outcome.success_excess, 0.2);
  const PointConfig point = sweep.point(3);
  EXPECT_EQ(point.data.dimension, 500);
  EXPECT_TRUE(elements_are(point.data.spikes, {2.0, 1.0, 0.5}));
  EXPECT_EQ(point.data.bulk, 0.5);
  EXPECT_EQ(point.model.hidden, 3);
  EXPECT_EQ(point.model.activation, Activation::relu);
  EXPECT_EQ(point.model.bias, BiasKind::trained);
  EXPECT_EQ(point.training.learning_rate, 1.0);
  EXPECT_EQ(point.training.weight_decay, std::vector<double>{0.25});
  EXPECT_EQ(point.training.input_noise, 0.5);
  EXPECT_EQ(point.training.horizon, 50.0);
  EXPECT_EQ(point.initial.encoder_std, 0.2);
  EXPECT_EQ(point.initial.decoder_std, 0.3);
  EXPECT_EQ(point.initial.bias, 0.1);
}

TEST(ParseSweep, FillsDefaults) {
  const Sweep sweep = parse("[data]\nspikes = [1]\n");
  EXPECT_EQ(sweep.name, "decay");
  EXPECT_EQ(sweep.seed, 0U);
  EXPECT_TRUE(elements_are(sweep.engines, {Engine::ode, Engine::sgd}));
  EXPECT_EQ(sweep.points(), 1U);
  EXPECT_TRUE(sweep.coordinates(0).empty());
  EXPECT_EQ(sweep.point(0).data.dimension, 1000);
  EXPECT_EQ(sweep.point(0).training.horizon, 100.0);
  EXPECT_EQ(sweep.record.count, 64);
}

TEST(ParseSweep, TakesSequentialReplicas) {
  const std::string data = "[data]\nspikes = [1]\n";
  const Sweep plain = parse(data + "[sweep]\nreplicas = 256\n");
  EXPECT_EQ(plain.sequential.min, 0);
  for (const Sweep& sweep : {parse(data + "[sweep]\nreplicas = { min = 4, max = 256, until = 0.05 }\n"),
                             parse(data + "[sweep.replicas]\nmin = 4\nmax = 256\nuntil = 0.05\n"),
                             parse(data + "[sweep]\nreplicas = 3\n", {"sweep.replicas={ min = 4, max = 256, until = 0.05 }"}),
                             parse(data + "[sweep]\nreplicas = { min = 2, max = 256, until = 0.05 }\n", {"sweep.replicas.min=4"})}) {
    EXPECT_EQ(sweep.replicas, 256);
    EXPECT_EQ(sweep.sequential.min, 4);
    EXPECT_EQ(sweep.sequential.until, 0.05);
    EXPECT_NE(sweep.id(), plain.id());
    EXPECT_EQ(canonical_value(sweep.canonical, "sweep.replicas.until"), "0.05");
  }
  EXPECT_EQ(parse(data + "[sweep]\nreplicas = { min = 4, max = 256, until = 0.05 }\n", {"sweep.replicas=256"}).id(), plain.id());
  EXPECT_EQ(plain.canonical.find("sweep.replicas."), std::string::npos) << "files of the plain number keep their identity";
}

TEST(ParseSweep, FollowsTheComponentsOfTheWholeGrid) {
  const std::string hidden = "[[axis]]\nkey = \"model.hidden\"\nvalues = [2, 5, 90]\n";
  EXPECT_EQ(parse("[data]\nspikes = [3, 2, 1]\n" + hidden).record.components, 3) << "the number of spikes, whatever K";
  EXPECT_EQ(parse("[data]\nkind = \"power_law\"\n" + hidden).record.components, 64) << "the largest K, at most 64";
  EXPECT_EQ(parse("[data]\nkind = \"power_law\"\n" + hidden + "[[exclude]]\n\"model.hidden\" = 90\n").record.components, 5);
  EXPECT_EQ(parse("[data]\nspikes = [3, 2, 1]\n[[axis]]\nkey = \"data.dimension\"\nvalues = [3, 8]\n").record.components, 3);
}

TEST(ParseSweep, ExpandsGeometricSpikes) {
  EXPECT_TRUE(elements_are(parse("[data]\nspikes = { count = 3, first = 2.0, ratio = 0.5 }\n").point(0).data.spikes, {2.0, 1.0, 0.5}));
}

TEST(ParseSweep, MovesEntriesOfGeometricSpikes) {
  const Sweep sweep = parse("[data]\nspikes = { count = 2, first = 2.0 }\n[[axis]]\nkey = \"data.spikes.ratio\"\nvalues = [0.5, 0.25]\n");
  ASSERT_EQ(sweep.axes.size(), 1U);
  EXPECT_EQ(sweep.axes[0].name, "ratio");
  EXPECT_TRUE(elements_are(sweep.point(0).data.spikes, {2.0, 1.0}));
  EXPECT_TRUE(elements_are(sweep.point(1).data.spikes, {2.0, 0.5}));
}

TEST(ParseSweep, FindsPathsBesideTheFile) {
  const Sweep sweep = parse("[data]\nkind = \"spectrum\"\nfile = \"spectrum_float64.hdf5\"\n");
  EXPECT_EQ(sweep.point(0).data.file, std::filesystem::path(kInputs + "/spectrum_float64.hdf5").lexically_normal());
  EXPECT_EQ(sweep.directory, std::filesystem::path(kInputs).lexically_normal());
  EXPECT_EQ(sweep.point(0).data.dimension, 5);
}

TEST(ParseSweep, TakesSizeAndNumberOfImagesFromTheirFiles) {
  const ImageFolder folder;
  folder.write("a.idx", 5, 2, 3);
  folder.write("b.idx", 4, 3, 2);
  const std::string head = "[data]\nkind = \"images\"\nfiles = [\"a.idx\", \"b.idx\"]\n";
  const PointConfig all = parse_sweep(head, folder.path(), "x.toml").point(0);
  EXPECT_EQ(all.data.dimension, 6);
  EXPECT_EQ(all.data.samples, 9);
  EXPECT_EQ(all.data.files.at(1), folder.path() + "/b.idx");
  const PointConfig some = parse_sweep(head + "samples = 7\ndimension = 6\n", folder.path(), "x.toml").point(0);
  EXPECT_EQ(some.data.samples, 7);
}

TEST(ParseSweep, FillsTheTiedRateWithTheDimension) {
  const std::string text = "[data]\nspikes = [1]\ndimension = 40\n[model]\ntied = true\n";
  EXPECT_EQ(parse(text).point(0).training.tied_rate, 40.0);
  EXPECT_EQ(parse(text + "[training]\ntied_rate = 6.5\ntied_gradient = \"encoder\"\n").point(0).training.tied_rate, 6.5);
  EXPECT_EQ(parse(text + "[training]\ntied_gradient = \"encoder\"\n").point(0).training.tied_gradient, TiedGradient::encoder);
}

TEST(ParseSweep, TakesOneDecayForAllNeuronsOrOneEach) {
  const std::string text = "[data]\nspikes = [1]\n[model]\nhidden = 2\n";
  EXPECT_EQ(parse(text + "[training]\nweight_decay = 0.5\n").point(0).training.weight_decay, std::vector<double>{0.5});
  EXPECT_EQ(parse(text + "[training]\nweight_decay = [0.5, 2]\n").point(0).training.weight_decay, (std::vector<double>{0.5, 2.0}));
  const auto moved = parse(text + "[[axis]]\nkey = \"training.weight_decay\"\nvalues = [[0, 1], [0.5, 2]]\n");
  EXPECT_EQ(moved.point(1).training.weight_decay, (std::vector<double>{0.5, 2.0}));
  EXPECT_EQ(moved.axes[0].labels, (std::vector<std::string>{"[0, 1]", "[0.5, 2]"}));
}

TEST(ParseSweep, ReadsAStartFile) {
  const std::string text = "[data]\nspikes = [1]\ndimension = 4\n[model]\nhidden = 3\nbias = \"trained\"\n[initial]\nkind = \"file\"\nfile = \"start.hdf5\"\n";
  EXPECT_EQ(parse(text).point(0).initial.kind, StartKind::file);
}

TEST(ParseSweep, LoadsAFile) {
  const ImageFolder folder;
  const std::string path = folder.path() + "/flat.toml";
  std::ofstream(path) << "[data]\nspikes = [1]\n";
  EXPECT_EQ(load_sweep(path).name, "flat");
  EXPECT_EQ(load_sweep(path).directory, folder.path());
  EXPECT_EQ(load_sweep(path).text, "[data]\nspikes = [1]\n");
  EXPECT_THROW(load_sweep(folder.path() + "/missing.toml"), ConfigError);
  EXPECT_THROW(load_sweep(folder.path()), ConfigError);
}

TEST(Overrides, ReplaceAndAddValues) {
  const std::string text = "[data]\nspikes = { count = 2, first = 1, ratio = 0.5 }\n[model]\nhidden = 3\n";
  const Sweep sweep = parse(text, {"model.hidden=4", "model.activation=linear", "model.bias = \"fixed\"", "data.spikes.ratio=0.25",
                                   "training.horizon=7", "sweep.engines=[\"ode\"]"});
  const PointConfig point = sweep.point(0);
  EXPECT_EQ(point.model.hidden, 4);
  EXPECT_EQ(point.model.activation, Activation::linear);
  EXPECT_EQ(point.model.bias, BiasKind::fixed);
  EXPECT_TRUE(elements_are(point.data.spikes, {1.0, 0.25}));
  EXPECT_EQ(point.training.horizon, 7.0);
  EXPECT_TRUE(elements_are(sweep.engines, {Engine::ode}));
}

TEST(Overrides, AreRecordedInTheText) {
  EXPECT_EQ(parse(kFull).text, kFull);
  const Sweep sweep = parse(kFull, {"training.weight_decay=0.1", "initial.encoder_std=1e-7"});
  const Sweep again = parse(sweep.text);
  EXPECT_EQ(again.canonical, sweep.canonical);
  EXPECT_EQ(again.name, sweep.name);
  EXPECT_EQ(again.point(0).training.weight_decay, std::vector<double>{0.1});
  EXPECT_NE(sweep.canonical, parse(kFull).canonical);
}

}  // namespace
}  // namespace aesweep
