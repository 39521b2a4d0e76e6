#include "aesweep/sweep/duration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <utility>

namespace aesweep {
namespace {

TEST(Duration, IsReadAsPeopleAndSlurmWriteIt) {
  const std::pair<const char*, double> cases[] = {{"90s", 90.0},          {"30m", 1800.0},       {"1.5h", 5400.0},     {"2d", 172800.0},
                                                  {"0.5s", 0.5},          {"1:30:00", 5400.0},   {"59:30", 3570.0},    {"0:07", 7.0},
                                                  {"1-12:00:00", 129600}, {"2-00:00:01", 172801}, {"1-06", 108000.0},  {"1-06:30", 109800.0},
                                                  {"90S", 90.0},          {"100:00:00", 360000}};
  for (const auto& [text, seconds] : cases) EXPECT_EQ(parse_duration(text), seconds) << text;
  for (const char* text : {"UNLIMITED", "none"}) EXPECT_TRUE(std::isinf(parse_duration(text).value_or(0.0))) << text;
}

TEST(Duration, IsRefusedWhereItIsNone) {
  for (const char* text : {"", "90", "s", "-5s", "5 s", "1:2:3:4", "1:", ":30", "a:30", "1-", "-12", "1.5-12", "1-2:3:4:5", "INVALID", "NOT_SET", "nans",
                           "infs", "1e3s", "1:-30"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

}  // namespace
}  // namespace aesweep
