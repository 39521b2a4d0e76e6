#include <bit>
#include <numeric>

#include "store_fixture.hpp"

namespace aesweep {
namespace {

class ResultFileTest : public test::StoreTest {
 protected:
  /// Checksum of the row in a fresh file.
  std::uint64_t checksum(const Row& row) {
    const auto file_path = create(layout_, "checksum" + std::to_string(count_++) + ".h5");
    ResultFile file{file_path, layout_, MPI_COMM_WORLD};
    file.write_row(0, 5, row);
    file.close();
    return ResultReader{file_path}.checksums("ode")[5];
  }

  FileLayout layout_ = test::sample_layout();
  int count_ = 0;
};

TEST_F(ResultFileTest, EveryRowIsReadBackWhereItWasWritten) {
  ResultFile file{create(layout_), layout_, MPI_COMM_WORLD};
  for (const std::uint64_t task : {23, 0, 7, 6}) file.write_row(1, task, test::sample_row(task));
  file.close();
  const ResultReader reader{path()};
  for (std::uint64_t task = 0; task < 24; ++task) {
    const bool written = task == 23 || task == 0 || task == 7 || task == 6;
    EXPECT_EQ(reader.status("sgd")[task], written ? 1 : 0) << task;
    EXPECT_EQ(reader.status("ode")[task], 0) << task;
    if (!written) {
      EXPECT_TRUE(std::isnan(reader.read_rows("/sgd/pmse", task, 1)[0])) << task;
      continue;
    }
    const Row row = test::sample_row(task);
    const auto observables = test::sample_engine("sgd").observables;
    for (std::size_t i = 0; i < observables.size(); ++i)
      EXPECT_EQ(reader.read_rows("/sgd/" + observables[i].name, task, 1), row.values[i]) << observables[i].name << task;
  }
}

TEST_F(ResultFileTest, RowsLieInRowMajorOrder) {
  ResultFile file{create(layout_), layout_, MPI_COMM_WORLD};
  for (std::uint64_t task = 0; task < 24; ++task) file.write_row(0, task, test::sample_row(task));
  file.close();
  const auto values = ResultReader{path()}.read("/ode/explained");
  ASSERT_EQ(values.size(), 24U * 6U);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], 1000.0 * static_cast<double>(i / 6) + 10.0 + static_cast<double>(i % 6));
}

TEST_F(ResultFileTest, SummariesAreWrittenWhole) {
  ResultFile file{create(layout_), layout_, MPI_COMM_WORLD};
  std::vector<double> values(12);
  std::iota(values.begin(), values.end(), 1.0);
  file.write_summary(1, values);
  file.write_summary(2, values);
  EXPECT_THROW(file.write_summary(0, std::span{values}.first(3)), std::invalid_argument);
  file.close();
  const ResultReader reader{path()};
  EXPECT_EQ(reader.read("/phase/sgd/replicas"), values);
  EXPECT_EQ(reader.read("/phase/theory_gap"), values);
  EXPECT_TRUE(std::isnan(reader.read("/phase/ode/success")[0]));
}

TEST_F(ResultFileTest, ReadersSeeRowsWhileItIsOpen) {
  create(layout_);
  const ResultReader early{path()};
  EXPECT_EQ(early.status("ode")[3], 0);
  ResultFile file{path(), layout_, MPI_COMM_WORLD};
  file.write_row(0, 3, test::sample_row(3));
  file.flush();
  EXPECT_EQ(early.status("ode")[3], 1);
  EXPECT_EQ(ResultReader{path()}.read_rows("/ode/pmse", 3, 1), test::sample_row(3).values[0]);
  file.write_row(0, 4, test::sample_row(4, Status::diverged));
  EXPECT_EQ(early.status("ode")[4], 2);
}

TEST_F(ResultFileTest, OpenedAgainItKeepsWhatIsThere) {
  create(layout_);
  for (const std::uint64_t task : {1, 2}) {
    ResultFile file{path(), layout_, MPI_COMM_WORLD};
    file.write_row(0, task, test::sample_row(task));
  }
  const auto status = ResultReader{path()}.status("ode");
  EXPECT_EQ(status[1] + status[2], 2);
}

