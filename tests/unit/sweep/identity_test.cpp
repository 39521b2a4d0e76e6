#include <gtest/gtest.h>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

const std::string kText = "[sweep]\nseed = 7\n[data]\nspikes = [2.0, 1.0]\ndimension = 100\n[model]\nhidden = 2\nactivation = \"erf\"\n";

Digest stream(const Sweep& sweep, std::uint64_t point = 0) { return sweep.stream_id(sweep.point(point)); }
Digest row(const Sweep& sweep, std::uint64_t point = 0) { return sweep.point_id(sweep.point(point)); }
std::uint64_t key(const Sweep& sweep, std::uint64_t point = 0) { return sweep.stream_key(sweep.point(point)); }

/// Nothing in any identity may differ.
void expect_same(const std::string& a, const std::string& b) {
  const Sweep x = parse(a);
  const Sweep y = parse(b);
  EXPECT_EQ(x.canonical, y.canonical);
  EXPECT_EQ(x.id(), y.id());
  EXPECT_EQ(stream(x), stream(y));
  EXPECT_EQ(row(x), row(y));
  EXPECT_EQ(key(x), key(y));
}

TEST(Identity, DoesNotSeeOrderNamesOrTheWayNumbersAreWritten) {
  expect_same(kText, "[model]\nactivation = 'erf'\nhidden = 2\n[data]\ndimension = 100\nspikes = [2, 1]\n[sweep]\nseed = 7\n");
  expect_same(kText, "[sweep]\nname = \"other\"\nseed = 7\n[data]\nspikes = [2.0, 1.0]\ndimension = 100\n[model]\nhidden = 2\n");
  expect_same(kText + "[training]\nlearning_rate = 1\n", kText + "[training]\nlearning_rate = 1.0\n");
  expect_same(kText + "[training]\nweight_decay = 0.0\n", kText + "[training]\nweight_decay = -0.0\n");
}

TEST(Identity, IsOfDefaultFilledValues) {
  expect_same(kText, kText + "[training]\nhorizon = 100\nsgd_method = \"auto\"\npreset = \"thermodynamic\"\n[record]\ncomponents = 2\n");
}

TEST(Identity, TakesSpikesAsTheyExpand) {
  expect_same("[data]\nspikes = [2, 1, 0.5]\n", "[data]\nspikes = { count = 3, first = 2, ratio = 0.5 }\n");
}

TEST(Identity, IsTheHashOfSortedLines) {
  // Spelt out, so that no later version finds another identity for the same point by accident: its stored rows would be lost.
  const std::string stream_text =
      "data.bulk = 1\ndata.dimension = 100\ndata.kind = \"spiked\"\ndata.latent = \"gaussian\"\ndata.latent_flow = \"exact\"\ndata.spikes = [2, 1]\n"
      "initial.bias = 0\ninitial.decoder_std = 0.1\ninitial.encoder_std = 0.1\ninitial.kind = \"random\"\n"
      "model.activation = \"erf\"\nmodel.bias = \"none\"\nmodel.hidden = 2\nmodel.tied = false\n"
      "training.bias_rate = 1\ntraining.decoder_rate = 1\ntraining.encoder_rate = 1\ntraining.input_noise = 0\ntraining.learning_rate = 1\n"
      "training.preset = \"thermodynamic\"\ntraining.rule = \"sgd\"\ntraining.weight_decay = 0\n";
  const std::string id = hex(sha256(stream_text));
  const Sweep sweep = parse(kText);
  EXPECT_EQ(hex(stream(sweep)), id);
  EXPECT_EQ(hex(row(sweep)),
            hex(sha256("record.components = 2\nrecord.count = 64\nrecord.first = 0.01\nrecord.order_parameters = false\nrecord.spacing = \"log\"\n"
                       "record.trajectories = true\nrecord.weights = \"none\"\nsolver.absolute_tolerance = 1e-10\nsolver.relative_tolerance = 1e-08\n"
                       "stream = " + id + "\ntraining.horizon = 100\ntraining.sgd_method = \"vector\"\n")));
  EXPECT_EQ(key(sweep), leading_bits(sha256("seed = 7\nstream = " + id + "\n")));
}

