#include <fmt/format.h>

#include <stdexcept>

#include "aesweep/data/inputs.hpp"

namespace aesweep {

namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 48;  // steps of a stream

class FiniteInputs final : public InputSource {
 public:
  FiniteInputs(const InputSource& population, std::uint64_t samples) : population_(population), samples_(samples) {}

  Eigen::Index dimension() const override { return population_.dimension(); }

  void draw(const RandomStream& stream, std::uint64_t step, std::span<double> x) const override {
    population_.draw(stream, stream.index(Purpose::training_index, step, samples_), x);
  }

 private:
  const InputSource& population_;
  std::uint64_t samples_;
};

}  // namespace

std::unique_ptr<InputSource> finite_inputs(const InputSource& population, std::uint64_t samples) {
  if (samples < 1 || samples > kMost) throw std::invalid_argument(fmt::format("a training set needs 1 to 2^48 samples, not {}", samples));
  return std::make_unique<FiniteInputs>(population, samples);
}

Eigen::MatrixXd training_sample(const InputSource& population, const RandomStream& stream, Eigen::Index samples) {
  Eigen::MatrixXd result(population.dimension(), samples);
  for (Eigen::Index i = 0; i < samples; ++i) {
    population.draw(stream, static_cast<std::uint64_t>(i), {result.col(i).data(), static_cast<std::size_t>(result.rows())});
  }
  return result;
}

}  // namespace aesweep
