#include "aesweep/deep/trainer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <stdexcept>

#include "optimizer.hpp"
#include "perceptron.hpp"

namespace aesweep {
namespace {

/// Samples that go through a network together where only its outputs are wanted, if a batch has fewer.
constexpr int kTestBatch = 128;

}  // namespace

class DeepTrainer::Engine {
 public:
  virtual ~Engine() = default;
  virtual double step(std::span<const double> points) = 0;
  virtual double gradient(std::span<const double> points, std::span<double> gradient) = 0;
  virtual void reconstruct(std::span<const double> points, std::span<double> reconstructions, std::span<double> latents) = 0;
  virtual std::vector<double> parameters() const = 0;
  virtual std::span<char> moments_and_parameters() = 0;
  std::uint64_t steps = 0;
};

template <class Scalar>
class DeepTrainer::EngineOf final : public Engine {
 public:
  EngineOf(const DeepShape& shape, const DeepRule& rule, std::span<const double> start)
      : shape_(shape), rule_(rule), places_(layer_places(shape)), count_(static_cast<std::ptrdiff_t>(shape.parameters())),
        perceptron_(shape, std::max(rule.batch, kTestBatch)), learnt_(kept_arrays() * count_), gradient_(count_) {
    assert(static_cast<std::ptrdiff_t>(start.size()) == count_);
    std::ranges::transform(start, learnt_.data(), [](double x) { return static_cast<Scalar>(x); });
  }

  double step(std::span<const double> points) override {
    assert(points.size() == static_cast<std::size_t>(rule_.batch * shape_.inputs));
    perceptron_.forward(learnt_.data(), points);
    const double loss = perceptron_.backward(learnt_.data(), gradient_.data());
    auto rates = step_rates<Scalar>(rule_, steps++);
    const auto shrink = rates.shrink;
    for (const auto& [in, out, weights, bias] : places_) {
      rates.shrink = shrink;
      update(weights, in * out, rates);
      rates.shrink = 0;
      update(bias, out, rates);
    }
    return loss;
  }

  double gradient(std::span<const double> points, std::span<double> gradient) override {
    perceptron_.forward(learnt_.data(), points);
    const double loss = perceptron_.backward(learnt_.data(), gradient_.data());
    std::copy_n(gradient_.data(), count_, gradient.data());
    return loss;
  }

  void reconstruct(std::span<const double> points, std::span<double> reconstructions, std::span<double> latents) override {
    const auto n = static_cast<std::size_t>(shape_.inputs), k = static_cast<std::size_t>(shape_.bottleneck);
    const auto capacity = static_cast<std::size_t>(perceptron_.capacity());
    const std::size_t total = points.size() / n;
    assert(reconstructions.size() == points.size() && (latents.empty() || latents.size() == total * k));
    for (std::size_t first = 0; first < total; first += capacity) {
      const std::size_t count = std::min(capacity, total - first);
      perceptron_.forward(learnt_.data(), points.subspan(first * n, count * n));
      perceptron_.copy_out(shape_.layers(), reconstructions.subspan(first * n, count * n));
      if (!latents.empty()) perceptron_.copy_out(shape_.bottleneck_layer(), latents.subspan(first * k, count * k));
    }
  }

  std::vector<double> parameters() const override { return {learnt_.data(), learnt_.data() + count_}; }
  std::span<char> moments_and_parameters() override {
    return {reinterpret_cast<char*>(learnt_.data()), static_cast<std::size_t>(learnt_.size()) * sizeof(Scalar)};
  }

 private:
  bool is_adam() const { return rule_.optimizer == OptimizerKind::adam; }
  std::ptrdiff_t kept_arrays() const { return is_adam() ? 3 : 1; }
  void update(std::ptrdiff_t first, std::ptrdiff_t count, const StepRates<Scalar>& rates) {
    Scalar* all = learnt_.data();
    if (is_adam()) {
      adam_step<Scalar>({all + first, all + count_ + first, all + 2 * count_ + first, gradient_.data() + first, count}, rates);
    } else {
      sgd_step<Scalar>({all + first, nullptr, nullptr, gradient_.data() + first, count}, rates);
    }
  }

  DeepShape shape_;
  DeepRule rule_;
  std::vector<LayerPlace> places_;
  std::ptrdiff_t count_;
  Perceptron<Scalar> perceptron_;
  lanes::Aligned<Scalar> learnt_;   ///< parameters; of adam their moments m and v as well
  lanes::Aligned<Scalar> gradient_;
};

DeepTrainer::DeepTrainer(const DeepShape& shape, const DeepRule& rule, std::span<const double> start) {
  if (rule.single_precision) {
    engine_ = std::make_unique<EngineOf<float>>(shape, rule, start);
  } else {
    engine_ = std::make_unique<EngineOf<double>>(shape, rule, start);
  }
}
DeepTrainer::DeepTrainer(DeepTrainer&&) noexcept = default;
DeepTrainer& DeepTrainer::operator=(DeepTrainer&&) noexcept = default;
DeepTrainer::~DeepTrainer() = default;

double DeepTrainer::step(std::span<const double> points) { return engine_->step(points); }
std::uint64_t DeepTrainer::steps() const { return engine_->steps; }
void DeepTrainer::reconstruct(std::span<const double> points, std::span<double> reconstructions, std::span<double> latents) const {
  engine_->reconstruct(points, reconstructions, latents);
}
double DeepTrainer::gradient(std::span<const double> points, std::span<double> gradient) const { return engine_->gradient(points, gradient); }
std::vector<double> DeepTrainer::parameters() const { return engine_->parameters(); }

std::string DeepTrainer::state() const {
  const auto numbers = engine_->moments_and_parameters();
  std::string bytes(sizeof engine_->steps, '\0');
  std::memcpy(bytes.data(), &engine_->steps, sizeof engine_->steps);
  return bytes.append(numbers.data(), numbers.size());
}

void DeepTrainer::restore(std::string_view state) {
  const auto numbers = engine_->moments_and_parameters();
  if (state.size() != sizeof engine_->steps + numbers.size()) throw std::runtime_error("it is of another network or another optimizer");
  std::memcpy(&engine_->steps, state.data(), sizeof engine_->steps);
  std::memcpy(numbers.data(), state.data() + sizeof engine_->steps, numbers.size());
}

}  // namespace aesweep
