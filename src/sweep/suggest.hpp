#pragma once
#include <span>
#include <string>
#include <string_view>

namespace aesweep {

/// The candidate nearest to `word` by edit distance; "" where none is within two letters or a third of the word.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// For a key that does not exist: "unknown key; did you mean training.weight_decay?", or the keys of its section where none is near.
std::string unknown_key(std::string_view path);
/// The same for a table.
std::string unknown_table(std::string_view name);

}  // namespace aesweep
