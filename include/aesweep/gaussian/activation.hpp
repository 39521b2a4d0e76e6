#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aesweep {

/// Activation function g of the encoder's units. Names as in the sweep file.
enum class Activation : std::uint8_t { linear, erf, relu };

/// All activations, in the order of the enum.
std::span<const Activation> all_activations();
std::string_view name(Activation activation);
std::optional<Activation> activation_from(std::string_view name);

/// g(x) and g'(x): linear x; erf erf(x/√2); relu max(x, 0), with g'(0) = 0.
struct ValueAndSlope {
  double value;
  double slope;
};
ValueAndSlope evaluate(Activation activation, double x);

}  // namespace aesweep
