// training.preset = "standard": plain SGD without the factors √D, one rate for all weights   [RG24 fig. 7], written out in its own variables.
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/data/inputs.hpp"
#include "aesweep/data/start.hpp"
#include "aesweep/experiment/experiment.hpp"
#include "aesweep/outcome/judge.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

constexpr Eigen::Index kD = 40, kK = 2;
constexpr double kEta = 0.8, kHorizon = 3.0;
const std::vector<double> kSpikes{2.0, 1.0};

Sweep sweep_of(bool tied) {
  return parse(std::string("[sweep]\nseed = 3\n[data]\ndimension = 40\nspikes = [2.0, 1.0]\n[model]\nhidden = 2\nbias = \"trained\"\ntied = ") +
               (tied ? "true" : "false") + "\n[training]\npreset = \"standard\"\nlearning_rate = 0.8\nhorizon = 3.0\n[initial]\nencoder_std = 0.3\n"
               "decoder_std = 0.6\nbias = 0.1\n[record]\ncount = 4\n");
}

/// x̂ = Σ_k v_k g(w_k·x + b_k), each weight moved by −(η/D) times its gradient of (1/2D)|x − x̂|²; tied: v ≡ w, which takes both gradients.
struct PlainNetwork {
  Eigen::MatrixXd w, v;
  Eigen::VectorXd b;
  bool tied;

  void step(const Eigen::VectorXd& x) {
    Eigen::VectorXd g(kK), slope(kK), delta = x;
    for (Eigen::Index k = 0; k < kK; ++k) {
      const auto unit = evaluate(Activation::erf, w.row(k).dot(x) + b[k]);
      g[k] = unit.value;
      slope[k] = unit.slope;
      delta -= unit.value * v.row(k).transpose();
    }
    const double rate = kEta / static_cast<double>(kD) / static_cast<double>(kD);
    const Eigen::MatrixXd v_old = v;
    for (Eigen::Index k = 0; k < kK; ++k) {
      const double back = v_old.row(k).dot(delta) * slope[k];
      w.row(k) += rate * back * x.transpose();
      (tied ? w : v).row(k) += rate * g[k] * delta.transpose();
      b[k] += rate * back;
    }
    if (tied) v = w;
  }
};

// 120 steps; rounding grows by a few eps a step.
TEST(StandardPreset, IsPlainSgd) {
  const double root = std::sqrt(static_cast<double>(kD));
  for (const bool tied : {false, true}) {
    const auto sweep = sweep_of(tied);
    const RandomStream stream(sweep.stream_key(sweep.point(0)), 0);
    // Entries of w and v start at std/√D: the plain network knows no other scale.
    const Start drawn = random_start(kK, kD, 0.3, 0.6, 0.1, stream);
    PlainNetwork plain{drawn.encoder / root, drawn.decoder, drawn.bias, tied};   // drawn.decoder is v/√D of entries 0.6
    if (tied) plain.v = plain.w;
    const auto inputs = spiked_inputs(kSpikes, 1.0, kD);
    Eigen::VectorXd x(kD);
    for (std::uint64_t s = 0; s < static_cast<std::uint64_t>(kHorizon * kD); ++s) {
      inputs->draw(stream, s, {x.data(), static_cast<std::size_t>(kD)});
      plain.step(root * x);
    }
    const auto spectrum = spiked_spectrum(kSpikes, 1.0, kD);
    const Weights weights{plain.w * root, plain.v / root, plain.b};
    const auto judge = population_judge(Activation::erf, kK, spectrum.rho_hat(), spectrum.total(), 0.0);
    std::vector<double> explained(2);
    const auto owned = make_experiment(sweep, load_pool, [] { return 0.0; });
    auto& experiment = *owned;
    const auto result = experiment.run(0, 0, [] {});
    EXPECT_NEAR(column(experiment, result, 1, "final_pmse").front(), judge->measure(weights, explained), 1e-12) << "tied = " << tied;
    EXPECT_GT(std::abs(column(experiment, result, 1, "pmse").front() - column(experiment, result, 1, "pmse").back()), 1e-3) << "nothing was learnt";
    EXPECT_LT(column(experiment, result, 1, "theory_gap").front(), 0.3) << "the flow takes other rates";
  }
}

}  // namespace
}  // namespace aesweep