TEST(Identity, ARowHangsOnTheMethodThatRunsItNotOnItsKey) {
  const Sweep automatic = parse(kText), vector = parse(kText, {"training.sgd_method=vector"}), gram = parse(kText, {"training.sgd_method=gram"});
  EXPECT_EQ(row(automatic), row(vector));
  EXPECT_NE(row(automatic), row(gram));
  EXPECT_EQ(stream(automatic), stream(gram)) << "the same starts";
  EXPECT_NE(automatic.id(), vector.id());
  const Sweep large = parse(kText, {"data.dimension=1000"});
  EXPECT_EQ(row(large), row(parse(kText, {"data.dimension=1000", "training.sgd_method=gram"})));
}

TEST(Method, IsTheGramProcessWhereThatIsPossibleAndWorthIt) {
  const auto method = [](const std::vector<std::string>& options) { return parse(kText, options).point(0).training.sgd_method; };
  EXPECT_EQ(method({"data.dimension=255"}), SgdMethod::vector);
  EXPECT_EQ(method({"data.dimension=256"}), SgdMethod::gram);
  EXPECT_EQ(method({"data.dimension=1000000000000", "training.horizon=1"}), SgdMethod::gram);
  // 16 (2 + 2·20) = 672; tied, and of a rule without a decoder, 16 (2 + 20) = 352; with seven followed components 16 (7 + 40).
  EXPECT_EQ(method({"model.hidden=20", "data.dimension=671"}), SgdMethod::vector);
  EXPECT_EQ(method({"model.hidden=20", "data.dimension=672"}), SgdMethod::gram);
  EXPECT_EQ(method({"model.hidden=20", "model.tied=true", "data.dimension=351"}), SgdMethod::vector);
  EXPECT_EQ(method({"model.hidden=20", "model.tied=true", "data.dimension=352"}), SgdMethod::gram);
  EXPECT_EQ(method({"model.hidden=20", "model.activation=linear", "training.rule=oja", "data.dimension=352"}), SgdMethod::gram);
  EXPECT_EQ(method({"model.hidden=20", "record.components=7", "data.dimension=751"}), SgdMethod::vector);
  EXPECT_EQ(method({"model.hidden=20", "record.components=7", "data.dimension=752"}), SgdMethod::gram);
  for (const char* obstacle : {"data.training_samples=10", "record.weights=final", "data.kind=marchenko_pastur"})
    EXPECT_EQ(method({"data.dimension=1000", obstacle}), SgdMethod::vector) << obstacle;
  EXPECT_EQ(method({"data.dimension=1000", "training.rule=normalised_hebb", "model.activation=linear"}), SgdMethod::gram);
  EXPECT_EQ(method({"data.dimension=1000", "training.rule=normalised_hebb", "training.norm_power=3", "model.activation=linear"}), SgdMethod::vector);
  EXPECT_EQ(method({"data.dimension=1000", "training.sgd_method=vector"}), SgdMethod::vector);
  EXPECT_EQ(method({"data.dimension=infinity", "sweep.engines=[\"ode\"]"}), SgdMethod::vector);
}

TEST(Identity, KeysThatCameLaterEnterOnlyWhereTheyAreNotTheirDefault) {
  expect_same(kText, kText + "[training]\nrate_decay_exponent = 0\n");
  EXPECT_EQ(stream(parse(kText)), stream(parse(kText, {"data.training_samples=infinity", "data.eigenvectors=identity"})));
  EXPECT_NE(stream(parse(kText)), stream(parse(kText, {"data.training_samples=50"})));
  EXPECT_NE(stream(parse(kText)), stream(parse(kText, {"training.rate_decay_exponent=1"})));
  EXPECT_EQ(stream(parse(kText)), stream(parse(kText, {"data.eigenvectors=sinusoidal"}))) << "dynamics in the eigenbasis do not see them";
  EXPECT_NE(row(parse(kText)), row(parse(kText, {"data.eigenvectors=sinusoidal"})));
}

