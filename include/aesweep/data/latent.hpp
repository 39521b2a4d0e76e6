#pragma once
#include <cstdint>

namespace aesweep {

enum class LatentLaw : std::uint8_t { gaussian, rademacher, laplace, sparse, nonnegative, mixture };

}  // namespace aesweep
