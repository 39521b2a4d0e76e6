#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "aesweep/sweep/sweep.hpp"

namespace aesweep {
namespace {

constexpr std::size_t kWhole = 80;   // letters of a value that is shown whole
constexpr std::size_t kBefore = 20;  // letters shown before the first difference in a longer one
constexpr std::size_t kAfter = 50;   // and after it

std::map<std::string, std::string> entries(std::string_view canonical) {
  std::map<std::string, std::string> result;
  while (!canonical.empty()) {
    const std::string_view line = canonical.substr(0, canonical.find('\n'));
    canonical.remove_prefix(std::min(canonical.size(), line.size() + 1));
    const std::size_t equals = line.find(" = ");
    if (equals != std::string_view::npos) {
      result.emplace(line.substr(0, equals), line.substr(equals + 3));
    }
  }
  return result;
}

std::string excerpt(const std::string& value, std::size_t difference) {
  if (value.size() <= kWhole) {
    return value;
  }
  const std::size_t begin = difference <= kBefore ? 0 : std::min(difference - kBefore, value.size() - kBefore);
  const std::string part = value.substr(begin, kBefore + kAfter);
  return fmt::format("{}{}{}", begin > 0 ? "..." : "", part, begin + part.size() < value.size() ? "..." : "");
}

}  // namespace

std::string canonical_value(std::string_view canonical, const std::string& key) {
  const auto all = entries(canonical);
  const auto found = all.find(key);
  return found == all.end() ? "" : found->second;
}

std::vector<std::string> differences(std::string_view canonical_a, std::string_view canonical_b) {
  const auto a = entries(canonical_a);
  const auto b = entries(canonical_b);
  std::set<std::string> keys;
  for (const auto* side : {&a, &b}) {
    for (const auto& [key, value] : *side) {
      keys.insert(key);
    }
  }
  const auto value_in = [](const auto& side, const std::string& key) {
    const auto found = side.find(key);
    return found == side.end() ? std::string("(none)") : found->second;
  };
  std::vector<std::string> result;
  for (const std::string& key : keys) {
    const std::string x = value_in(a, key);
    const std::string y = value_in(b, key);
    if (x != y) {
      const auto difference = static_cast<std::size_t>(std::mismatch(x.begin(), x.end(), y.begin(), y.end()).first - x.begin());
      result.push_back(fmt::format("{}: {} -> {}", key, excerpt(x, difference), excerpt(y, difference)));
    }
  }
  return result;
}

}  // namespace aesweep
