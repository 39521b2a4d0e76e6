#include <gtest/gtest.h>
#include <mpi.h>

#ifdef __SANITIZE_ADDRESS__
// Open MPI leaves memory of its modules behind, and has unloaded them when leaks are counted: nothing by which to suppress it.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

namespace {

// ResultFile writes by MPI-IO: one process alone is a world of its own.
class MpiEnvironment : public ::testing::Environment {
 public:
  void SetUp() override { MPI_Init(nullptr, nullptr); }
  void TearDown() override { MPI_Finalize(); }
};

[[maybe_unused]] const auto* const environment = ::testing::AddGlobalTestEnvironment(new MpiEnvironment);

}  // namespace
