#include "aesweep/data/spectrum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "helpers.hpp"

namespace aesweep {
namespace {

using testing::message_of;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Spectrum, SortsAndMerges) {
  const Spectrum spectrum({{0.5, 2}, {2.0, 1}, {0.0, 3}, {0.5, 1}});
  ASSERT_EQ(spectrum.blocks().size(), 3U);
  EXPECT_EQ(spectrum.blocks()[0].rho_hat, 2.0);
  EXPECT_EQ(spectrum.blocks()[1].rho_hat, 0.5);
  EXPECT_EQ(spectrum.blocks()[1].count, 3);
  EXPECT_EQ(spectrum.blocks()[2].count, 3);
  EXPECT_EQ(spectrum.dimension(), 7);
  Eigen::VectorXd expected(7);
  expected << 2, 0.5, 0.5, 0.5, 0, 0, 0;
  EXPECT_EQ(spectrum.rho_hat(), expected);
  for (Eigen::Index m = 0; m < 7; ++m) EXPECT_EQ(spectrum[m], expected[m]) << m;
}

TEST(Spectrum, SumsInsideBlocks) {
  const Spectrum spectrum({{2.0, 1}, {0.5, 3}, {0.25, 4}});
  EXPECT_DOUBLE_EQ(spectrum.total(), 4.5);
  const double tails[] = {4.5, 2.5, 2.0, 1.5, 1.0, 0.75, 0.5, 0.25, 0.0};
  for (Eigen::Index k = 0; k <= 8; ++k) EXPECT_DOUBLE_EQ(spectrum.tail(k), tails[k]) << k;
  EXPECT_DOUBLE_EQ(chance_error(spectrum), 2.25);
  EXPECT_DOUBLE_EQ(pca_error(spectrum, 2), 1.0);
}

TEST(Spectrum, DenoisingError) {
  const Spectrum spectrum({{2.0, 1}, {0.5, 3}, {0.0, 4}});
  EXPECT_DOUBLE_EQ(denoising_error(spectrum, 2, 0.0), pca_error(spectrum, 2));
  // ½ [2·0.5/2.5 + 0.5·0.5/1 + 0.5 + 0.5]
  EXPECT_DOUBLE_EQ(denoising_error(spectrum, 2, 0.5), 0.825);
  EXPECT_DOUBLE_EQ(denoising_error(spectrum, 6, 0.0), 0.0);  // ρ̂ = ŝ² = 0 is not 0/0
  EXPECT_NEAR(denoising_error(spectrum, 4, 1e12), chance_error(spectrum), 1e-11);  // differs by ½ Σ ρ̂²/ŝ²
}

TEST(Spectrum, BadBlocks) {
  const auto message = [](std::vector<EigenBlock> blocks) { return message_of<std::invalid_argument>([&] { Spectrum{blocks}; }); };
  EXPECT_EQ(message({}), "a spectrum needs at least one eigenvalue");
  EXPECT_EQ(message({{1.0, 1}, {-0.5, 1}}), "an eigenvalue must be finite and >= 0, not -0.5");
  EXPECT_EQ(message({{kNan, 1}}), "an eigenvalue must be finite and >= 0, not nan");
  EXPECT_EQ(message({{1.0, 0}}), "an eigenvalue's multiplicity must be >= 1, not 0");
}

TEST(SpikedSpectrum, SpikesStandOnTheBulk) {
  const std::vector<double> spikes{0.5, 2.0, 1.0};
  const Spectrum spectrum = spiked_spectrum(spikes, 0.8, 100);
  ASSERT_EQ(spectrum.blocks().size(), 4U);
  EXPECT_EQ(spectrum.dimension(), 100);
  EXPECT_DOUBLE_EQ(spectrum[0], 2.008);
  EXPECT_DOUBLE_EQ(spectrum[1], 1.008);
  EXPECT_DOUBLE_EQ(spectrum[2], 0.508);
  EXPECT_DOUBLE_EQ(spectrum[99], 0.008);
  EXPECT_EQ(spectrum.blocks()[3].count, 97);
  EXPECT_NEAR(spectrum.total(), 3.5 + 0.8, 1e-14);  // Σθ + σ², to the rounding of a sum of four terms
}

TEST(SpikedSpectrum, Limits) {
  const std::vector<double> equal{1.0, 1.0, 0.0};
  const Spectrum spectrum = spiked_spectrum(equal, 0.0, 5);
  ASSERT_EQ(spectrum.blocks().size(), 2U);
  EXPECT_EQ(spectrum.blocks()[0].count, 2);
  EXPECT_EQ(spectrum.blocks()[1].count, 3);
  EXPECT_EQ(spectrum[4], 0.0);
  EXPECT_EQ(spiked_spectrum(equal, 1.0, 3).dimension(), 3);
  EXPECT_EQ(spiked_spectrum({}, 1.0, 4).blocks().size(), 1U);
  EXPECT_EQ(spiked_spectrum(equal, 1.0, 1000000000).blocks().size(), 2U);
}

TEST(SpikedSpectrum, ItsLeadingPartKeepsAllOfTheVariance) {
  const Spectrum whole = spiked_spectrum(std::vector{2.0, 1.0}, 0.5, 1000000000), part = whole.leading_part(7);
  EXPECT_EQ(part.dimension(), 7);
  EXPECT_EQ(part[1], whole[1]);
  EXPECT_EQ(part[6], whole[6]);
  EXPECT_NEAR(part.total(), whole.total(), 1e-15);
  EXPECT_NEAR(part.tail(2), whole.tail(2), 1e-15);
  EXPECT_EQ(whole.leading_part(1).blocks().size(), 1U);
}

TEST(SpikedSpectrum, BadArguments) {
  const auto message = [](std::vector<double> spikes, double bulk, Eigen::Index dimension) {
    return message_of<std::invalid_argument>([&] { spiked_spectrum(spikes, bulk, dimension); });
  };
  EXPECT_EQ(message({1.0, -1.0}, 1.0, 10), "a spike must be finite and >= 0, not -1");
  EXPECT_EQ(message({1.0}, -0.1, 10), "the bulk must be finite and >= 0, not -0.1");
  EXPECT_EQ(message({1.0}, kNan, 10), "the bulk must be finite and >= 0, not nan");
  EXPECT_EQ(message({1.0, 1.0}, 1.0, 1), "2 spikes do not fit into 1 dimensions");
  EXPECT_EQ(message({}, 1.0, 0), "the dimension must be >= 1, not 0");
}

TEST(PowerLawSpectrum, FallsAndSumsToTheTrace) {
  const Spectrum spectrum = power_law_spectrum(2.0, 3.0, 1000);
  EXPECT_NEAR(spectrum.total(), 3.0, 1e-14);  // a sum of 1000 terms, smallest first
  EXPECT_NEAR(spectrum[0] / spectrum[9], 100.0, 1e-12);
  // Σ_{τ≤D} τ^-2 = π²/6 − 1/D + 1/(2D²) − ..., the next term below 1e-9.
  EXPECT_NEAR(spectrum[0], 3.0 / (std::numbers::pi * std::numbers::pi / 6 - 1e-3 + 0.5e-6), 1e-9);
  EXPECT_EQ(power_law_spectrum(0.0, 1.0, 50).blocks().size(), 1U);
}

TEST(PowerLawSpectrum, BadArguments) {
  const auto message = [](double exponent, double trace, Eigen::Index dimension) {
    return message_of<std::invalid_argument>([&] { power_law_spectrum(exponent, trace, dimension); });
  };
  EXPECT_EQ(message(-1.0, 1.0, 10), "the exponent must be finite and >= 0, not -1");
  EXPECT_EQ(message(1.0, 0.0, 10), "the trace must be finite and > 0, not 0");
  EXPECT_EQ(message(1.0, 1.0, 0), "the dimension must be >= 1, not 0");
}

}  // namespace
}  // namespace aesweep
