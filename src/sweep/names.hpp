#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "aesweep/sweep/config.hpp"

namespace aesweep {

/// Names of an enum's values in the sweep file, in the order of the enum.
template <class Enum>
inline constexpr std::array<std::string_view, 0> kNames{};
template <>
inline constexpr std::array<std::string_view, 6> kNames<DataKind>{"spiked", "power_law", "marchenko_pastur", "spectrum", "images", "manifold"};
template <>
inline constexpr std::array<std::string_view, 6> kNames<LatentLaw>{"gaussian", "rademacher", "laplace", "sparse", "nonnegative", "mixture"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<ImageFormat>{"idx", "cifar10"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<LatentFlow>{"exact", "covariance"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<EigenvectorKind>{"identity", "sinusoidal"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<Preset>{"thermodynamic", "standard"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<SgdMethod>{"vector", "gram", "auto"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<BiasKind>{"none", "fixed", "trained"};
template <>
inline constexpr std::array<std::string_view, 4> kNames<StartKind>{"random", "aligned", "perfect", "file"};
template <>
inline constexpr std::array<std::string_view, 6> kNames<Rule>{"sgd", "truncated", "hebb", "normalised_hebb", "oja", "sanger"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<TiedGradient>{"full", "encoder"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<Spacing>{"log", "linear"};
template <>
inline constexpr std::array<std::string_view, 5> kNames<Engine>{"ode", "sgd", "exact", "descent", "deep"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<Optimizer>{"adam", "sgd"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<Precision>{"float32", "float64"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<WeightsRecord>{"none", "leading", "final"};

template <class Enum>
std::string text_of(Enum value) {
  return std::string(kNames<Enum>.at(static_cast<std::size_t>(value)));
}
template <>
inline std::string text_of(Activation value) {
  return std::string(name(value));
}

template <>
inline std::string text_of(ManifoldKind value) {
  return std::string(name(value));
}

/// The value of that name, which the schema has checked to be one.
template <class Enum>
Enum value_of(std::string_view text) {
  return static_cast<Enum>(std::find(kNames<Enum>.begin(), kNames<Enum>.end(), text) - kNames<Enum>.begin());
}
template <>
inline Activation value_of(std::string_view text) {
  return activation_from(text).value();
}

template <>
inline ManifoldKind value_of(std::string_view text) {
  return manifold_from(text).value();
}

template <class Enum>
std::vector<std::string> names_of() {
  return {kNames<Enum>.begin(), kNames<Enum>.end()};
}
template <class All>
std::vector<std::string> names_in(const All& all) {
  std::vector<std::string> names;
  for (const auto one : all) names.emplace_back(name(one));
  return names;
}
template <>
inline std::vector<std::string> names_of<Activation>() { return names_in(all_activations()); }
template <>
inline std::vector<std::string> names_of<ManifoldKind>() { return names_in(all_manifolds()); }

}  // namespace aesweep
