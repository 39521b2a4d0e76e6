#pragma once
#include <span>
#include <vector>

#include "aesweep/deep/trainer.hpp"

namespace aesweep::testing {

inline std::vector<double> random_numbers(std::size_t count, std::uint64_t seed, double scale = 1.0) {
  std::vector<double> numbers(count);
  RandomStream(seed, 0).scaled_normals(Purpose::inputs, 0, scale, numbers);
  return numbers;
}

/// Of one point, with loops over numbers: what the vectors are agreed with.
struct PlainPass {
  std::vector<double> output, latents;
};
inline PlainPass plain_pass(const DeepShape& shape, std::span<const double> parameters, std::span<const double> point) {
  const auto width = shape.widths();
  PlainPass pass;
  std::vector<double> h(point.begin(), point.end());
  std::size_t at = 0;
  for (std::size_t l = 1; l < width.size(); ++l) {
    const auto in = static_cast<std::size_t>(width[l - 1]), out = static_cast<std::size_t>(width[l]);
    std::vector<double> next(out);
    for (std::size_t i = 0; i < out; ++i) {
      double field = parameters[at + in * out + i];
      for (std::size_t j = 0; j < in; ++j) field += parameters[at + i * in + j] * h[j];
      next[i] = shape.is_hidden(l) ? evaluate(shape.activation, field).value : field;
    }
    at += in * out + out;
    h = next;
    if (l == shape.bottleneck_layer()) pass.latents = h;
  }
  pass.output = h;
  return pass;
}

inline double plain_loss(const DeepShape& shape, std::span<const double> parameters, std::span<const double> points) {
  const auto n = static_cast<std::size_t>(shape.inputs);
  double squares = 0.0;
  for (std::size_t s = 0; s < points.size(); s += n) {
    const auto output = plain_pass(shape, parameters, points.subspan(s, n)).output;
    for (std::size_t i = 0; i < n; ++i) squares += (output[i] - points[s + i]) * (output[i] - points[s + i]);
  }
  return 0.5 * squares * static_cast<double>(n) / static_cast<double>(points.size());
}

}  // namespace aesweep::testing
