#pragma once
#include "reading.hpp"

namespace aesweep {

/// A value in identities: a file stands for its bytes.
std::string identity_text(const Key& key, const Value& value, const FileFacts& files);

}  // namespace aesweep
