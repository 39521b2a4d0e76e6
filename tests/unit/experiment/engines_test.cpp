// Engines and kinds of data through the keys of the sweep file: theory, closed forms, descent and simulation of one setting agree where they must.
#include "aesweep/experiment/columns.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "aesweep/experiment/experiment.hpp"
#include "sweep_text.hpp"

namespace aesweep {
namespace {

struct Replica {
  std::unique_ptr<Experiment> owned;
  Experiment& experiment;
  TaskResult result;

  explicit Replica(const std::string& text) : owned(experiment_on(text)), experiment(*owned), result(experiment.run(0, 0, [] {})) {
    EXPECT_TRUE(result.failures.empty()) << fmt::format("{}", fmt::join(result.failures, "; "));
  }
  const std::vector<double>& operator()(std::size_t engine, const std::string& name) const { return column(experiment, result, engine, name); }
};

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

// Both solve the same equations; the flow to 1e-8 a step.
TEST(Engines, ClosedFormsAreTheFlow) {
  const std::string head = "[sweep]\nengines = [\"ode\", \"exact\"]\n[data]\ndimension = 40\nspikes = [2.0, 1.0]\n[record]\ncount = 12\n"
                           "weights = \"final\"\n[model]\nhidden = 3\nactivation = \"linear\"\n";
  const std::string aligned = "[initial]\nkind = \"aligned\"\nencoder_scale = 0.2\ndecoder_scale = ";
  for (const auto& text : {head + "[training]\nhorizon = 20.0\ninput_noise = 3.0\n" + aligned + "0.05\n",
                           head + "[training]\nhorizon = 20.0\nweight_decay = [0.1, 0.2, 0.3]\n" + aligned + "0.2\n",
                           head + "tied = true\n[training]\nhorizon = 5.0\ntied_rate = 7.0\nweight_decay = 0.1\n" + aligned + "0.2\n",
                           head + "[training]\nrule = \"sanger\"\nhorizon = 20.0\n" + aligned + "0.2\n",
                           head + "[training]\nhorizon = 20.0\n[initial]\nkind = \"perfect\"\nencoder_scale = 0.3\n"}) {
    SCOPED_TRACE(text);
    const Replica run(text);
    EXPECT_LT(largest_difference(run(0, "pmse"), run(1, "pmse")), 1e-6);
    EXPECT_LT(largest_difference(run(0, "explained"), run(1, "explained")), 1e-6);
    EXPECT_LT(largest_difference(run(0, "final_encoder"), run(1, "final_encoder")), 1e-6);
    EXPECT_LT(largest_difference(run(0, "final_decoder"), run(1, "final_decoder")), 1e-5) << "v = √D V̂";
  }
}

// Euler's error is O(η): at η = 0.002 over ηt = 10 it is of the order of η times the largest rate, 2.
TEST(Engines, DescentWithSmallStepsIsTheFlow) {
  const std::string text = "[sweep]\nengines = [\"ode\", \"descent\"]\n[data]\ndimension = 40\nspikes = [2.0, 1.0]\n[model]\nhidden = 2\n"
                           "[training]\nlearning_rate = 0.002\nhorizon = 5000\n[record]\ncount = 8\nfirst = 1.0\n";
  for (const std::string extra : {"", "[initial]\nencoder_std = 0.5\n"}) {
    const Replica run(text + extra);
    EXPECT_LT(largest_difference(run(0, "pmse"), run(1, "pmse")), 4e-3);
    EXPECT_GT(run(0, "pmse").front() - run(0, "pmse").back(), 0.1) << "nothing was learnt";
  }
}

// On P inputs with P < D the full gradient leads below the population's best error on the set itself, and above it on fresh inputs.
TEST(Engines, DescentOnATrainingSetOverfits) {
  const Replica run("[sweep]\nengines = [\"sgd\", \"descent\"]\n[data]\ndimension = 40\nspikes = [2.0, 1.0]\ntraining_samples = 30\n[model]\nhidden = 2\n"
                "activation = \"linear\"\n[training]\nlearning_rate = 0.1\nhorizon = 2000\n[record]\ncount = 8\nfirst = 1.0\n");
  const auto reference = run.experiment.reference(run.experiment.sweep().point(0));
  for (const std::size_t engine : {0U, 1U}) {
    EXPECT_LT(run(engine, "pmse_training").back(), reference.pca_error) << "engine " << engine;
    EXPECT_GT(run(engine, "pmse").back(), 1.02 * reference.pca_error) << "engine " << engine;
  }
  const auto& training = run(1, "pmse_training");
  for (std::size_t i = 1; i < training.size(); ++i) EXPECT_LE(training[i], training[i - 1] + 1e-12) << "small steps never go up";
}

// Without a training set the column is there only if some point of the grid has one.
TEST(Engines, TrainingErrorOnlyWhereThereIsATrainingSet) {
  const auto text = [](const std::string& values) {
    return parse("[data]\ndimension = 10\nspikes = [1.0]\n[[axis]]\nkey = \"data.training_samples\"\nvalues = " + values + "\n");
  };
  EXPECT_FALSE(has_training_set(text("[\"infinity\"]")));
  EXPECT_TRUE(has_training_set(text("[\"infinity\", 20]")));
  const auto owned = make_experiment(text("[\"infinity\", 20]"), load_pool, [] { return 0.0; });
  auto& experiment = *owned;
  EXPECT_TRUE(std::isnan(column(experiment, experiment.run(0, 0, [] {}), 1, "pmse_training").front()));
  EXPECT_FALSE(std::isnan(column(experiment, experiment.run(1, 0, [] {}), 1, "pmse_training").front()));
}

// From an aligned start the limit is approached as 1/D (measured: 0.35/D); D = 10^4 and D = ∞ then differ by less than 1e-4.
TEST(Engines, InfiniteDimensionIsTheLimit) {
  const auto text = [](const std::string& dimension) {
    return "[sweep]\nengines = [\"ode\"]\n[data]\ndimension = " + dimension + "\nspikes = [1.0, 2.0]\nlatent = \"rademacher\"\n[model]\nhidden = 2\n"
           "[initial]\nkind = \"aligned\"\nencoder_scale = 0.3\ndecoder_scale = 0.1\n[record]\ncount = 10\n[training]\nhorizon = 20.0\n";
  };
  const Replica finite(text("10000")), infinite(text("\"infinity\""));
  EXPECT_LT(largest_difference(finite(0, "pmse"), infinite(0, "pmse")), 1e-4);
  EXPECT_LT(largest_difference(finite(0, "explained"), infinite(0, "explained")), 1e-3);
  const auto of = [](const Replica& run) { return run.experiment.reference(run.experiment.sweep().point(0)); };
  EXPECT_EQ(of(infinite).chance, 2.0) << "½(1 + 2 + σ²)";
  EXPECT_EQ(of(infinite).pca_error, 0.5) << "the bulk is out of reach";
  EXPECT_NEAR(of(finite).pca_error, 0.5, 1e-3);
}

// At D = ∞ the bulk's Q is σ² encoder_std² e^{−2κt} 1 and its R and T1 vanish; the norms are those of w/√D and v/√D.
TEST(Engines, BulkAtInfiniteDimension) {
  const Replica run("[sweep]\nengines = [\"ode\"]\n[data]\ndimension = \"infinity\"\nspikes = [2.0]\nbulk = 1.5\n[model]\nhidden = 2\n[training]\nhorizon = 4.0\n"
                "weight_decay = 0.2\n[initial]\nencoder_std = 0.3\ndecoder_std = 0.4\n[record]\ncount = 1\norder_parameters = true\nweights = \"leading\"\n");
  const double decayed = std::exp(-0.2 * 4.0);
  const auto& Q = run(0, "Q_bulk");
  EXPECT_NEAR(Q[0], 1.5 * 0.09, 1e-12);
  EXPECT_NEAR(Q[1], 0.0, 1e-12);
  EXPECT_NEAR(Q[4], 1.5 * 0.09 * decayed * decayed, 1e-7);
  for (const char* name : {"R_bulk", "T1_bulk"})
    for (const double value : run(0, name)) EXPECT_EQ(value, 0.0) << name;
  EXPECT_NEAR(run(0, "T0_bulk")[0], 0.16, 1e-12);
  EXPECT_NEAR(run(0, "encoder_norm")[2], 0.3 * decayed, 1e-7);
  EXPECT_NEAR(run(0, "decoder_norm")[0], 0.4, 1e-12);
}

// Theory does not know the images from Gaussian inputs of their covariance; SGD on these is one-pass SGD as on any spectrum.
TEST(Engines, SurrogateHasTheImagesTheory) {
  const ImageFile images;
  const std::string rest = "[model]\nhidden = 2\n[training]\nhorizon = 30.0\n[record]\ncount = 6\n";
  const Replica real(images.data() + rest), surrogate(images.data() + "gaussian_surrogate = true\n" + rest);
  EXPECT_EQ(real(0, "pmse").size(), surrogate(0, "pmse").size());
  const auto of = [](const Replica& run) { return run.experiment.reference(run.experiment.sweep().point(0)); };
  EXPECT_EQ(of(real).pca_error, of(surrogate).pca_error);
  EXPECT_GT(largest_difference(real(1, "pmse"), surrogate(1, "pmse")), 0.0) << "SGD saw the same inputs";
  EXPECT_LT(surrogate(1, "theory_gap").front(), 0.5) << "D = 12";
}

// Corrupted images: the flow's theory of noise holds for linear units, whatever the pool's law; twelve pixels fluctuate by O(√(η/D)).
TEST(Engines, ImagesCanBeCorrupted) {
  const ImageFile images;
  const Replica run(images.data() + "[model]\nhidden = 2\nactivation = \"linear\"\n[training]\nlearning_rate = 0.02\nhorizon = 300.0\ninput_noise = 1.0\n"
                "[record]\ncount = 6\n");
  EXPECT_LT(run(1, "theory_gap").front(), 0.05);
  EXPECT_LT(run(1, "pmse_clean").back(), run(1, "pmse").back()) << "the map errs less without the noise";
}

// A training set of images is a set of draws from the pool.
TEST(Engines, ImagesCanBeATrainingSet) {
  const ImageFile images;
  const Replica run("[sweep]\nengines = [\"sgd\", \"descent\"]\n" + images.data() + "training_samples = 8\n[model]\nhidden = 2\nactivation = \"tanh\"\n"
                    "[training]\nlearning_rate = 0.1\nhorizon = 400\ninput_noise = 0.2\n[record]\ncount = 6\nfirst = 1.0\n[initial]\nencoder_std = 0.5\n");
  for (const std::size_t engine : {0U, 1U}) {
    EXPECT_LT(run(engine, "pmse_training").back(), run(engine, "pmse").back()) << "engine " << engine << ": 8 images are learnt better than 200";
    EXPECT_LT(run(engine, "pmse_training").back(), 0.9 * run(engine, "pmse_training").front()) << "engine " << engine;
  }
}

// Descent on the pool of images itself: for linear units the pool's covariance is all there is to see, for others the points are.
TEST(Engines, DescentOnImagesUsesThePool) {
  const ImageFile images;
  const auto text = [&](const std::string& activation) {
    return "[sweep]\nengines = [\"ode\", \"descent\"]\n" + images.data() + "[model]\nhidden = 2\nactivation = \"" + activation +
           "\"\n[training]\nlearning_rate = 0.02\nhorizon = 600\n[record]\ncount = 6\nfirst = 1.0\n[initial]\nencoder_std = 0.5\n";
  };
  const Replica linear(text("linear")), erf(text("erf"));
  EXPECT_LT(largest_difference(linear(0, "pmse"), linear(1, "pmse")), 5e-3) << "Euler's error";
  EXPECT_GT(largest_difference(erf(0, "pmse"), erf(1, "pmse")), 1e-4) << "the pool is not Gaussian";
}

// Weights along sinusoids in pixel space   [RG24 fig. 5]: truncated SGD's first decoder row is the first one.
TEST(Engines, FinalWeightsAreInThePixelsOfTheEigenvectors) {
  const std::string text = "[sweep]\nengines = [\"ode\", \"sgd\"]\n[data]\ndimension = 300\nspikes = [4.0, 1.0]\neigenvectors = \"sinusoidal\"\n[model]\nhidden = 2\n"
                           "[training]\nrule = \"truncated\"\nhorizon = 40.0\n[record]\ncount = 2\nweights = \"final\"\n";
  const Replica run(text);
  for (const std::size_t engine : {0U, 1U}) {
    const auto& decoder = run(engine, "final_decoder");
    double overlap = 0.0, row = 0.0, sine = 0.0;
    for (std::size_t i = 0; i < 300; ++i) {
      const double wave = std::sin(static_cast<double>(i) / 100.0);
      overlap += decoder[i] * wave;
      row += decoder[i] * decoder[i];
      sine += wave * wave;
    }
    EXPECT_GT(std::abs(overlap) / std::sqrt(row * sine), 0.98) << "engine " << engine << "; fluctuations O(η/D) and the start's bulk";
  }
}

}  // namespace
}  // namespace aesweep