TEST(Identity, SeedEntersTheStreamKeyOnly) {
  const Sweep a = parse(kText);
  const Sweep b = parse(kText, {"sweep.seed=8"});
  EXPECT_EQ(stream(a), stream(b));
  EXPECT_EQ(row(a), row(b));
  EXPECT_NE(key(a), key(b));
  EXPECT_NE(a.id(), b.id());
}

TEST(Identity, HorizonSolverAndRecordEnterTheRowOnly) {
  const Sweep a = parse(kText);
  for (const char* option : {"training.horizon=200", "solver.relative_tolerance=1e-7", "record.count=10", "record.components=1",
      "record.trajectories=false"}) {
    const Sweep b = parse(kText, {option});
    EXPECT_EQ(stream(a), stream(b)) << option;
    EXPECT_EQ(key(a), key(b)) << option;
    EXPECT_NE(row(a), row(b)) << option;
  }
}

TEST(Identity, DataModelTrainingAndStartEnterTheStream) {
  const Sweep a = parse(kText);
  for (const char* option : {"data.bulk=2", "data.dimension=101", "model.hidden=3", "model.activation=relu", "model.bias=fixed",
      "training.learning_rate=2",
                             "training.weight_decay=0.1", "training.input_noise=0.1", "initial.encoder_std=0.2", "data.spikes=[2, 1.5]"}) {
    const Sweep b = parse(kText, {option});
    EXPECT_NE(stream(a), stream(b)) << option;
    EXPECT_NE(row(a), row(b)) << option;
    EXPECT_NE(key(a), key(b)) << option;
  }
}

TEST(Identity, EnginesReplicasAndOutcomeEnterTheSweepOnly) {
  const Sweep a = parse(kText);
  for (const char* option : {"sweep.engines=[\"ode\"]", "sweep.replicas=9", "sweep.replicas={ min = 2, max = 9, until = 0.3 }", "outcome.success_excess=0.3"}) {
    const Sweep b = parse(kText, {option});
    EXPECT_EQ(row(a), row(b)) << option;
    EXPECT_EQ(key(a), key(b)) << option;
    EXPECT_NE(a.id(), b.id()) << option;
  }
}

TEST(Identity, OfAPointDoesNotDependOnTheGridAroundIt) {
  const Sweep alone = parse(kText);
  const Sweep grid = parse(kText + "[[axis]]\nkey = \"training.learning_rate\"\nvalues = [0.5, 1]\n");
  EXPECT_EQ(stream(grid, 1), stream(alone));
  EXPECT_EQ(row(grid, 1), row(alone));
  EXPECT_NE(stream(grid, 0), stream(alone));
}

TEST(Identity, LeavesOutKeysOfOtherKinds) {
  const std::string kinds = "[[axis]]\nkey = \"data.kind\"\nvalues = [\"spiked\", \"power_law\"]\n";
  const Sweep a = parse("[data]\nspikes = [1]\nexponent = 1\n" + kinds);
  const Sweep b = parse("[data]\nspikes = [1]\nexponent = 2\n" + kinds);
  EXPECT_EQ(stream(a, 0), stream(b, 0));
  EXPECT_NE(stream(a, 1), stream(b, 1));
}

TEST(Identity, CommonRandomnessGivesAllPointsOneKey) {
  const Sweep sweep = parse(kText + "[[axis]]\nkey = \"training.learning_rate\"\nvalues = [0.5, 1]\n", {"sweep.common_randomness=true"});
  EXPECT_EQ(key(sweep, 0), key(sweep, 1));
  EXPECT_NE(stream(sweep, 0), stream(sweep, 1));
  EXPECT_NE(key(sweep, 0), key(parse(kText, {"sweep.common_randomness=true", "sweep.seed=8"})));
}

