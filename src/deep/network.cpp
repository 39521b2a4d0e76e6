#include "aesweep/deep/network.hpp"

#include <cmath>
#include <numeric>
#include <span>

namespace aesweep {

std::vector<int> DeepShape::widths() const {
  std::vector<int> widths{inputs};
  widths.insert(widths.end(), encoder.begin(), encoder.end());
  widths.push_back(bottleneck);
  widths.insert(widths.end(), decoder.begin(), decoder.end());
  widths.push_back(inputs);
  return widths;
}

std::size_t DeepShape::units() const {
  const auto width = widths();
  return static_cast<std::size_t>(std::accumulate(width.begin() + 1, width.end(), 0));
}

std::size_t DeepShape::parameters() const {
  const auto width = widths();
  std::size_t count = 0;
  for (std::size_t l = 1; l < width.size(); ++l) count += static_cast<std::size_t>(width[l]) * static_cast<std::size_t>(width[l - 1] + 1);
  return count;
}

std::vector<double> deep_start(const DeepShape& shape, double gain, const RandomStream& stream) {
  const auto width = shape.widths();
  std::vector<double> parameters(shape.parameters(), 0.0);
  auto rest = std::span(parameters);
  for (std::size_t l = 1; l < width.size(); ++l) {
    const auto in = static_cast<std::size_t>(width[l - 1]), out = static_cast<std::size_t>(width[l]);
    stream.scaled_normals(Purpose::start, l, gain * std::sqrt(2.0 / static_cast<double>(in + out)), rest.first(in * out));
    rest = rest.subspan(in * out + out);
  }
  return parameters;
}

}  // namespace aesweep
