#include "kernels.hpp"

#include "git_commit.hpp"

extern "C" const aesweep::Kernels aesweep_kernels{
    "aesweep " AESWEEP_VERSION " " AESWEEP_COMMIT ", " AESWEEP_COMPILER " " AESWEEP_BUILD_TYPE, AESWEEP_INSTRUCTION_SET, aesweep::make_experiment};
