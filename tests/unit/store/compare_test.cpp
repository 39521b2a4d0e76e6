#include <algorithm>
#include <cstring>

#include "store_fixture.hpp"

namespace aesweep {
namespace {

class Compare : public test::StoreTest {
 protected:
  /// A file with all rows of both engines.
  std::string full(const std::string& name, const FileLayout& layout = test::sample_layout()) {
    ResultFile file{create(layout, name), layout, MPI_COMM_WORLD};
    for (std::size_t engine = 0; engine < layout.engines.size(); ++engine)
      for (std::uint64_t task = 0; task < layout.rows(); ++task) file.write_row(engine, task, test::sample_row(task));
    return path(name);
  }
  void overwrite(const std::string& name, std::uint64_t task, const Row& row) {
    ResultFile file{path(name), test::sample_layout(), MPI_COMM_WORLD};
    file.write_row(1, task, row);
  }
};

TEST_F(Compare, EqualFilesAreTheSame) {
  full("a.h5");
  full("b.h5");
  const auto result = compare_files(path("a.h5"), path("b.h5"));
  EXPECT_TRUE(result.same());
  // Two engines of 24 rows: 3 + 6 + 1 + 1 + 1 results, checksum, status; 2 references and 3 summaries of 12 points.
  EXPECT_EQ(result.compared, 2U * 24U * 14U + 5U * 12U);
}

TEST_F(Compare, FindsOneFlippedBit) {
  std::string bytes = test::read_bytes(full("a.h5"));
  const double value = 23012.0;   // explained of row 23, third value: nothing else in the file has these bytes
  std::string pattern(8, '\0');
  std::memcpy(pattern.data(), &value, 8);
  const auto at = bytes.rfind(pattern);
  ASSERT_NE(at, std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  test::write_bytes(path("b.h5"), bytes);
  const auto result = compare_files(path("a.h5"), path("b.h5"));
  EXPECT_FALSE(result.same());
  EXPECT_EQ(result.differing, 1U);
  ASSERT_EQ(result.messages.size(), 1U);
  EXPECT_EQ(result.messages[0],
            "/sgd/explained [learning_rate 2, tied 1, network 1, replica 1, component 0, time 2]: 23012 and 23012.000000000004; "
            "1 of 144 values differ");
}

TEST_F(Compare, CostsDoNotCount) {
  full("a.h5");
  full("b.h5");
  Row row = test::sample_row(4);
  for (const std::size_t i : {2, 6, 7}) row.values[i][0] += 1;   // seconds, rank, attempts
  overwrite("b.h5", 4, row);
  EXPECT_TRUE(compare_files(path("a.h5"), path("b.h5")).same());
}

TEST_F(Compare, NaNEqualsNaNOfTheSameBitsOnly) {
  full("a.h5");
  full("b.h5");
  Row row = test::sample_row(4);
  row.values[0][1] = test::kNaN;
  overwrite("a.h5", 4, row);
  overwrite("b.h5", 4, row);
  EXPECT_TRUE(compare_files(path("a.h5"), path("b.h5")).same());
  row.values[0][1] = -test::kNaN;
  overwrite("b.h5", 4, row);
  const auto result = compare_files(path("a.h5"), path("b.h5"));
  EXPECT_EQ(result.differing, 2U);   // and the checksum
  EXPECT_EQ(result.messages.size(), 2U);
}

TEST_F(Compare, ZerosOfOtherSignDiffer) {
  full("a.h5");
  full("b.h5");
  Row row = test::sample_row(0);
  row.values[0][0] = -0.0;
  overwrite("b.h5", 0, row);
  EXPECT_EQ(compare_files(path("a.h5"), path("b.h5")).differing, 2U);
}

TEST_F(Compare, CountsEveryDifferenceAndNamesTheFirst) {
  full("a.h5");
  full("b.h5");
  overwrite("b.h5", 7, test::sample_row(8));
  overwrite("b.h5", 9, test::sample_row(9, Status::failed));
  const auto result = compare_files(path("a.h5"), path("b.h5"));
  EXPECT_EQ(result.differing, 3U + 6U + 1U + 1U + 1U + 1U + 2U);
  const std::string status = "/sgd/status [learning_rate 1, tied 0, network 0, replica 1]: 1 and 3; 1 of 24 values differ";
  EXPECT_NE(std::ranges::find(result.messages, status), result.messages.end());
}

TEST_F(Compare, NamesAxesDatasetsAndShapesThatDiffer) {
  full("a.h5");
  auto layout = test::sample_layout();
  layout.axes[0].columns[0].numbers[1] = 2;
  layout.axes[2].columns[0].texts[1] = "tanh";
  layout.references[1] = "denoising_error";
  layout.replicas = 1;
  layout.engines[0].observables[3].type = DataType::int32;
  full("b.h5", layout);
  const auto result = compare_files(path("a.h5"), path("b.h5"));
  EXPECT_FALSE(result.same());
  const auto has = [&](const std::string& message) { return std::ranges::find(result.messages, message) != result.messages.end(); };
  EXPECT_TRUE(has("axis learning_rate differs"));
  EXPECT_TRUE(has("axis activation differs"));
  EXPECT_TRUE(has("axis replica differs"));
  EXPECT_FALSE(has("axis tied differs"));
  EXPECT_TRUE(has("/reference/pca_error: only in " + path("a.h5")));
  EXPECT_TRUE(has("/reference/denoising_error: only in " + path("b.h5")));
  EXPECT_TRUE(has("/ode/status: shape [3, 2, 2, 2] and [3, 2, 2, 1]"));
}

TEST_F(Compare, NamesTypesThatDiffer) {
  full("a.h5");
  auto layout = test::sample_layout();
  layout.engines[0].observables[3].type = DataType::int32;
  full("b.h5", layout);
  const auto result = compare_files(path("a.h5"), path("b.h5"));
  EXPECT_NE(std::ranges::find(result.messages, "/ode/learnt: type int16 and int32"), result.messages.end());
}

TEST_F(Compare, RefusesWhatIsNoResultFile) {
  full("a.h5");
  test::write_bytes(path("b.h5"), "text");
  EXPECT_EQ(test::message_of([&] { compare_files(path("a.h5"), path("b.h5")); }), path("b.h5") + ": not an HDF5 file");
}

}  // namespace
}  // namespace aesweep
