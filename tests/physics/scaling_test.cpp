// What does not depend on D, and how error and explained variance hang together: equations.md §2 ("Equal eigenvalues are one block") and §4.
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/data/start.hpp"
#include "aesweep/experiment/experiment.hpp"
#include "flow_runs.hpp"

namespace aesweep {
namespace {

/// The same rows in more dimensions: their bulk parts, filled up with zeros and turned by a reflection.
RowMatrix embedded(const RowMatrix& rows, Eigen::Index leading, Eigen::Index dimension) {
  const Eigen::Index bulk = rows.cols() - leading, larger = dimension - leading;
  RowMatrix result = RowMatrix::Zero(rows.rows(), dimension);
  result.leftCols(rows.cols()) = rows;
  Eigen::VectorXd axis = Eigen::VectorXd::Zero(larger);   // maps coordinates of the small bulk to all of the large one
  axis.head(bulk).setLinSpaced(1.0, 2.0);
  axis.tail(larger - bulk).setConstant(0.3);
  axis.normalize();
  const Eigen::VectorXd along = result.rightCols(larger) * axis;
  result.rightCols(larger) -= 2.0 * along * axis.transpose();
  return result;
}

// A start in D = 100 and the same one turned into D = 10 000 dimensions, with the same ρ̂ (so a hundred times the bulk variance): the number of modes
// and of right-hand sides is the same, R² and chance − pmse are the same. The block's LQ factors agree to 1e-14; the flow amplifies by e^{few}, and
// its step control is 1e-11.
TEST(Scaling, TheFlowOfASpikedModelDoesNotKnowTheDimension) {
  constexpr Eigen::Index K = 3, M = 2, small = 100, large = 10'000;
  const std::vector<double> spikes{2.0, 1.0}, times{0.0, 1.0, 3.0, 10.0, 30.0};
  const auto few = spiked_spectrum(spikes, 1.0, small), many = spiked_spectrum(spikes, 100.0, large);
  const Weights start = weights_from(random_start(K, small, 0.3, 0.3, 0.1, RandomStream(4, 0)));
  const Weights turned{embedded(start.encoder, M, large), embedded(start.decoder, M, large), start.bias};
  for (const auto activation : all_activations()) {
    SCOPED_TRACE(name(activation));
    const LearningRule rule{activation, true, 1.0, 0.02, 0.05};
    const auto modes = compress(few, start, M), more = compress(many, turned, M);
    ASSERT_EQ(modes.rho_hat.size(), M + 2 * K);
    ASSERT_EQ(more.rho_hat.size(), M + 2 * K);
    const auto expected = follow(rule, modes, few.total(), times, M), found = follow(rule, more, many.total(), times, M);
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_NEAR(chance_error(many) - found[i].pmse, chance_error(few) - expected[i].pmse, 1e-8) << "t = " << times[i];
      for (std::size_t m = 0; m < M; ++m) EXPECT_NEAR(found[i].explained[m], expected[i].explained[m], 1e-8) << "t = " << times[i];
    }
    const auto evaluations = [&](const Modes& these) {
      return integrate_flow(rule, these, times, {}, [](std::size_t, const Weights&) { return true; }, [] {});
    };
    EXPECT_EQ(evaluations(more), evaluations(modes));
  }
}

// pmse = ½ Σ_m ρ̂_m (1 − R²_m) when all components are followed, for both engines, with and without noise, at every recorded time of an Experiment's
// rows. Tolerance: sums of 24 rounded terms.
TEST(Scaling, TheErrorIsTheSumOfWhatTheComponentsLack) {
  for (const char* data : {"kind = \"power_law\"\nexponent = 1.0\n", "spikes = [2.0, 1.0, 0.5]\nbulk = 1.0\n"}) {
    const auto sweep = parse_sweep(std::string("[sweep]\nseed = 3\nreplicas = 2\n[data]\ndimension = 24\n") + data +
                                       "[model]\nhidden = 3\n[training]\nhorizon = 20\nlearning_rate = 0.5\nweight_decay = 0.05\n"
                                       "[record]\ncount = 12\ncomponents = 24\n"
                                       "[[axis]]\nkey = \"model.activation\"\nvalues = [\"linear\", \"erf\", \"relu\"]\n"
                                       "[[axis]]\nkey = \"training.input_noise\"\nvalues = [0.0, 1.5]\n",
                                   "/", "sum.toml");
    const auto owned = make_experiment(sweep, load_pool, [] { return 0.0; });
    auto& experiment = *owned;
    for (std::uint64_t point = 0; point < sweep.points(); ++point) {
      const auto config = sweep.point(point);
      const Eigen::VectorXd rho_hat = Datasets(load_pool).spectrum(config.data).rho_hat();
      const auto result = experiment.run(point, 1, [] {});
      for (std::size_t e = 0; e < sweep.engines.size(); ++e) {
        for (const char* suffix : {"", "_clean"}) {
          const auto& row = result.rows[e];
          ASSERT_EQ(row.status, Status::done);
          const auto& pmse = row.values[experiment.column(sweep.engines[e], std::string("pmse") + suffix)];
          const auto& explained = row.values[experiment.column(sweep.engines[e], std::string("explained") + suffix)];
          ASSERT_EQ(pmse.size(), 13U);
          for (std::size_t i = 0; i < pmse.size(); ++i) {
            double sum = 0.0;
            for (std::size_t m = 0; m < 24; ++m) sum += 0.5 * rho_hat[static_cast<Eigen::Index>(m)] * (1.0 - explained[m * pmse.size() + i]);
            EXPECT_NEAR(pmse[i], sum, 1e-12) << "point " << point << ", " << name(sweep.engines[e]) << suffix << ", time " << i;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace aesweep
