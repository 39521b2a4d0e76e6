#pragma once
#include <cstdint>
#include <vector>

#include "aesweep/store/result_file.hpp"
#include "part.hpp"

namespace aesweep {

/// Tasks (point × replicas + replica) of this part of which at least one engine's row is pending, ascending. Of sequential
/// replicas those that are known to be needed: once they are done it may be more.
std::vector<std::uint64_t> pending_tasks(const ResultReader& reader, const Part& part = {});

}  // namespace aesweep
