#include "value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "aesweep/sweep/config.hpp"

namespace aesweep {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + '"';
}

struct CanonicalText {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return value == kInfinity ? "\"infinity\"" : fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(const std::vector<double>& value) const { return fmt::format("[{}]", fmt::join(value, ", ")); }
  std::string operator()(const std::vector<std::string>& value) const {
    std::vector<std::string> entries(value.size());
    std::transform(value.begin(), value.end(), entries.begin(), quoted);
    return fmt::format("[{}]", fmt::join(entries, ", "));
  }
  std::string operator()(const SpikeTable& value) const { return (*this)(value.expanded()); }
};

}  // namespace

std::vector<double> SpikeTable::expanded() const {
  std::vector<double> spikes(static_cast<std::size_t>(count));
  double theta = first;
  for (double& spike : spikes) {
    spike = theta;
    theta *= ratio;
  }
  return spikes;
}

std::string canonical(const Value& value) { return std::visit(CanonicalText{}, value); }

std::string label(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return *text;
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value); integer != nullptr && *integer == kInfinity) {
    return "infinity";
  }
  if (const auto* table = std::get_if<SpikeTable>(&value)) {
    return fmt::format("{{ count = {}, first = {}, ratio = {} }}", table->count, table->first, table->ratio);
  }
  return canonical(value);
}

double rounded(double value) {
  const std::string text = fmt::format("{:.11e}", value);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

bool same_value(const Value& a, const Value& b) {
  const auto* x = std::get_if<double>(&a);
  const auto* y = std::get_if<double>(&b);
  if (x == nullptr || y == nullptr) {
    return canonical(a) == canonical(b);
  }
  // Rounding goes through text; most pairs of an axis are far apart and need none.
  const double scale = std::max(std::abs(*x), std::abs(*y));
  return *x == *y || (std::abs(*x - *y) < 1e-10 * scale && rounded(*x) == rounded(*y));
}

}  // namespace aesweep
