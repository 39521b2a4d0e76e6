#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "aesweep/deep/trainer.hpp"
#include "aesweep/lanes/vector.hpp"
#include "aesweep/outcome/network.hpp"

namespace aesweep {

/// What a step has in common for all parameters.
template <class Scalar>
struct StepRates {
  Scalar rate;     ///< η_t, of adam divided by 1 − β₁^{t+1}
  Scalar root;     ///< 1/√(1 − β₂^{t+1})
  Scalar shrink;   ///< η_t κ
};
inline constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

template <class Scalar>
StepRates<Scalar> step_rates(const DeepRule& rule, std::uint64_t step) {
  const double rate = rate_at(rule, static_cast<double>(step)), made = static_cast<double>(step + 1);
  const bool adam = rule.optimizer == OptimizerKind::adam;
  return {static_cast<Scalar>(adam ? rate / (1.0 - std::pow(kBeta1, made)) : rate), static_cast<Scalar>(1.0 / std::sqrt(1.0 - std::pow(kBeta2, made))),
          static_cast<Scalar>(rate * rule.weight_decay)};
}

/// Arrays of n parameters, their moments and their gradient; plain SGD leaves the moments alone.
template <class Scalar>
struct Learnt {
  Scalar *parameters, *mean, *square;
  const Scalar* gradient;
  std::ptrdiff_t count;
};

/// Numbers so small that their products would be subnormal, which processors are slow with, as zeros. Against ε they are nothing.
template <class V>
V flushed(V x, double least) {
  return lanes::abs(x) < lanes::spread(static_cast<lanes::Element<V>>(least)) ? V{} : x;
}

/// One vector of Adam.
template <class V>
struct Adam {
  V parameter, mean, square;
};
template <class V, class Scalar>
Adam<V> adam(const Adam<V>& old, V gradient, const StepRates<Scalar>& rates) {
  constexpr double kLeastSquare = sizeof(Scalar) == sizeof(float) ? 1e-34 : 1e-300, kLeast = sizeof(Scalar) == sizeof(float) ? 1e-17 : 1e-150;
  constexpr auto kMeanShare = static_cast<Scalar>(1.0 - kBeta1), kSquareShare = static_cast<Scalar>(1.0 - kBeta2);
  const V g = flushed(gradient, kLeast);
  const V mean = flushed(old.mean + kMeanShare * (g - old.mean), kLeastSquare);
  const V square = flushed(old.square + kSquareShare * (g * g - old.square), kLeastSquare);
  const V change = rates.rate * mean / (lanes::sqrt(square) * rates.root + static_cast<Scalar>(kEpsilon));
  return {old.parameter - (change + rates.shrink * old.parameter), mean, square};
}

template <class Scalar>
void adam_step(const Learnt<Scalar>& all, const StepRates<Scalar>& rates) {
  constexpr std::ptrdiff_t kWidth = lanes::kWidth<Scalar>;
  std::ptrdiff_t i = 0;
  for (; i + kWidth <= all.count; i += kWidth) {
    const auto now = adam<lanes::Vector<Scalar>>({lanes::load(all.parameters + i), lanes::load(all.mean + i), lanes::load(all.square + i)},
                                                 lanes::load(all.gradient + i), rates);
    lanes::store(all.parameters + i, now.parameter);
    lanes::store(all.mean + i, now.mean);
    lanes::store(all.square + i, now.square);
  }
  if (i == all.count) return;
  const int rest = static_cast<int>(all.count - i);
  const auto now = adam<lanes::Vector<Scalar>>(
      {lanes::load_some(all.parameters + i, rest), lanes::load_some(all.mean + i, rest), lanes::load_some(all.square + i, rest)},
      lanes::load_some(all.gradient + i, rest), rates);
  lanes::store_some(all.parameters + i, now.parameter, rest);
  lanes::store_some(all.mean + i, now.mean, rest);
  lanes::store_some(all.square + i, now.square, rest);
}

template <class Scalar>
void sgd_step(const Learnt<Scalar>& all, const StepRates<Scalar>& rates) {
  for (std::ptrdiff_t i = 0; i < all.count; ++i) all.parameters[i] -= rates.rate * all.gradient[i] + rates.shrink * all.parameters[i];
}

}  // namespace aesweep
