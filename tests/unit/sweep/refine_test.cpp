#include <gtest/gtest.h>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

const std::string kPlane = R"([sweep]
engines = ["ode"]
[data]
spikes = [2, 1]
[[axis]]
key = "model.activation"
values = ["linear", "erf"]
[[axis]]
key = "training.learning_rate"
range = { from = 0.1, to = 10.0, count = 17, spacing = "log" }
[[axis]]
key = "training.horizon"
values = [10, 20, 30]
[[axis]]
key = "training.weight_decay"
range = { from = 0.0, to = 3.2, count = 33 }
)";

std::string refine(const std::string& rest) { return kPlane + "[refine]\n" + rest + "\n"; }
const std::string kGood = "axes = [\"learning_rate\", \"weight_decay\"]\npoints = 200\n";

TEST(RefinedSweep, HasPointsInPlaceOfItsAxes) {
  const Sweep sweep = parse(refine(kGood));
  ASSERT_TRUE(sweep.refined);
  ASSERT_EQ(sweep.axes.size(), 3U);
  EXPECT_EQ(sweep.axes[0].name, "activation");
  EXPECT_EQ(sweep.axes[1].name, "horizon");
  EXPECT_EQ(sweep.axes[2].name, "point");
  EXPECT_EQ(sweep.points(), 2U * 3U * 200U);
  EXPECT_EQ(sweep.refined->sites, 17U * 33U);
  EXPECT_TRUE(elements_are(sweep.refine.levels, {0.5, 1.5})) << "one below each followed component";
  EXPECT_EQ(sweep.refine.engine, Engine::ode);
  std::vector<std::string> names;
  for (const auto* axis : sweep.moved()) names.push_back(axis->name);
  EXPECT_TRUE(elements_are(names, {"activation", "learning_rate", "horizon", "weight_decay"}));
}

TEST(RefinedSweep, GivesAPointTheValuesOfItsSite) {
  const Sweep sweep = parse(refine(kGood));
  const Sweep grid = parse(kPlane);
  const std::uint64_t point = (1 * 3 + 2) * 200 + 7;   // erf, horizon 30
  sweep.refined->site[point] = 5 * 33 + 20;
  const auto found = sweep.point(point);
  EXPECT_EQ(found.model.activation, Activation::erf);
  EXPECT_EQ(found.training.horizon, 30.0);
  EXPECT_EQ(found.training.learning_rate, grid.point(5 * 3 * 33).training.learning_rate);
  EXPECT_TRUE(elements_are(found.training.weight_decay, {2.0}));
  EXPECT_EQ(sweep.grid_index(point), ((1 * 17 + 5) * 3 + 2) * 33 + 20U);
  EXPECT_TRUE(elements_are(sweep.coordinates(point), {1, 2, 7}));
  EXPECT_EQ(hex(sweep.stream_id(found)), hex(grid.stream_id(grid.point(sweep.grid_index(point))))) << "how a point was chosen is no part of its streams";
}

TEST(RefinedSweep, IsAnotherSweepThanItsGrid) {
  const Sweep grid = parse(kPlane), sweep = parse(refine(kGood));
  EXPECT_NE(hex(grid.id()), hex(sweep.id()));
  EXPECT_EQ(grid.canonical.find("refine."), std::string::npos) << "files of sweeps that are not refined stay what they are";
  EXPECT_NE(hex(sweep.id()), hex(parse(refine(kGood + "rim = 1\n")).id()));
  EXPECT_NE(hex(sweep.id()), hex(parse(refine("axes = [\"learning_rate\", \"weight_decay\"]\npoints = 201\n")).id()));
}

TEST(RefinedSweep, IsTheSameWhateverARunIsAllowed) {
  const Sweep plain = parse(refine(kGood)), limited = parse(refine(kGood + "cpu_hours = 0.5\nwall_time = \"1:30:00\"\n"));
  EXPECT_EQ(hex(plain.id()), hex(limited.id()));
  EXPECT_EQ(limited.refine.cpu_hours, 0.5);
  EXPECT_EQ(limited.refine.wall_time, "1:30:00");
}

TEST(RefinedSweep, HasNoMorePointsThanItsGrid) {
  const std::string axes = "axes = [\"learning_rate\", \"weight_decay\"]\n";
  const Sweep all = parse(refine(axes + "points = 561\n")), more = parse(refine(axes + "points = 10000000\n"));
  EXPECT_EQ(more.refine.points, 17 * 33);
  EXPECT_EQ(more.points(), 2U * 3U * 17U * 33U);
  EXPECT_EQ(hex(more.id()), hex(all.id())) << "both may run all of it";
}

TEST(RefinedSweep, RefusesAxesNamedAsWhatItsFileHolds) {
  for (const std::string name : {"point", "parent_low", "parent_high", "ode_phase", "sgd_phase", "learning_rate_low", "weight_decay_high", "line"})
    EXPECT_TRUE(contains(report_on(refine(kGood) + "[[axis]]\nname = \"" + name + "\"\nkey = \"model.hidden\"\nvalues = [1, 2]\n"),
                         "decay.toml:18:8: axis \"" + name + "\": /refined holds something else of this name; give the axis another `name`"))
        << name;
  EXPECT_NO_THROW(parse(refine(kGood) + "[[axis]]\nname = \"horizon_low\"\nkey = \"model.hidden\"\nvalues = [1, 2]\n")) << "horizon is not refined";
}

