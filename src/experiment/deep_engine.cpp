#include "deep_engine.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "aesweep/deep/trainer.hpp"
#include "aesweep/experiment/deep_shape.hpp"
#include "deep_recorder.hpp"

namespace aesweep {
namespace {

DeepRule rule_of(const TrainingConfig& training) {
  DeepRule rule;
  rule.optimizer = training.optimizer == Optimizer::adam ? OptimizerKind::adam : OptimizerKind::sgd;
  rule.single_precision = training.precision == Precision::float32;
  rule.batch = static_cast<int>(training.batch);
  rule.learning_rate = training.learning_rate;
  rule.weight_decay = training.weight_decay.front();
  rule.rate_decay_exponent = training.rate_decay_exponent;
  rule.rate_decay_time = training.rate_decay_time;
  return rule;
}

ManifoldSamples samples_of(const Setting& setting, const Eigen::MatrixXd& isometry) {
  const auto& data = setting.point.data;
  const auto samples = data.training_samples == kInfinity ? 0 : static_cast<std::uint64_t>(data.training_samples);
  return {setting.dataset.manifold, isometry, data.embedding_noise, samples, setting.stream};
}

/// One replica on its way.
class DeepReplica {
 public:
  DeepReplica(const Setting& setting, const Wanted& wanted, const Poll& poll, const EngineCheckpoint* checkpoint)
      : setting_(setting), poll_(poll), checkpoint_(checkpoint),
        isometry_(random_isometry(setting.point.data.dimension, facts(setting.point.data.manifold).ambient, setting.stream)),
        samples_(samples_of(setting, isometry_)), shape_(deep_shape_of(setting.point)),
        trainer_(shape_, rule_of(setting.point.training), deep_start(shape_, setting.point.initial.gain, setting.stream)),
        recorder_(setting, wanted, isometry_, samples_),
        batch_(static_cast<std::size_t>(setting.point.training.batch * setting.point.data.dimension)) {
    if (checkpoint && !checkpoint->begun.empty()) restore(checkpoint->begun);
  }

  Recording run() {
    try {
      for (std::size_t i = recorder_.seen(); i < setting_.times.size(); ++i) {
        if (!train(static_cast<std::uint64_t>(std::llround(setting_.times[i])))) {
          recorder_.diverge(i);
          break;
        }
        if (!recorder_.see(i, trainer_.steps(), map_)) break;
      }
    } catch (const Stopped&) {
      if (checkpoint_) checkpoint_->keep(saved());
      throw;
    }
    return recorder_.finish(trainer_.steps());
  }

 private:
  /// @returns false if the loss has ceased to be finite.
  bool train(std::uint64_t target) {
    while (trainer_.steps() < target) {
      if (trainer_.steps() % steps_per_poll_ == 0) rest();
      samples_.draw(trainer_.steps(), batch_);
      if (!std::isfinite(trainer_.step(batch_))) return false;
    }
    return true;
  }
  void rest() const {
    poll_();
    if (checkpoint_ && checkpoint_->due()) checkpoint_->keep(saved());
  }
  /// Steps that take some 2 ms.
  std::uint64_t steps_between_polls() const {
    const double step = 5e-6 + 3e-10 * static_cast<double>(setting_.point.training.batch) * static_cast<double>(shape_.parameters());
    return static_cast<std::uint64_t>(std::max(1.0, 2e-3 / step));
  }

  std::string saved() const {
    ByteWriter bytes;
    bytes.put(trainer_.steps());
    bytes.put(trainer_.state());
    recorder_.save(bytes);
    return bytes.take();
  }
  void restore(const std::string& state) {
    ByteReader bytes(state);
    const auto steps = bytes.integer();
    trainer_.restore(bytes.text());
    recorder_.restore(bytes);
    if (steps != trainer_.steps() || !bytes.at_end()) throw std::runtime_error("it is longer than it should be");
  }

  const Setting& setting_;
  const Poll& poll_;
  const EngineCheckpoint* checkpoint_;
  Eigen::MatrixXd isometry_;
  ManifoldSamples samples_;
  DeepShape shape_;
  DeepTrainer trainer_;
  DeepRecorder recorder_;
  std::vector<double> batch_;
  const std::uint64_t steps_per_poll_ = steps_between_polls();
  const Reconstruct map_ = [this](std::span<const double> points, std::span<double> reconstructions, std::span<double> latents) {
    poll_();
    trainer_.reconstruct(points, reconstructions, latents);
  };
};

}  // namespace

Recording run_deep(const Setting& setting, const Wanted& wanted, const Poll& poll, const EngineCheckpoint* checkpoint) {
  return DeepReplica(setting, wanted, poll, checkpoint).run();
}

}  // namespace aesweep
