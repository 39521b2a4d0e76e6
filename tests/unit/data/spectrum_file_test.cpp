#include <gtest/gtest.h>

#include <stdexcept>

#include "aesweep/data/spectrum.hpp"
#include "helpers.hpp"

namespace aesweep {
namespace {

// Written by tests/data/hdf5_inputs/make.py.
std::string file(const std::string& name) { return AESWEEP_TEST_DATA "/hdf5_inputs/" + name + ".hdf5"; }

TEST(SpectrumFile, EigenvaluesOverDimensionDescending) {
  Eigen::VectorXd rho(5);
  rho << 2.0, 2.0, 1.0, 0.5, 0.0;
  for (const char* name : {"spectrum_float64", "spectrum_compressed"}) {
    const Spectrum spectrum = read_spectrum(file(name));
    EXPECT_EQ(spectrum.rho_hat(), rho / 5.0) << name;
    EXPECT_EQ(spectrum.blocks()[0].count, 2) << name;
  }
  EXPECT_EQ(read_spectrum(file("spectrum_integer")).rho_hat(), 4.0 * rho / 5.0);
}

TEST(SpectrumFile, EachFaultIsNamed) {
  const std::pair<const char*, const char*> faults[] = {
      {"spectrum_missing", "is missing"},
      {"spectrum_group", "is not a dataset"},
      {"spectrum_text", "must hold integers or floating-point numbers"},
      {"spectrum_matrix", "must have the shape [D], found [2, 3]"},
      {"spectrum_scalar", "must have the shape [D], found []"},
      {"spectrum_negative", "must be >= 0, found -0.5 at [2]; set what is negative by rounding to 0"},
      {"spectrum_nan", "must be finite, found nan at [1]"},
      {"spectrum_zero", "must not be all zero"},
  };
  for (const auto& [name, fault] : faults) {
    const std::string message = testing::message_of<std::runtime_error>([&, name = name] { read_spectrum(file(name)); });
    EXPECT_EQ(message, file(name) + ": dataset 'eigenvalues' " + fault);
  }
}

TEST(SpectrumFile, NotAnHdf5File) {
  const testing::TemporaryDirectory directory;
  const std::string missing = directory.path("missing.h5"), text = directory.write("text.h5", "eigenvalues = [1, 2]");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(testing::message_of<std::runtime_error>([&] { read_spectrum(missing); }), missing + ": no such file");
  EXPECT_EQ(testing::message_of<std::runtime_error>([&] { read_spectrum(text); }), text + ": not an HDF5 file, or it cannot be read");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");  // HDF5 itself stays silent
}

}  // namespace
}  // namespace aesweep
