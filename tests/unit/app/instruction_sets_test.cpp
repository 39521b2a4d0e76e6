#include "instruction_sets.hpp"

#include <gtest/gtest.h>

#include "usage_error.hpp"

namespace aesweep {
namespace {

using Sets = std::vector<InstructionSet>;
const Sets kAll{{"x86-64-v2"}, {"x86-64-v3"}, {"x86-64-v4"}};
const Sets kOld{{"x86-64-v2"}, {"x86-64-v3"}, {"x86-64-v4", "rank 1 lacks it"}};

std::string chosen(const Sets& built, const InstructionSetRequest& request, const std::optional<std::string>& of_file = {}) {
  return choose_instruction_set(built, request, "a.h5", of_file).name;
}

std::string refusal(const Sets& built, const InstructionSetRequest& request, const std::optional<std::string>& of_file = {}) {
  try {
    return "chose " + chosen(built, request, of_file);
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(InstructionSets, ANewFileGetsTheBestOfAllRanksOrWhatIsAskedFor) {
  EXPECT_EQ(chosen(kAll, {}), "x86-64-v4");
  EXPECT_EQ(chosen(kOld, {}), "x86-64-v3");
  EXPECT_EQ(chosen({{"x86-64-v2"}, {"x86-64-v3", "no module"}, {"x86-64-v4"}}, {}), "x86-64-v4");
  EXPECT_EQ(chosen(kAll, {"x86-64-v2"}), "x86-64-v2");
  EXPECT_EQ(chosen({{"generic"}}, {}), "generic");
  EXPECT_EQ(choose_instruction_set(kAll, {}, "a.h5", {}).remark, "");
}

TEST(InstructionSets, WhatIsNotThereIsRefusedWithTheReason) {
  EXPECT_EQ(refusal(kOld, {"x86-64-v4"}), "--instruction-set x86-64-v4: rank 1 lacks it");
  EXPECT_EQ(refusal(kOld, {"x86-64-v4", true}, "x86-64-v3"), "--instruction-set x86-64-v4: rank 1 lacks it") << "mixing does not help";
  EXPECT_EQ(refusal(kAll, {"generic"}), "--instruction-set generic: this build has kernels for x86-64-v2, x86-64-v3, x86-64-v4 alone");
  EXPECT_EQ(refusal({{"x86-64-v2", "an old processor"}}, {}), "an old processor");
}

TEST(InstructionSets, AFileGoesOnWithItsOwn) {
  EXPECT_EQ(chosen(kAll, {}, "x86-64-v4"), "x86-64-v4");
  EXPECT_EQ(chosen(kAll, {}, "x86-64-v2"), "x86-64-v2");
  EXPECT_EQ(chosen(kAll, {"auto", true}, "x86-64-v2"), "x86-64-v2") << "nothing has to be mixed";
  EXPECT_EQ(chosen(kOld, {"x86-64-v3"}, "x86-64-v3"), "x86-64-v3");
  EXPECT_EQ(choose_instruction_set(kAll, {}, "a.h5", "x86-64-v4").remark, "");
  EXPECT_EQ(choose_instruction_set(kAll, {}, "a.h5", "x86-64-v2").remark, "as a.h5 was begun; x86-64-v4 would be there");
}

TEST(InstructionSets, AnotherIsMixedInOnlyWhenToldTo) {
  EXPECT_EQ(refusal(kOld, {}, "x86-64-v4"), "a.h5: begun with the instruction set x86-64-v4; rank 1 lacks it. Its bits are those of x86-64-v4 alone: "
                                            "--mix-instruction-sets goes on with x86-64-v3 all the same.");
  EXPECT_EQ(refusal(kAll, {"x86-64-v2"}, "x86-64-v4"), "a.h5: begun with the instruction set x86-64-v4; --instruction-set says x86-64-v2. Its bits are "
                                                       "those of x86-64-v4 alone: --mix-instruction-sets goes on with x86-64-v2 all the same.");
  EXPECT_EQ(chosen(kOld, {"auto", true}, "x86-64-v4"), "x86-64-v3");
  EXPECT_EQ(chosen(kAll, {"x86-64-v2", true}, "x86-64-v4"), "x86-64-v2");
  EXPECT_EQ(chosen(kAll, {"auto", true}, "generic"), "x86-64-v4");
  EXPECT_EQ(choose_instruction_set(kOld, {"auto", true}, "a.h5", "x86-64-v4").remark, "mixed into a.h5, which was begun with x86-64-v4");
}

TEST(InstructionSets, NamesAndCodesBelongTogether) {
  for (const auto& name : known_instruction_sets()) EXPECT_EQ(instruction_set_name(instruction_set_code(name)), name);
  EXPECT_EQ(instruction_set_code("x86-64-v3"), 3);
  EXPECT_EQ(instruction_set_name(0), "unknown");
}

}  // namespace
}  // namespace aesweep