TEST(Identity, OfAFileIsThatOfItsBytes) {
  const ImageFolder folder;
  folder.write("a.idx", 5, 2, 3);
  folder.write("same.idx", 5, 2, 3);
  folder.write("other.idx", 6, 2, 3);
  const auto of = [&](const std::string& name, const std::string& more = "") {
    return parse_sweep("[data]\nkind = \"images\"\nfiles = [\"" + name + "\"]\n" + more, folder.path(), "x.toml");
  };
  EXPECT_EQ(stream(of("a.idx")), stream(of("same.idx")));
  EXPECT_EQ(of("a.idx").id(), of("same.idx").id());
  EXPECT_EQ(of("a.idx").id(), of("a.idx", "samples = 5\ndimension = 6\n").id());
  EXPECT_NE(stream(of("a.idx")), stream(of("other.idx")));
  EXPECT_NE(stream(of("a.idx")), stream(of("a.idx", "samples = 4\n")));
  EXPECT_FALSE(contains(of("a.idx").canonical, folder.path()));
}

TEST(Canonical, IsSortedAndHoldsAxesAndExclusionsButNotWhatTheyReplace) {
  const Sweep sweep = parse(kText + "[[axis]]\nkey = \"model.hidden\"\nvalues = [2, 3]\n[[exclude]]\n\"model.hidden\" = 3\n");
  EXPECT_TRUE(contains(sweep.canonical, "axis[0].model.hidden = [2, 3]\naxis[0].name = \"hidden\"\ndata.bulk = 1\n"));
  EXPECT_TRUE(contains(sweep.canonical, "\nexclude[0] = model.hidden in [3]\n"));
  EXPECT_TRUE(contains(sweep.canonical, "\nsweep.seed = 7\n"));
  EXPECT_TRUE(contains(sweep.canonical, "\ndata.spikes = [2, 1]\n"));
  EXPECT_FALSE(contains(sweep.canonical, "\nmodel.hidden"));
  EXPECT_FALSE(contains(sweep.canonical, "sweep.name"));
  EXPECT_FALSE(contains(sweep.canonical, "data.exponent"));
}

TEST(Canonical, KeepsTheEntriesOfSpikesThatNoAxisMoves) {
  const Sweep sweep = parse("[data]\nspikes = { count = 2, first = 3 }\n[[axis]]\nkey = \"data.spikes.ratio\"\nvalues = [0.5]\n");
  EXPECT_TRUE(contains(sweep.canonical, "data.spikes.count = 2\ndata.spikes.first = 3\n"));
  EXPECT_TRUE(contains(sweep.canonical, "axis[0].data.spikes.ratio = [0.5]\n"));
  EXPECT_FALSE(contains(sweep.canonical, "\ndata.spikes.ratio"));
  EXPECT_FALSE(contains(sweep.canonical, "data.spikes = "));
}

TEST(Differences, NameWhatChanged) {
  const Sweep a = parse(kText);
  EXPECT_TRUE(differences(a.canonical, parse(kText).canonical).empty());
  EXPECT_TRUE(elements_are(differences(a.canonical, parse(kText, {"model.hidden=3", "sweep.seed=8"}).canonical), {"model.hidden: 2 -> 3",
      "sweep.seed: 7 -> 8"}));
  const auto added = differences(a.canonical, parse(kText + "[[axis]]\nkey = \"model.hidden\"\nvalues = [2, 3]\n").canonical);
  EXPECT_TRUE(elements_are(added, {"axis[0].model.hidden: (none) -> [2, 3]", "axis[0].name: (none) -> \"hidden\"", "model.hidden: 2 -> (none)"}));
}

TEST(Differences, ShowLongListsWhereTheyDiffer) {
  const std::string axis = "[[axis]]\nkey = \"training.learning_rate\"\nrange = { from = 1, to = ";
  const auto lines = differences(parse(kText + axis + "1000, count = 1000 }\n").canonical, parse(kText + axis + "1001, count = 1001 }\n").canonical);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(contains(lines[0], " 999, 1000] -> "));
  EXPECT_TRUE(contains(lines[0], " 1000, 1001]"));
  EXPECT_LT(lines[0].size(), 200U);
}

}  // namespace
}  // namespace aesweep
