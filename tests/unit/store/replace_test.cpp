#include "store_fixture.hpp"

namespace aesweep {
namespace {

class Replace : public test::StoreTest {
 protected:
  /// A file of which the tasks up to 4 of the flow are written.
  std::string begun() const {
    const auto layout = test::sample_layout();
    ResultFile file{create(layout), layout, MPI_COMM_WORLD};
    for (std::uint64_t task = 0; task < 5; ++task) file.write_row(0, task, test::sample_row(task));
    file.close();
    return path();
  }
};

TEST_F(Replace, RowsComeBackAsTheyWereWritten) {
  const auto layout = test::sample_layout();
  const ResultReader reader{begun()};
  const auto rows = reader.rows(layout, 0, 1, 5);
  ASSERT_EQ(rows.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rows[i].status, Status::done);
    EXPECT_EQ(rows[i].values, test::sample_row(i + 1).values);
  }
  EXPECT_EQ(rows[4].status, Status::pending);
  EXPECT_TRUE(std::isnan(rows[4].values[0][2]));
  EXPECT_EQ(rows[4].values[3], std::vector<double>{-1});
  EXPECT_TRUE(reader.rows(layout, 1, 24, 0).empty());
  EXPECT_THROW(reader.rows(layout, 0, 20, 5), std::out_of_range);
}

TEST_F(Replace, ARowWrittenAgainHasTheSameBytes) {
  const auto layout = test::sample_layout();
  const auto rows = ResultReader{begun()}.rows(layout, 0, 0, 5);
  const auto before = test::read_bytes(path());
  ResultFile file{path(), layout, MPI_COMM_WORLD};
  for (std::uint64_t task = 0; task < 5; ++task) file.write_row(0, task, rows[task]);
  file.close();
  EXPECT_EQ(test::read_bytes(path()), before);
}

TEST_F(Replace, ARowMadePendingLeavesTheOthersAlone) {
  const auto layout = test::sample_layout();
  ResultFile file{begun(), layout, MPI_COMM_WORLD};
  file.set_pending(0, 3);
  file.close();
  const auto status = ResultReader{path()}.status("ode");
  for (std::size_t task = 0; task < status.size(); ++task) EXPECT_EQ(status[task], task < 5 && task != 3 ? 1 : 0) << task;
}

// Whatever rows held, one that is not needed looks like any other, and no other row is touched.
TEST_F(Replace, RowsThatAreNotNeededAreAlikeAndWhole) {
  const auto layout = test::sample_layout();
  ResultFile file{begun(), layout, MPI_COMM_WORLD};
  file.set_not_needed(0, 2, 2, false);
  file.set_not_needed(0, 6, 2, true);
  file.close();
  const ResultReader reader{path()};
  const auto checked = reader.checked_rows(layout, 0, 0, 10);
  EXPECT_TRUE(checked.damaged.empty());
  const auto checksums = reader.checksums("ode");
  for (std::size_t task = 0; task < 10; ++task) {
    const bool left = task == 2 || task == 3 || task == 6 || task == 7;
    EXPECT_EQ(checked.rows[task].status, left ? Status::not_needed : task < 5 ? Status::done : Status::pending) << task;
    if (!left) continue;
    EXPECT_EQ(checksums[task], checksums[7]) << task;
    EXPECT_TRUE(std::isnan(checked.rows[task].values[0][0])) << task;
    EXPECT_EQ(checked.rows[task].values[3][0], -1.0) << task;
  }
  EXPECT_EQ(reader.status("sgd")[6], 0);
}

TEST_F(Replace, DamagedRowsAreToldAndWhatIsPendingIsNotOne) {
  const auto layout = test::sample_layout();
  {
    ResultFile file{begun(), layout, MPI_COMM_WORLD};
    file.set_pending(0, 1);
    file.close();
  }
  auto bytes = test::read_bytes(path());
  for (const double value : {1001.0, 3001.0, 4001.0}) {   // pmse of the tasks 1 (pending), 3 and 4 at the second time
    const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof value));
    ASSERT_NE(at, std::string::npos);
    bytes[at] = 1;
  }
  test::write_bytes(path(), bytes);
  const auto checked = ResultReader{path()}.checked_rows(layout, 0, 2, 10);
  EXPECT_EQ(checked.damaged, (std::vector<std::uint64_t>{3, 4}));
  EXPECT_EQ(checked.rows.size(), 10U);
  EXPECT_TRUE(ResultReader{path()}.checked_rows(layout, 0, 0, 3).damaged.empty());
}

TEST_F(Replace, ANewFileGetsItsNameWhenItIsWhole) {
  test::write_bytes(path("new.h5.part"), "what a killed process left");
  {
    Replacement made{path("new.h5")};
    EXPECT_TRUE(files().empty());
    test::write_bytes(made.path(), "half");
  }
  EXPECT_TRUE(files().empty());
  Replacement made{path("new.h5")};
  test::write_bytes(made.path(), "whole");
  made.commit();
  EXPECT_EQ(files(), std::vector<std::string>{"new.h5"});
  EXPECT_EQ(test::read_bytes(path("new.h5")), "whole");
}

TEST_F(Replace, ADamagedRowIsNamed) {
  auto bytes = test::read_bytes(begun());
  const double value = 3001.0;   // pmse of task 3 at the second time, nowhere else in the file
  const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof value));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 1;
  test::write_bytes(path("damaged.h5"), bytes);
  const ResultReader reader{path("damaged.h5")};
  EXPECT_EQ(test::message_of([&] { reader.rows(test::sample_layout(), 0, 0, 5); }),
            path("damaged.h5") + ": the values of a row of ode (point 1, replica 1) are not those of its checksum: the file is damaged");
  EXPECT_EQ(reader.rows(test::sample_layout(), 0, 0, 3).size(), 3U);
}

TEST_F(Replace, AttributesAreReplacedOrAdded) {
  const auto file = begun();
  const std::string long_text(200'000, 'x');   // beyond what an attribute's own storage could hold
  replace_attributes(file, {{"sweep", long_text}, {"judged", "η"}});
  const ResultReader reader{file};
  EXPECT_EQ(reader.attribute("sweep"), long_text);
  EXPECT_EQ(reader.attribute("judged"), "η");
  EXPECT_EQ(reader.attribute("host"), "node7");
  EXPECT_EQ(reader.rows(test::sample_layout(), 0, 0, 5)[4].values, test::sample_row(4).values);
}

TEST_F(Replace, ACopyTakesTheOriginalsPlaceOnlyWhenCommitted) {
  const auto file = begun();
  const auto before = test::read_bytes(file);
  {
    const Replacement dropped{file, file};
    replace_attributes(dropped.path(), {{"host", "elsewhere"}});
    EXPECT_EQ(test::read_bytes(file), before);
  }
  EXPECT_EQ(files(), std::vector<std::string>{"result.h5"});
  EXPECT_EQ(test::read_bytes(file), before);
  test::write_bytes(file + ".part", "what a killed process left");
  Replacement kept{file, file};
  replace_attributes(kept.path(), {{"host", "elsewhere"}});
  kept.commit();
  EXPECT_EQ(files(), std::vector<std::string>{"result.h5"});
  EXPECT_EQ(ResultReader{file}.attribute("host"), "elsewhere");
}

TEST_F(Replace, SaysWhatItCannotCopy) {
  EXPECT_EQ(test::message_of([&] { Replacement{path("absent.h5"), path("new.h5")}; }),
            path("new.h5.part") + ": cannot copy " + path("absent.h5") + ": No such file or directory");
  EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace aesweep
