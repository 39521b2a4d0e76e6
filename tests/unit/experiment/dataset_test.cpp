#include "aesweep/experiment/dataset.hpp"

#include <gtest/gtest.h>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

TEST(Datasets, LoadAPoolOnceAndShareIt) {
  const ImageFile file;
  const auto data = parse(file.data() + "samples = 150\n[model]\nhidden = 2\n").point(0).data;
  int loads = 0;
  Datasets datasets([&](const DataConfig& wanted) {
    ++loads;
    return load_pool(wanted);
  });
  const auto first = datasets.get(data), second = datasets.get(data);
  EXPECT_EQ(datasets.spectrum(data).dimension(), 12);
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(first.images, second.images);
  EXPECT_EQ(first.images->pool.count, 150U);
  EXPECT_EQ(first.inputs().dimension(), 12);

  auto fewer = data;
  fewer.samples = 100;
  EXPECT_EQ(datasets.get(fewer).images->pool.count, 100U);
  EXPECT_EQ(loads, 2) << "another number of samples is another pool";
}

TEST(Datasets, SyntheticDataNeedNoPool) {
  Datasets datasets([](const DataConfig&) -> ImagePool { throw std::logic_error("no images here"); });
  for (const char* text : {"[data]\ndimension = 20\nspikes = [2.0, 1.0]\n", "[data]\ndimension = 20\nkind = \"power_law\"\n"}) {
    const auto data = parse(text).point(0).data;
    const auto dataset = datasets.get(data);
    EXPECT_EQ(dataset.images, nullptr);
    EXPECT_EQ(dataset.inputs().dimension(), 20);
    EXPECT_EQ(dataset.spectrum.dimension(), 20);
    EXPECT_EQ(dataset.spectrum.rho_hat(), datasets.spectrum(data).rho_hat());
  }
}

}  // namespace
}  // namespace aesweep
