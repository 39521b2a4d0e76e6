#include "aesweep/experiment/network_record.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/data/images.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

const std::string kAll = kSmall + "components = 3\norder_parameters = true\nweights = \"leading\"\n";

/// One column of one engine's row with its shape.
struct Table {
  const std::vector<double>& values;
  std::size_t rows, columns;   // of a matrix at one time
  double operator()(std::size_t time, std::size_t k, std::size_t i) const { return values.at((time * rows + k) * columns + i); }
};

Table table(const Experiment& experiment, const TaskResult& result, std::size_t engine, const std::string& name) {
  const Engine which = experiment.sweep().engines[engine];
  const auto& observable = experiment.observables(which)[experiment.column(which, name)];
  const auto& extents = experiment.extents();
  return {column(experiment, result, engine, name), extents.hidden, observable.dims.back() == "k" ? 1 : extent_of(extents, observable.dims.back())};
}

TEST(NetworkRecord, IsKeptOnlyWhereAskedFor) {
  const auto owned_plain = experiment_on(kSmall);
  const auto& plain = *owned_plain;
  EXPECT_EQ(plain.extents().hidden, 0U);
  EXPECT_FALSE(NetworkRecord::is_wanted(plain.observables(Engine::ode)));
  const auto owned_all = experiment_on(kAll);
  const auto& all = *owned_all;
  EXPECT_EQ(all.extents().hidden, 2U);
  EXPECT_EQ(all.extents().coordinate, 0U);
  EXPECT_TRUE(NetworkRecord::is_wanted(all.observables(Engine::sgd)));
}

// It only looks: what is recorded beside it keeps its bits (SGD's; the flow carries the same modes, as components >= M).
TEST(NetworkRecord, ChangesNothingElse) {
  const auto with = experiment_on(kAll), without = experiment_on(kSmall + "components = 3\n");
  const auto a = with->run(0, 0, [] {}), b = without->run(0, 0, [] {});
  for (std::size_t e : {0U, 1U})
    for (const char* name : {"pmse", "explained", "steps"}) EXPECT_EQ(column(*with, a, e, name), column(*without, b, e, name)) << name;
}

// pmse = ½[Σρ̂ + tr(T0 Q)] − tr R for linear units without bias: a relation into which no sum over modes enters.
TEST(NetworkRecord, OrderParametersGiveTheErrorOfLinearUnits) {
  const auto owned = experiment_on(kAll + "[training]\ninput_noise = 1.0\n[[axis]]\nkey = \"model.activation\"\nvalues = [\"linear\"]\n");
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  const double chance = experiment.reference(experiment.sweep().point(0)).chance;
  for (std::size_t e : {0U, 1U}) {
    const auto Q = table(experiment, result, e, "Q"), R = table(experiment, result, e, "R"), T0 = table(experiment, result, e, "T0");
    const auto& pmse = column(experiment, result, e, "pmse");
    for (std::size_t t = 0; t < pmse.size(); ++t) {
      double sum = chance;
      for (std::size_t k = 0; k < 2; ++k) {
        sum -= R(t, k, k);
        for (std::size_t l = 0; l < 2; ++l) sum += 0.5 * T0(t, k, l) * Q(t, k, l);
      }
      EXPECT_NEAR(pmse[t], sum, 1e-13) << "time " << t;   // rounding
    }
  }
}

// What is not bulk is the spikes' sum, which the stored weights give: ρ̂_m = θ_m + 1/30, ŝ² = 1/30; v = √30 V̂. Three components are followed and two
// of them are spikes, so that the bulk begins within the followed ones.
TEST(NetworkRecord, TheBulkIsWhatTheSpikesLeave) {
  const auto owned = experiment_on(kAll + "[training]\ninput_noise = 1.0\n");
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  const double root = std::sqrt(30.0), rho_hat[]{2.0 + 1.0 / 30.0, 1.0 + 1.0 / 30.0}, noise = 1.0 / 30.0;
  for (std::size_t e : {0U, 1U}) {
    const auto at = [&](const char* name) { return table(experiment, result, e, name); };
    const auto w = at("encoder"), v = at("decoder");
    for (std::size_t t = 0; t < experiment.extents().time; ++t)
      for (std::size_t k = 0; k < 2; ++k) {
        for (std::size_t l = 0; l < 2; ++l) {
          double Q = 0.0, R = 0.0, T1 = 0.0, T0 = 0.0;
          for (std::size_t m = 0; m < 2; ++m) {
            Q += w(t, k, m) * w(t, l, m) * (rho_hat[m] + noise);
            R += v(t, k, m) * w(t, l, m) * rho_hat[m] / root;
            T1 += v(t, k, m) * v(t, l, m) * rho_hat[m] / 30.0;
            T0 += v(t, k, m) * v(t, l, m) / 30.0;
          }
          EXPECT_NEAR(at("Q")(t, k, l) - at("Q_bulk")(t, k, l), Q, 1e-13);
          EXPECT_NEAR(at("R")(t, k, l) - at("R_bulk")(t, k, l), R, 1e-13);
          EXPECT_NEAR(at("T1")(t, k, l) - at("T1_bulk")(t, k, l), T1, 1e-13);
          EXPECT_NEAR(at("T0")(t, k, l) - at("T0_bulk")(t, k, l), T0, 1e-13);
        }
        EXPECT_NEAR(at("decoder_norm")(t, k, 0) * at("decoder_norm")(t, k, 0), 30.0 * at("T0")(t, k, k), 1e-11);
      }
    EXPECT_GT(at("Q_bulk")(0, 0, 0), 1e-4) << "no bulk: the test would be idle";   // later the noise wears it down
    EXPECT_EQ(at("bias")(3, 1, 0), 0.0);
  }
  // Flow and SGD start from the same weights; the flow's bulk is compressed, which keeps the norms.
  for (const char* name : {"encoder", "decoder", "encoder_norm", "decoder_norm", "Q", "T0_bulk"})
    EXPECT_NEAR(column(experiment, result, 0, name)[1], column(experiment, result, 1, name)[1], 1e-13) << name;
}