TEST(RefinedSweep, SaysWhatIsWrong) {
  const auto report = [](const std::string& rest) { return report_on(refine(rest)); };
  EXPECT_TRUE(contains(report("points = 100"), "decay.toml:17:1: refine.axes: missing; name the axes to refine"));
  EXPECT_TRUE(contains(report(""), "decay.toml:17:1: refine.axes: missing; name the axes to refine"));
  EXPECT_TRUE(contains(report("axes = [\"rate\"]\npoints = 100"), "refine.axes: no axis \"rate\"; the sweep has activation, learning_rate, horizon, weight_decay"));
  EXPECT_TRUE(contains(report("axes = [\"activation\"]\npoints = 100"), "refine.axes: \"activation\" must be an axis of increasing numbers"));
  EXPECT_TRUE(contains(report("axes = [\"horizon\"]\npoints = 100"),
                       "\"horizon\" has 3 values; with refine.depth = 4 their number must be a multiple of 16 and one more, such as 17"));
  EXPECT_TRUE(contains(report("axes = [\"weight_decay\", \"weight_decay\"]\npoints = 100"), "refine.axes: \"weight_decay\" is there twice"));
  EXPECT_TRUE(contains(report("axes = [\"weight_decay\"]"), "refine.points: missing; the coarsest cells alone have 3 corners"));
  EXPECT_TRUE(contains(report("axes = [\"weight_decay\"]\npoints = 2"), "refine.points = 2: the coarsest cells alone have 3 corners"));
  EXPECT_TRUE(contains(report("axes = [\"weight_decay\"]\npoints = 9\nengine = \"sgd\""), "refine.engine: not among sweep.engines"));
  EXPECT_TRUE(contains(report("axes = [\"weight_decay\"]\npoints = 9\nobservable = \"final_pmse\""), "refine.levels: missing"));
  EXPECT_TRUE(contains(report(kGood + "observable = \"learning_time\""), "refine.levels: missing; refine.observable = \"learning_time\" has no level of its own"));
  EXPECT_TRUE(contains(report(kGood + "component = 1"), "decay.toml:20:13: refine.component: only with refine.observable = \"learning_time\", not with \"learnt\""));
  EXPECT_TRUE(contains(report(kGood + "observable = \"learning_time\"\nlevels = [3]\ncomponent = 7"),
                       "decay.toml:22:13: refine.component = 7: 2 components are followed (record.components), counted from 0"));
  EXPECT_TRUE(contains(report(kGood + "observable = \"final_supremum\"\nlevels = [1]"), "refine.observable = \"final_supremum\": only of the engine deep"));
  EXPECT_TRUE(contains(report(kGood + "observable = \"theory_gap\"\nlevels = [1]"), "refine.observable = \"theory_gap\": only of sgd, where ode runs as well"));
  EXPECT_TRUE(contains(report(kGood + "observable = \"learning_time\"\nlevels = [3, 1000]"),
                       "decay.toml:21:10: refine.levels: 1000: learning_time can't cross it; must be at least 0 and less than 30, the horizon, which counts where nothing is learnt"));
  EXPECT_TRUE(contains(report(kGood + "observable = \"success\"\nlevels = [1.5]"), "refine.levels: 1.5: success can't cross it; must be at least 0 and less than 1"));
  EXPECT_TRUE(contains(report(kGood + "levels = [-0.5]"), "refine.levels: -0.5: learnt can't cross it; must be at least 0 and less than 2"));
  EXPECT_TRUE(contains(report("axes = [\"weight_decay\"]\npoints = 9\nobservable = \"excces\""), "did you mean \"excess\"?"));
  EXPECT_TRUE(contains(report("axes = [\"weight_decay\"]\npoints = 9\ndept = 3"), "refine.dept: unknown key; did you mean refine.depth?"));
  EXPECT_TRUE(contains(report(kGood + "wall_time = \"3\""), "decay.toml:20:13: refine.wall_time = \"3\": must be a length of time such as"));
  EXPECT_TRUE(contains(report(kGood + "wall_time = \"0s\""), "refine.wall_time = \"0s\": must be"));
  EXPECT_TRUE(contains(report(kGood + "cpu_hours = 0"), "refine.cpu_hours = 0: must be a number > 0"));
  EXPECT_TRUE(contains(report_on(refine(kGood) + "[[exclude]]\n\"training.horizon\" = 10\n"), "refine: not together with [[exclude]]"));
  EXPECT_TRUE(contains(report(kGood + "levels = [0.5, 1.5, 0.5]"), "decay.toml:20:10: refine.levels: 0.5 is there twice"));
  EXPECT_TRUE(contains(report(kGood + "levels = []"), "decay.toml:20:10: refine.levels = []: must be a list of at least one number"));
}

}  // namespace
}  // namespace aesweep
