#include "aesweep/experiment/row_conversion.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "aesweep/experiment/row_difference.hpp"

namespace aesweep {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

Observable real(const std::string& name, const std::vector<std::string>& dims) { return {name, dims, DataType::float64, kNaN, "", "", true}; }

const Observable kPmse = real("pmse", {"time"}), kClean = real("pmse_clean", {"time"}), kTraining = real("pmse_training", {"time"});
const Observable kQ = real("Q", {"time", "k", "l"}), kEncoder = real("encoder", {"time", "k", "component"}), kGap = real("theory_gap", {});
const Observable kSeconds{"seconds", {}, DataType::float64, kNaN, "s", "", false};
const Extents kNarrow{.component = 2, .time = 2, .hidden = 2}, kWide{.component = 2, .time = 2, .hidden = 3};

/// NaN is equal to NaN here.
void expect_same(const std::vector<double>& values, const std::vector<double>& wanted) {
  ASSERT_EQ(values.size(), wanted.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_TRUE(values[i] == wanted[i] || (std::isnan(values[i]) && std::isnan(wanted[i]))) << i;
}

TEST(RowConversion, PadsAndCutsWhatIsOverNeurons) {
  const std::vector<Observable> columns{kQ, kEncoder};
  const Row narrow{Status::done, {{1, 2, 3, 4, 5, 6, 7, 8}, {11, 12, 13, 14, 15, 16, 17, 18}}};
  const auto wide = RowConversion(columns, kNarrow, columns, kWide)(narrow);
  expect_same(wide.values[0], {1, 2, kNaN, 3, 4, kNaN, kNaN, kNaN, kNaN, 5, 6, kNaN, 7, 8, kNaN, kNaN, kNaN, kNaN});
  expect_same(wide.values[1], {11, 12, 13, 14, kNaN, kNaN, 15, 16, 17, 18, kNaN, kNaN});
  EXPECT_EQ(first_difference(columns, RowConversion(columns, kWide, columns, kNarrow)(wide), narrow), "");
}

TEST(RowConversion, FindsColumnsByNameAndKeepsCosts) {
  const RowConversion conversion({kSeconds, kGap, kPmse}, kNarrow, {kPmse, kSeconds}, kNarrow);
  const auto row = conversion({Status::diverged, {{9}, {0.1}, {1, kNaN}}});
  EXPECT_EQ(row.status, Status::diverged);
  expect_same(row.values[0], {1, kNaN});
  expect_same(row.values[1], {9});
}

TEST(RowConversion, TakesTheMapItselfForTheCleanOneWithoutNoise) {
  const RowConversion conversion({kPmse}, kNarrow, {kPmse, kClean}, kNarrow);
  PointConfig point;
  EXPECT_TRUE(conversion.is_possible(point));
  expect_same(conversion({Status::done, {{3, 4}}}).values[1], {3, 4});
  point.training.input_noise = 0.1;
  EXPECT_FALSE(conversion.is_possible(point));
  EXPECT_TRUE(RowConversion({kPmse, kClean}, kNarrow, {kPmse, kClean}, kNarrow).is_possible(point));
}

TEST(RowConversion, HasNoTrainingErrorWithoutATrainingSet) {
  const RowConversion conversion({kPmse}, kNarrow, {kPmse, kTraining}, kNarrow);
  PointConfig point;
  EXPECT_TRUE(conversion.is_possible(point));
  expect_same(conversion({Status::done, {{3, 4}}}).values[1], {kNaN, kNaN});
  point.data.training_samples = 100;
  EXPECT_FALSE(conversion.is_possible(point));
}

TEST(RowConversion, NamesWhatCannotBeHad) {
  const RowConversion conversion({kPmse}, kNarrow, {kPmse, kGap, kQ}, kNarrow);
  EXPECT_EQ(conversion.missing(), (std::vector<std::string>{"theory_gap", "Q"}));
  EXPECT_FALSE(conversion.is_possible({}));
}

TEST(RowDifference, IsTheFirstBitOfTheResults) {
  const std::vector<Observable> columns{kPmse, kGap, kSeconds};
  const Row row{Status::done, {{1, kNaN}, {0.0}, {7}}};
  Row other = row;
  other.values[2] = {8};   // a cost
  EXPECT_EQ(first_difference(columns, row, other), "");
  EXPECT_EQ(hash_of_results(columns, row), hash_of_results(columns, other));
  other.values[1] = {-0.0};
  EXPECT_EQ(first_difference(columns, row, other), "theory_gap: 0 against -0");
  EXPECT_NE(hash_of_results(columns, row), hash_of_results(columns, other));
  other.values[0][1] = 2;
  EXPECT_EQ(first_difference(columns, row, other), "pmse[1]: nan against 2");
  other.status = Status::failed;
  EXPECT_EQ(first_difference(columns, row, other), "status: done against failed");
}

}  // namespace
}  // namespace aesweep
