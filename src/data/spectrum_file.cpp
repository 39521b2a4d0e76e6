#include <fmt/format.h>

#include <algorithm>

#include "aesweep/data/spectrum.hpp"
#include "hdf5_input.hpp"

namespace aesweep {

namespace {

constexpr const char* kEigenvalues = "eigenvalues";
}  // namespace

Spectrum read_spectrum(const std::string& path) {
  const Hdf5Input file(path);
  const auto scale = static_cast<double>(file.shape(kEigenvalues, 1, "[D]").front());
  const std::vector<double> values = file.read(kEigenvalues);
  const auto smallest = std::min_element(values.begin(), values.end());
  if (*smallest < 0) {
    const auto place = smallest - values.begin();
    file.fail(kEigenvalues, fmt::format("must be >= 0, found {} at [{}]; set what is negative by rounding to 0", *smallest, place));
  }
  std::vector<EigenBlock> blocks;
  for (const double value : values) blocks.push_back({value / scale, 1});
  Spectrum spectrum(std::move(blocks));
  if (!(spectrum[0] > 0)) file.fail(kEigenvalues, "must not be all zero");
  return spectrum;
}

}  // namespace aesweep
