#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aesweep {

/// Activation function g of the encoder's units. Names as in the sweep file.
enum class Activation : std::uint8_t { linear, erf, relu, tanh, sigmoid, gelu, softplus, silu, leaky_relu };

/// Slope of leaky_relu below 0.
inline constexpr double kLeakyReluSlope = 0.01;

/// All activations, in the order of the enum.
std::span<const Activation> all_activations();
std::string_view name(Activation activation);
std::optional<Activation> activation_from(std::string_view name);

/// g(x) and g'(x) to four units in the last place, also in the tails (gelu's lower tail: x² units). Infinite x give the limits.
///   linear x;  erf erf(x/√2);  relu max(x, 0), with g'(0) = 0;  leaky_relu x for x > 0, else kLeakyReluSlope x, with g'(0) = kLeakyReluSlope;
///   tanh;  sigmoid 1/(1 + e^-x);  gelu x Φ(x), exactly;  softplus ln(1 + e^x);  silu x/(1 + e^-x).
struct ValueAndSlope {
  double value;
  double slope;
};
ValueAndSlope evaluate(Activation activation, double x);

}  // namespace aesweep
