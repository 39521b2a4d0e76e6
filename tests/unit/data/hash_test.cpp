#include "aesweep/data/hash.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "helpers.hpp"

namespace aesweep {
namespace {

// FIPS 180-2, appendix B.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillion = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Hash, KnownAnswers) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), kAbc);
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(std::string(1000000, 'a'))), kMillion);
}

TEST(Hash, OfAFile) {
  const testing::TemporaryDirectory directory;
  EXPECT_EQ(hex(sha256_file(directory.write("abc", "abc"))), kAbc);
  EXPECT_EQ(hex(sha256_file(directory.write("million", std::string(1000000, 'a')))), kMillion);
  const std::string long_text(3000000, 'b');  // longer than one read
  EXPECT_EQ(sha256_file(directory.write("long", long_text)), sha256(long_text));
}

TEST(Hash, FileThatCannotBeRead) {
  const testing::TemporaryDirectory directory;
  const std::string missing = directory.path("missing");
  EXPECT_EQ(testing::message_of<std::runtime_error>([&] { sha256_file(missing); }), missing + ": cannot be opened");
  EXPECT_EQ(testing::message_of<std::runtime_error>([&] { sha256_file(directory.path("")); }), directory.path("") + ": cannot be read");
}

TEST(Hash, LeadingBitsAreLittleEndian) {
  EXPECT_EQ(leading_bits(sha256("abc")), 0xeacf018fbf1678baULL);
}

}  // namespace
}  // namespace aesweep
