// on_processor_with LEVEL PROGRAM: runs the program where the processor has that instruction set, else exits with 77, which ctest takes as skipped. A program
// of its own, because what is compiled for a level may use its instructions before main.
#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace {

bool processor_has(std::string_view level) {
#if defined(__x86_64__)
  if (level == "x86-64-v2") return __builtin_cpu_supports("x86-64-v2") > 0;
  if (level == "x86-64-v3") return __builtin_cpu_supports("x86-64-v3") > 0;
  if (level == "x86-64-v4") return __builtin_cpu_supports("x86-64-v4") > 0;
#endif
  return level == "generic";
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;
  if (argc < 3) return 2;
  if (!processor_has(argv[1])) {
    std::printf("skipped: this processor does not have %s\n", argv[1]);
    return kSkipped;
  }
  execv(argv[2], argv + 2);
  std::perror(argv[2]);
  return 1;
}
