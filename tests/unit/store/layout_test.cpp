#include "aesweep/store/layout.hpp"

#include "store_fixture.hpp"

namespace aesweep {
namespace {

using Layout = test::StoreTest;

TEST(RowSize, IsTheProductOfTheFurtherDimensions) {
  const auto with_dims = [](std::vector<std::string> dims) { return Observable{"x", std::move(dims), DataType::float64, 0, "", ""}; };
  const Extents extents{.component = 3, .time = 65};
  EXPECT_EQ(row_size(with_dims({}), extents), 1U);
  EXPECT_EQ(row_size(with_dims({"time"}), extents), 65U);
  EXPECT_EQ(row_size(with_dims({"component", "time"}), extents), 195U);
  const Extents padded{.component = 3, .time = 65, .hidden = 4, .coordinate = 100};
  EXPECT_EQ(row_size(with_dims({"time", "k", "l"}), padded), 1040U);
  EXPECT_EQ(row_size(with_dims({"k", "coordinate"}), padded), 400U);
  EXPECT_THROW(row_size(with_dims({"time", "m"}), extents), std::logic_error);
}

TEST_F(Layout, CountsPointsAndRows) {
  EXPECT_EQ(test::sample_layout().points(), 12U);
  EXPECT_EQ(test::sample_layout().rows(), 24U);
  EXPECT_EQ(FileLayout{}.points(), 1U);
}

TEST_F(Layout, CountsTheBytesOfAllDatasets) {
  // A row: pmse 3 × 8, explained 6 × 8, seconds 8, learnt 2, converged 1, steps 8, rank 4, attempts 1, status 1, checksum 8.
  // A point: two references and two summaries of 8 bytes, one of 4.
  EXPECT_EQ(test::sample_layout().bytes(), 2U * 24U * 105U + 12U * 36U);
}

TEST_F(Layout, NeuronsAndCoordinatesHaveScalesWhereSomethingIsOverThem) {
  auto layout = test::sample_layout();
  layout.hidden = 3;
  layout.coordinates = 5;
  layout.engines[1].observables.push_back({"Q", {"time", "k", "l"}, DataType::float64, test::kNaN, "", ""});
  layout.engines[1].observables.push_back({"final_encoder", {"k", "coordinate"}, DataType::float64, test::kNaN, "", ""});
  EXPECT_EQ(layout.row_bytes(), 2U * 105U + 8U * (3U * 9U + 15U));
  EXPECT_EQ(layout.bytes(), 24U * layout.row_bytes() + 12U * 36U);
  const ResultReader reader{create(layout)};
  EXPECT_EQ(reader.read("/k"), (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(reader.read("/sgd/l"), (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(reader.shape("/coordinate"), std::vector<std::size_t>{5});
  const auto dims = reader.dimensions("/sgd/Q");
  EXPECT_EQ(std::vector(dims.end() - 4, dims.end()), (std::vector<std::string>{"replica", "time", "k", "l"}));
  EXPECT_FALSE(ResultReader{create(test::sample_layout(), "plain.h5")}.exists("/k"));
}

TEST_F(Layout, KeysOfLinkedAxesGetNamesThatNothingElseHas) {
  auto layout = test::sample_layout();
  layout.axes[2].columns[0].key = "model.pmse";                // a dataset of the engines
  layout.axes[2].columns[1].key = "training.learning_rate";    // another axis
  const ResultReader reader{create(layout)};
  EXPECT_FALSE(reader.exists("/pmse"));
  EXPECT_EQ(reader.axis_labels("/model_pmse"), (std::vector<std::string>{"erf", "relu"}));
  EXPECT_EQ(reader.read("/training_learning_rate"), (std::vector<double>{3, 8}));
  EXPECT_EQ(reader.read("/learning_rate"), (std::vector<double>{0.1, 1.0, 10.0}));
}

TEST_F(Layout, RefusesAnAxisThatHasTheNameOfADataset) {
  for (const char* name : {"seconds", "status", "sgd", "chance", "success", "time", "learning_rate"}) {
    auto layout = test::sample_layout();
    layout.axes[1].name = name;
    EXPECT_EQ(test::message_of([&] { create(layout); }),
              std::string("an axis can't be called ") + name + ": the result file has something else of that name");
    EXPECT_TRUE(files().empty());
  }
}

}  // namespace
}  // namespace aesweep
