#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aesweep/experiment/checkpoint.hpp"
#include "aesweep/experiment/experiment.hpp"

namespace aesweep {

/// A checkpoint in memory; `is_due` is asked at every poll of SGD.
class Memory : public Checkpoint {
 public:
  std::optional<std::string> load() override { return bytes; }
  void reject(const std::string& reason) override { rejected.push_back(reason); }
  bool due() override { return is_due(); }
  void keep(const std::string& kept) override {
    bytes = kept;
    ++times_kept;
  }

  std::function<bool()> is_due = [] { return false; };
  std::optional<std::string> bytes;
  std::vector<std::string> rejected;
  int times_kept = 0;
};

/// Equal in every bit, NaN included.
inline void expect_same(const TaskResult& a, const TaskResult& b) {
  const auto equal = [](double x, double y) { return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y); };
  ASSERT_EQ(a.rows.size(), b.rows.size());
  EXPECT_EQ(a.failures, b.failures);
  for (std::size_t e = 0; e < a.rows.size(); ++e) {
    EXPECT_EQ(a.rows[e].status, b.rows[e].status) << e;
    ASSERT_EQ(a.rows[e].values.size(), b.rows[e].values.size());
    for (std::size_t c = 0; c < a.rows[e].values.size(); ++c)
      EXPECT_TRUE(std::ranges::equal(a.rows[e].values[c], b.rows[e].values[c], equal)) << "engine " << e << ", column " << c;
  }
}

/// A poll that stops at its `last` call.
inline Poll stop_at(int last, int& calls) {
  calls = 0;
  return [last, &calls] {
    if (++calls == last) throw Stopped();
  };
}

}  // namespace aesweep
