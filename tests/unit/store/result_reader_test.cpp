#include "store_fixture.hpp"

namespace aesweep {
namespace {

using Reader = test::StoreTest;

TEST_F(Reader, SaysWhyItCannotReadAFile) {
  const auto refusal = [](const std::string& file) { return test::message_of([&] { ResultReader{file}; }); };
  EXPECT_EQ(refusal(path("absent.h5")), path("absent.h5") + ": No such file or directory");
  test::write_bytes(path("text.h5"), "plain text");
  EXPECT_EQ(refusal(path("text.h5")), path("text.h5") + ": not an HDF5 file");

  std::string bytes = test::read_bytes(create(test::sample_layout()));
  const std::string format{"aesweep\0", 8};
  ASSERT_NE(bytes.find(format), std::string::npos);
  test::write_bytes(path("foreign.h5"), bytes.replace(bytes.find(format), 7, "another"));
  EXPECT_EQ(refusal(path("foreign.h5")), path("foreign.h5") + ": an HDF5 file, but not a result file of aesweep (no attribute format = \"aesweep\")");
}

TEST_F(Reader, RefusesAnotherFormatVersion) {
  std::string bytes = test::read_bytes(create(test::sample_layout()));
  // The attribute's message: name, type, dataspace, then its eight bytes, the second 1 of 64 bits (the first is the dataspace's version).
  const std::string one{"\1\0\0\0\0\0\0\0", 8};
  const auto name = bytes.find("format_version");
  const auto value = bytes.find(one, bytes.find(one, name) + 8);
  ASSERT_LT(value, name + 64);
  bytes[value] = 2;
  test::write_bytes(path("newer.h5"), bytes);
  EXPECT_EQ(test::message_of([&] { ResultReader{path("newer.h5")}; }), path("newer.h5") + ": format version 2, but this program reads version 1");
}

TEST_F(Reader, NamesADatasetThatIsMissingOrHoldsText) {
  const ResultReader reader{create(test::sample_layout())};
  EXPECT_EQ(reader.path(), path());
  EXPECT_NE(test::message_of([&] { reader.read("/sgd/entropy"); }).find(path() + ": cannot open dataset /sgd/entropy"), std::string::npos);
  EXPECT_EQ(test::message_of([&] { reader.read("/network"); }), path() + ": /network holds text, not numbers");
  EXPECT_FALSE(reader.exists("/sgd/entropy"));
  EXPECT_FALSE(reader.exists("nowhere/at/all"));
  EXPECT_TRUE(reader.exists("/phase/ode/success"));
  EXPECT_TRUE(reader.exists("sgd"));
}

TEST_F(Reader, AnyRangeOfRowsIsThatPartOfTheWhole) {
  const auto layout = test::sample_layout();
  ResultFile file{create(layout), layout, MPI_COMM_WORLD};
  for (std::uint64_t task = 0; task < 24; ++task) file.write_row(0, task, test::sample_row(task));
  file.close();
  const ResultReader reader{path()};
  const auto whole = reader.read("/ode/pmse");
  for (std::size_t first = 0; first <= 24; ++first)
    for (std::size_t count = 0; first + count <= 24; ++count) {
      const auto from = whole.begin() + static_cast<std::ptrdiff_t>(3 * first);
      const std::vector<double> expected(from, from + static_cast<std::ptrdiff_t>(3 * count));
      ASSERT_EQ(reader.read_rows("/ode/pmse", first, count), expected) << first << " " << count;
    }
  EXPECT_THROW(reader.read_rows("/ode/pmse", 20, 5), std::out_of_range);
  EXPECT_EQ(reader.read_rows("/reference/pca_error", 11, 1), std::vector<double>{111});
}

TEST_F(Reader, LabelsHaveSixSignificantDigits) {
  auto layout = test::sample_layout();
  layout.axes[0].columns[0].numbers = {1e-5, 0.123456789, 1234567.0};
  EXPECT_EQ(ResultReader{create(layout)}.axis_labels("learning_rate"), (std::vector<std::string>{"1e-05", "0.123457", "1.23457e+06"}));
}

}  // namespace
}  // namespace aesweep
