#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <numeric>

#include "store_fixture.hpp"

namespace aesweep {
namespace {

using Create = test::StoreTest;
using Names = std::vector<std::string>;
using Sizes = std::vector<std::size_t>;

TEST_F(Create, LaysOutShapesAndDimensions) {
  const ResultReader reader{create(test::sample_layout())};
  EXPECT_EQ(reader.engines(), (Names{"ode", "sgd"}));
  EXPECT_EQ(reader.shape("/reference/chance"), (Sizes{3, 2, 2}));
  EXPECT_EQ(reader.shape("/phase/ode/success"), (Sizes{3, 2, 2}));
  EXPECT_EQ(reader.shape("/phase/theory_gap"), (Sizes{3, 2, 2}));
  EXPECT_EQ(reader.shape("/sgd/status"), (Sizes{3, 2, 2, 2}));
  EXPECT_EQ(reader.shape("/ode/explained"), (Sizes{3, 2, 2, 2, 2, 3}));
  EXPECT_EQ(reader.dimensions("/ode/explained"), (Names{"learning_rate", "tied", "network", "replica", "component", "time"}));
  EXPECT_EQ(reader.dimensions("/phase/ode/success"), (Names{"learning_rate", "tied", "network"}));
  EXPECT_EQ(reader.dimensions("/time"), Names{"time"});
  EXPECT_EQ(reader.dimensions("/hidden"), Names{"network"});
}

TEST_F(Create, FillsEveryRowWithItsFillValue) {
  const ResultReader reader{create(test::sample_layout())};
  const auto all = [&](const std::string& dataset, double fill) {
    return std::ranges::all_of(reader.read(dataset), [&](double value) { return value == fill || (std::isnan(fill) && std::isnan(value)); });
  };
  EXPECT_TRUE(all("/sgd/pmse", test::kNaN));
  EXPECT_TRUE(all("/sgd/learnt", -1));
  EXPECT_TRUE(all("/sgd/converged", 0));
  EXPECT_TRUE(all("/sgd/steps", 0));
  EXPECT_TRUE(all("/phase/ode/success", test::kNaN));
  EXPECT_TRUE(all("/phase/sgd/replicas", 0));
  EXPECT_EQ(reader.status("ode"), std::vector<std::uint8_t>(24, 0));
  EXPECT_EQ(reader.checksums("ode"), std::vector<std::uint64_t>(24, 0));
}

TEST_F(Create, KeepsAxesReferencesAndProvenance) {
  const ResultReader reader{create(test::sample_layout())};
  EXPECT_EQ(reader.read("/learning_rate"), (std::vector<double>{0.1, 1, 10}));
  EXPECT_EQ(reader.axis_labels("learning_rate"), (Names{"0.1", "1", "10"}));
  EXPECT_EQ(reader.axis_labels("tied"), (Names{"false", "true"}));
  EXPECT_EQ(reader.axis_labels("network"), (Names{"erf, 3", "relu, 8"}));
  EXPECT_EQ(reader.axis_labels("activation"), (Names{"erf", "relu"}));
  EXPECT_EQ(reader.read("hidden"), (std::vector<double>{3, 8}));
  EXPECT_EQ(reader.read("tied"), (std::vector<double>{0, 1}));
  EXPECT_TRUE(reader.numeric("learning_rate"));
  EXPECT_TRUE(reader.numeric("hidden"));
  EXPECT_FALSE(reader.numeric("tied"));
  EXPECT_FALSE(reader.numeric("network"));
  EXPECT_EQ(reader.read("/time"), (std::vector<double>{0, 0.5, 7.25}));
  EXPECT_EQ(reader.read("/sgd/replica"), (std::vector<double>{0, 1}));
  EXPECT_EQ(reader.read("/sgd/component"), (std::vector<double>{0, 1}));
  std::vector<double> expected(12);
  std::iota(expected.begin(), expected.end(), 100.0);
  EXPECT_EQ(reader.read("/reference/pca_error"), expected);
  EXPECT_EQ(reader.attribute("format"), "aesweep");
  EXPECT_EQ(reader.attribute("sweep"), "[sweep]\nname = \"η\"\n");
  EXPECT_EQ(reader.attribute("nothing"), "");
  EXPECT_EQ(files(), Names{"result.h5"});
}

TEST_F(Create, EveryGroupHoldsTheScalesItsDatasetsUse) {
  const ResultReader reader{create(test::sample_layout())};
  for (const std::string group : {"/ode", "/sgd", "/phase", "/phase/ode", "/phase/sgd", "/reference"})
    for (const std::string scale : {"learning_rate", "tied", "network", "activation", "hidden"})
      EXPECT_TRUE(reader.exists(group + "/" + scale)) << group << scale;
  for (const std::string scale : {"replica", "component", "time"}) {
    EXPECT_TRUE(reader.exists("/ode/" + scale));
    EXPECT_FALSE(reader.exists("/reference/" + scale));
  }
}

TEST_F(Create, MarksExcludedRows) {
  std::vector<bool> excluded(12);
  excluded[1] = excluded[11] = true;
  const ResultReader reader{create(test::sample_layout(), "result.h5", excluded)};
  const auto status = reader.status("sgd");
  const auto checksums = reader.checksums("sgd");
  for (std::size_t row = 0; row < 24; ++row) {
    const bool out = row / 2 == 1 || row / 2 == 11;
    EXPECT_EQ(status[row], out ? 4 : 0) << row;
    EXPECT_EQ(checksums[row] != 0, out) << row;
  }
  // The checksum is the one that writing such a row would give.
  const auto other = create(test::sample_layout(), "other.h5");
  Row row{Status::excluded, {}};
  for (const auto& observable : test::sample_engine("sgd").observables) row.values.emplace_back(row_size(observable, {2, 3}), observable.fill);
  ResultFile file{other, test::sample_layout(), MPI_COMM_WORLD};
  file.write_row(1, 2, row);
  file.close();
  EXPECT_EQ(ResultReader{other}.checksums("sgd")[2], checksums[2]);
}

TEST_F(Create, AGridWithoutAxesIsOnePoint) {
  auto layout = test::sample_layout();
  layout.axes.clear();
  const ResultReader reader{create(layout)};
  EXPECT_EQ(reader.shape("/reference/chance"), Sizes{});
  EXPECT_EQ(reader.read("/reference/pca_error"), std::vector<double>{100});
  EXPECT_EQ(reader.shape("/ode/pmse"), (Sizes{2, 3}));
}

TEST_F(Create, KeepsTextLongerThanAnObjectHeader) {
  const std::string sweep(200'000, 'x');
  EXPECT_EQ(ResultReader{create(test::sample_layout(), "result.h5", {}, {{"sweep", sweep}})}.attribute("sweep"), sweep);
}

TEST_F(Create, NamesFileAndCauseWhereTheDirectoryIsMissing) {
  const auto message = test::message_of([&] { create(test::sample_layout(), "missing/result.h5"); });
  EXPECT_NE(message.find("missing/result.h5.part: No such file or directory"), std::string::npos) << message;
  EXPECT_TRUE(files().empty());
}

TEST_F(Create, NeverOverwritesAFile) {
  test::write_bytes(path(), "precious");
  const auto message = test::message_of([&] { create(test::sample_layout()); });
  EXPECT_NE(message.find("exists already"), std::string::npos) << message;
  EXPECT_EQ(test::read_bytes(path()), "precious");
  EXPECT_EQ(files(), Names{"result.h5"});
}

// A limit on the size of files stands for a full disk.
TEST_F(Create, LeavesNothingBehindWhenTheDiskIsFull) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  auto layout = test::sample_layout();
  layout.replicas = 10'000;
  for (const rlim_t limit : {rlim_t{0}, rlim_t{2048}, rlim_t{100'000}, rlim_t{10'000'000}, static_cast<rlim_t>(layout.bytes() - 1)}) {
    const rlimit full{limit, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    const auto message = test::message_of([&] { create(layout); });
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_NE(message.find("result.h5.part: cannot reserve "), std::string::npos) << limit << message;
    EXPECT_NE(message.find("File too large"), std::string::npos) << limit << message;
    EXPECT_TRUE(files().empty()) << limit;
  }
  std::signal(SIGXFSZ, previous);
  EXPECT_EQ(ResultReader{create(layout)}.shape("/ode/status"), (Sizes{3, 2, 2, 10'000}));
}

}  // namespace
}  // namespace aesweep