TEST_F(ResultFileTest, ChecksumChangesWithAnyBitOfAResultOrTheStatus) {
  const Row row = test::sample_row(5);
  const auto original = checksum(row);
  EXPECT_EQ(checksum(row), original);
  for (const std::size_t i : {0, 1})   // pmse, explained
    for (std::size_t value = 0; value < row.values[i].size(); ++value)
      for (const int bit : {0, 31, 63}) {
        Row changed = row;
        changed.values[i][value] = std::bit_cast<double>(std::bit_cast<std::uint64_t>(row.values[i][value]) ^ (std::uint64_t{1} << bit));
        EXPECT_NE(checksum(changed), original) << i << value << bit;
      }
  for (const std::size_t i : {3, 4, 5}) {   // learnt, converged, steps
    Row changed = row;
    changed.values[i][0] = row.values[i][0] == 0 ? 1 : row.values[i][0] - 1;
    EXPECT_NE(checksum(changed), original) << i;
  }
  for (const std::size_t i : {2, 6, 7}) {   // seconds, rank, attempts are no results
    Row changed = row;
    changed.values[i][0] += 1;
    EXPECT_EQ(checksum(changed), original) << i;
  }
  EXPECT_NE(checksum(test::sample_row(5, Status::diverged)), original);
}

// SHA-256 of nine float64, int16, int8, uint64 and the status byte, computed by Python's hashlib and struct (see the format string).
TEST_F(ResultFileTest, ChecksumIsTheDocumentedHash) {
  // struct.pack("<9dhbQB", 5000, 5001, 5002, 5010, 5011, 5012, 5013, 5014, 5015, 2, 1, 9000000000005000, 1)
  EXPECT_EQ(checksum(test::sample_row(5)), 0xe86a3e6f0f0f5c57U);
}

TEST_F(ResultFileTest, RefusesAFileOfAnotherShapeOrType) {
  create(layout_);
  const auto refusal = [&](const FileLayout& other) { return test::message_of([&] { ResultFile{path(), other, MPI_COMM_WORLD}; }); };
  auto other = layout_;
  other.times.push_back(8.0);
  EXPECT_EQ(refusal(other), path() + ": /ode/pmse has the shape [3, 2, 2, 2, 3] where the sweep needs [3, 2, 2, 2, 4]");
  other = layout_;
  other.replicas = 3;
  EXPECT_EQ(refusal(other), path() + ": /ode/checksum has the shape [3, 2, 2, 2] where the sweep needs [3, 2, 2, 3]");
  other = layout_;
  other.engines[1].observables[3].type = DataType::int32;
  EXPECT_EQ(refusal(other), path() + ": /sgd/learnt is of type int16 where the sweep needs int32");
  other = layout_;
  other.engines[0].observables.push_back({"entropy", {}, DataType::float64, 0, "", ""});
  EXPECT_NE(refusal(other).find("cannot open dataset /ode/entropy"), std::string::npos) << refusal(other);
  EXPECT_EQ(refusal(layout_), "");
}

TEST_F(ResultFileTest, NamesTheCauseWhereItCannotBeOpened) {
  const auto refusal = [&] { return test::message_of([&] { ResultFile{path(), layout_, MPI_COMM_WORLD}; }); };
  EXPECT_EQ(refusal(), path() + ": No such file or directory");
  test::write_bytes(path(), "no HDF5 at all, whatever its name says");
  EXPECT_NE(refusal().find(path() + ": cannot open the file by MPI-IO"), std::string::npos) << refusal();
}

TEST_F(ResultFileTest, RefusesRowsThatDoNotFit) {
  ResultFile file{create(layout_), layout_, MPI_COMM_WORLD};
  const auto refusal = [&](std::size_t observable, const std::vector<double>& values) {
    Row row = test::sample_row(0);
    row.values[observable] = values;
    return test::message_of([&] { file.write_row(0, 0, row); });
  };
  EXPECT_EQ(refusal(0, {1, 2}), "pmse: 2 values where a row has 3");
  EXPECT_NE(refusal(3, {40'000}).find("learnt: 40000 can't be stored as an integer"), std::string::npos);
  EXPECT_NE(refusal(3, {0.5}).find("learnt: 0.5"), std::string::npos);
  EXPECT_NE(refusal(4, {2}).find("converged: 2"), std::string::npos);
  EXPECT_NE(refusal(5, {-1}).find("steps: -1"), std::string::npos);
  EXPECT_NE(refusal(6, {test::kNaN}).find("rank: nan"), std::string::npos);
  EXPECT_NE(test::message_of([&] { file.write_row(0, 0, {Status::done, {}}); }), "");
  EXPECT_EQ(ResultReader{path()}.status("ode")[0], 0);
}

}  // namespace
}  // namespace aesweep
