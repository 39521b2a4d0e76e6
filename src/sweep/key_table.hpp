#pragma once
#include <vector>

#include "schema.hpp"

namespace aesweep {

/// The rows of the schema, in the order in which `aesweep keys` lists them. Called once, by schema().
std::vector<Key> key_table();

}  // namespace aesweep