// K and D vary: a smaller network fills a corner, the rest stays NaN. At the horizon all weights are stored, from which Q follows again: for the flow
// they come from the compressed bulk.
TEST(NetworkRecord, FinalWeightsFillACornerAndGiveTheOrderParameters) {
  const auto owned = experiment_on(kSmall + "order_parameters = true\nweights = \"final\"\n[[axis]]\nkey = \"model.hidden\"\nvalues = [1, 3]\n"
                                           "[[axis]]\nkey = \"data.dimension\"\nvalues = [20, 50]\n");
  auto& experiment = *owned;
  EXPECT_EQ(experiment.extents().hidden, 3U);
  EXPECT_EQ(experiment.extents().coordinate, 50U);
  for (const auto& [point, K, D] : {std::tuple{0U, 1U, 20U}, {1U, 1U, 50U}, {2U, 3U, 20U}, {3U, 3U, 50U}}) {
    const auto result = experiment.run(point, 0, [] {});
    const std::size_t last = experiment.extents().time - 1;
    for (std::size_t e : {0U, 1U}) {
      const auto at = [&](const char* name) { return table(experiment, result, e, name); };
      const auto w = at("final_encoder"), v = at("final_decoder");
      for (std::size_t k = 0; k < 3; ++k) {
        EXPECT_EQ(std::isnan(column(experiment, result, e, "final_bias")[k]), k >= K);
        for (std::size_t i = 0; i < 50; ++i) ASSERT_EQ(std::isnan(w(0, k, i)) || std::isnan(v(0, k, i)), k >= K || i >= D);
        for (std::size_t l = 0; l < 3; ++l) {
          double Q = 0.0, T0 = 0.0;
          for (std::size_t i = 0; i < D; ++i) {
            Q += w(0, k, i) * w(0, l, i) * ((i < 2 ? 2.0 - static_cast<double>(i) : 0.0) + 1.0 / D);
            T0 += v(0, k, i) * v(0, l, i) / D;
          }
          if (k >= K || l >= K) {
            EXPECT_TRUE(std::isnan(at("Q")(last, k, l)) && std::isnan(at("T0")(last, k, l)));
          } else {
            EXPECT_NEAR(at("Q")(last, k, l), Q, 1e-12);
            EXPECT_NEAR(at("T0")(last, k, l), T0, 1e-12);
          }
        }
      }
    }
  }
}

// SGD's weights are pixels there, the flow's lie along the eigenvectors: both are stored as pixels at the horizon, along components on the way.
TEST(NetworkRecord, ImagesAreStoredAsPixelsAndAlongComponents) {
  const ImageFile file;
  const auto text = [&](const std::string& weights) {
    return file.data() + "[sweep]\nseed = 2\n[model]\nhidden = 2\nactivation = \"linear\"\n[training]\nhorizon = 40\nlearning_rate = 0.1\n"
                         "[record]\ncount = 6\ncomponents = 12\norder_parameters = true\nweights = \"" + weights + "\"\n";
  };
  const auto leading = experiment_on(text("leading")), final = experiment_on(text("final"));
  const auto on_the_way = leading->run(0, 0, [] {}), at_the_end = final->run(0, 0, [] {});
  const auto statistics = image_statistics(load_pool(leading->sweep().point(0).data));
  for (std::size_t e : {0U, 1U})
    for (const auto& [along, pixels] : {std::pair{"encoder", "final_encoder"}, {"decoder", "final_decoder"}}) {
      const auto components = table(*leading, on_the_way, e, along), stored = table(*final, at_the_end, e, pixels);
      for (std::size_t k = 0; k < 2; ++k)
        for (std::size_t m = 0; m < 12; ++m) {
          double projection = 0.0;
          for (std::size_t i = 0; i < 12; ++i)
            projection += stored(0, k, i) * statistics.eigenvectors(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(m));
          EXPECT_NEAR(components(6, k, m), projection, 1e-12) << along << " of engine " << e;
        }
    }
  EXPECT_NEAR(column(*leading, on_the_way, 0, "Q")[0], column(*leading, on_the_way, 1, "Q")[0], 1e-12);   // the same start, rotated
}

TEST(NetworkRecord, IsNaNFromADivergenceOn) {
  const auto owned = experiment_on("[sweep]\nengines = [\"sgd\"]\n[data]\ndimension = 30\nspikes = [2.0]\n[model]\nactivation = \"linear\"\n"
                                  "[training]\nlearning_rate = 1e3\nhorizon = 100\n"
                                  "[record]\ncount = 8\norder_parameters = true\nweights = \"final\"\n");
  auto& experiment = *owned;
  const auto result = experiment.run(0, 0, [] {});
  ASSERT_EQ(result.rows[0].status, Status::diverged);
  EXPECT_TRUE(std::isfinite(column(experiment, result, 0, "Q").front()));
  EXPECT_TRUE(std::isnan(column(experiment, result, 0, "Q").back()));
  EXPECT_TRUE(std::isnan(column(experiment, result, 0, "final_encoder").front()));
}

}  // namespace
}  // namespace aesweep
