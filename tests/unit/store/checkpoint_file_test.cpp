#include "aesweep/store/checkpoint_file.hpp"

#include <sys/resource.h>

#include <csignal>

#include "store_fixture.hpp"

namespace aesweep {
namespace {

using CheckpointFile = test::StoreTest;

TEST_F(CheckpointFile, ComesBackAsItWasWritten) {
  const auto identity = sha256("point, replica, build");
  const std::string file = path("deep/down/task.ckpt");
  EXPECT_EQ(read_checkpoint(file, identity), std::nullopt);
  for (const auto& bytes : {std::string("first\0second", 12), std::string(1'000'000, 'x'), std::string()}) {
    write_checkpoint(file, identity, bytes);
    EXPECT_EQ(read_checkpoint(file, identity), bytes);
  }
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));
}

TEST_F(CheckpointFile, OfSomethingElseIsRefused) {
  write_checkpoint(path("task.ckpt"), sha256("one build"), "state");
  const auto message = test::message_of([&] { read_checkpoint(path("task.ckpt"), sha256("another build")); });
  EXPECT_NE(message.find("task.ckpt: is of another build"), std::string::npos) << message;
}

// One changed bit anywhere, or any cut, is noticed.
TEST_F(CheckpointFile, DamageIsNoticed) {
  const auto identity = sha256("task");
  const std::string file = path("task.ckpt");
  write_checkpoint(file, identity, "some state of a replica");
  const std::string whole = test::read_bytes(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    test::write_bytes(file, damaged);
    EXPECT_THROW(read_checkpoint(file, identity), std::runtime_error) << i;
    test::write_bytes(file, whole.substr(0, i));
    EXPECT_THROW(read_checkpoint(file, identity), std::runtime_error) << i;
  }
  test::write_bytes(file, whole);
  EXPECT_EQ(read_checkpoint(file, identity), "some state of a replica");
}

// A limit on the size of files stands for a full disk.
TEST_F(CheckpointFile, TheOneBeforeSurvivesAFullDisk) {
  const auto identity = sha256("task");
  const std::string file = path("task.ckpt");
  write_checkpoint(file, identity, "before");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  const auto message = test::message_of([&] { write_checkpoint(file, identity, std::string(5000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, previous);
  EXPECT_NE(message.find("task.ckpt.part: File too large"), std::string::npos) << message;
  EXPECT_EQ(read_checkpoint(file, identity), "before");
  EXPECT_EQ(files(), std::vector<std::string>{"task.ckpt"});
}

}  // namespace
}  // namespace aesweep
