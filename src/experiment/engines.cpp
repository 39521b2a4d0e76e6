#include "engines.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <stdexcept>

#include "aesweep/dynamics/descent.hpp"
#include "aesweep/dynamics/exact.hpp"
#include "aesweep/dynamics/expand.hpp"
#include "aesweep/sgd/simulate.hpp"
#include "deep_engine.hpp"

namespace aesweep {
namespace {

using Seen = std::function<bool(std::size_t, const Weights&)>;
using Run = std::function<std::uint64_t(const Seen&)>;

/// Records a replica; `run` runs it and shows the weights.
Recording record(const Setting& setting, const Wanted& wanted, Watch watch, const Run& run) {
  Recorder recorder(setting, wanted, std::move(watch));
  const auto steps = run([&](std::size_t i, const Weights& weights) { return recorder.see(i, weights); });
  return recorder.finish(steps);
}

double pca_error_reached(const LearningRule& rule, const RowMatrix& encoder, const Eigen::VectorXd& rho_hat, double total) {
  return is_hebbian(rule.kind) ? alignment_error(encoder, rho_hat, total) : projector_error(encoder, rho_hat, total);
}

/// Modes that are not bulk: the spikes, else the followed components.
Eigen::Index leading_modes(const Setting& setting, const Wanted& wanted) {
  const auto& data = setting.point.data;
  return static_cast<Eigen::Index>(data.kind == DataKind::spiked ? data.spikes.size() : wanted.components());
}

/// Modes that keep an axis of their own, whatever their eigenvalue.
Eigen::Index followed_modes(const Setting& setting, const Wanted& wanted) {
  // A p-norm depends on the axes.
  if (setting.rule.kind == RuleKind::normalised_hebb && setting.rule.norm_power != 2.0) return setting.start.modes();
  return std::max(static_cast<Eigen::Index>(wanted.components()), leading_modes(setting, wanted));
}

bool is_infinite(const Setting& setting) { return setting.point.data.dimension == kInfinity; }

Modes modes_of(const Setting& setting, Eigen::Index followed) {
  const auto& data = setting.point.data;
  const bool by_law = data.latent_flow == LatentFlow::exact;
  if (!is_infinite(setting)) return compress(setting.spectrum, setting.start, followed, by_law ? setting.dataset.latents : nullptr);
  const auto& initial = setting.point.initial;
  const bool random = initial.kind == StartKind::random;
  return infinite_modes(data.spikes, data.bulk, setting.start, random ? initial.encoder_std : 0.0, random ? initial.decoder_std : 0.0,
                        by_law ? latent_of(data) : Latent{});
}

/// Weights of the network along its modes, in the units of the file: at D = ∞ of v/√D, and norms of w/√D and v/√D.
WeightSpace weight_space(const Setting& setting, const Population& population, const Wanted& wanted) {
  WeightSpace space;
  space.rho_hat = population.rho_hat;
  space.noise = setting.rule.noise;
  space.leading = leading_modes(setting, wanted);
  space.decoder_unit = is_infinite(setting) ? 1.0 : std::sqrt(static_cast<double>(setting.point.data.dimension));
  space.encoder_norm_from = is_infinite(setting) ? population.moving() : 0;
  return space;
}

std::unique_ptr<NetworkRecord> network_record(const Wanted& wanted, WeightSpace space) {
  return NetworkRecord::is_wanted(wanted.columns) ? std::make_unique<NetworkRecord>(wanted.columns, wanted.extents, std::move(space)) : nullptr;
}

/// What watches a network along modes that stand for all D.
Watch watch_modes(const Setting& setting, const Population& modes, Eigen::Index followed, const Wanted& wanted) {
  const auto& rule = setting.rule;
  const auto judge_for = [&](double noise) { return population_judge(rule.activation, setting.start.hidden(), modes, noise); };
  Watch watch{judge_for(rule.noise), wanted.clean ? judge_for(0.0) : nullptr, nullptr};
  auto space = weight_space(setting, modes, wanted);
  space.coordinates = [&setting, followed](const Weights& weights) {
    auto all = expand(setting.spectrum, setting.start, followed, weights);
    return to_pixels(setting.dataset.basis, std::move(all));
  };
  watch.network = network_record(wanted, std::move(space));
  if (is_pca_rule(rule.kind))
    watch.reached = [&rule, rho_hat = modes.rho_hat, total = modes.total](const Weights& weights) {
      return pca_error_reached(rule, weights.encoder, rho_hat, total);
    };
  return watch;
}

/// Theory along the modes of `modes`, by whatever runs it.
Recording run_theory(const Setting& setting, const Modes& modes, Eigen::Index followed, const Wanted& wanted, const Run& run) {
  return record(setting, wanted, watch_modes(setting, modes, followed, wanted), run);
}

Recording run_flow(const Setting& setting, const Wanted& wanted, const Tolerance& tolerance, const Poll& poll) {
  const auto followed = followed_modes(setting, wanted);
  const auto modes = modes_of(setting, followed);
  return run_theory(setting, modes, followed, wanted,
                    [&](const Seen& seen) { return integrate_flow(setting.rule, modes, setting.times, tolerance, seen, poll); });
}

/// Closed forms need an axis for each neuron; linear networks see no more of the data than the covariance.
Recording run_exact(const Setting& setting, const Wanted& wanted, const Poll& poll) {
  const auto followed = std::min(std::max(followed_modes(setting, wanted), setting.start.hidden()), setting.start.modes());
  auto modes = modes_of(setting, followed);
  modes.mixture = nullptr;
  return run_theory(setting, modes, followed, wanted, [&](const Seen& seen) { return solve_exactly(setting.rule, modes, setting.times, seen, poll); });
}

/// What watches a network that carries all D coordinates, those of the inputs.
Watch watch_inputs(const Setting& setting, const Wanted& wanted) {
  const auto& rule = setting.rule;
  const auto& dataset = setting.dataset;
  const auto* images = dataset.images.get();
  const Eigen::Index hidden = setting.start.hidden(), components = static_cast<Eigen::Index>(wanted.components());
  const Population population(dataset.spectrum.rho_hat(), dataset.spectrum.total(), 0, dataset.latents);
  const auto judge_for = [&](double noise) {
    return images ? pool_judge(rule.activation, hidden, components, images->pool, images->statistics, noise)
                  : population_judge(rule.activation, hidden, population, noise);
  };
  Watch watch{judge_for(rule.noise), wanted.clean ? judge_for(0.0) : nullptr, nullptr};
  auto space = weight_space(setting, population, wanted);
  if (images) {
    space.pixels = &dataset.basis;
  } else {
    space.coordinates = [&dataset](const Weights& weights) { return to_pixels(dataset.basis, weights); };
  }
  watch.network = network_record(wanted, std::move(space));
  if (is_pca_rule(rule.kind))
    watch.reached = [&rule, &dataset, images, population](const Weights& weights) {
      return pca_error_reached(rule, images ? dataset.basis.to_eigenbasis(weights.encoder) : weights.encoder, population.rho_hat, population.total);
    };
  return watch;
}

/// The setting's start in the coordinates of the inputs.
Weights input_start(const Setting& setting) {
  return setting.dataset.images ? to_pixels(setting.dataset.basis, setting.start) : setting.start;
}

/// State of a replica at rest, with all that was recorded of it.
std::string saved(const Weights& weights, std::uint64_t steps, const Recorder& recorder) {
  const auto& [encoder, decoder, bias] = weights;
  ByteWriter bytes;
  bytes.put(steps);
  for (const auto* matrix : {&encoder, &decoder}) bytes.put(std::span(matrix->data(), static_cast<std::size_t>(matrix->size())));
  bytes.put(std::span(bias.data(), static_cast<std::size_t>(bias.size())));
  recorder.save(bytes);
  return bytes.take();
}

/// The same into weights of the right shape and a fresh recorder. @returns the steps made.
std::uint64_t restore(const std::string& state, Weights& weights, Recorder& recorder) {
  auto& [encoder, decoder, bias] = weights;
  ByteReader bytes(state);
  const auto steps = bytes.integer();
  for (auto* matrix : {&encoder, &decoder}) bytes.fill({matrix->data(), static_cast<std::size_t>(matrix->size())});
  bytes.fill({bias.data(), static_cast<std::size_t>(bias.size())});
  recorder.restore(bytes);
  if (!bytes.at_end()) throw std::runtime_error("it is longer than it should be");
  return steps;
}

Recording run_vector_sgd(const Setting& setting, const Wanted& wanted, const Poll& poll, const EngineCheckpoint* checkpoint) {
  const auto& dataset = setting.dataset;
  auto watch = watch_inputs(setting, wanted);
  if (dataset.training) {
    const auto judged = std::min(static_cast<std::uint64_t>(setting.point.data.training_samples), kPoolSample);
    // The error alone is kept of the training set, no component.
    watch.training = sample_judge(setting.rule.activation, setting.start.hidden(), 0, *dataset.population, setting.stream, judged, setting.rule.noise);
  }
  Recorder recorder(setting, wanted, std::move(watch));
  auto weights = input_start(setting);
  const auto begun = checkpoint && !checkpoint->begun.empty() ? restore(checkpoint->begun, weights, recorder) : 0;
  VectorSgd replica(setting.rule, std::move(weights), dataset.inputs(), setting.stream, begun);
  const Poll keeping = [&] {
    poll();
    if (replica.at_rest() && checkpoint->due()) checkpoint->keep(saved(replica.weights(), replica.steps(), recorder));
  };
  const auto see = [&](std::size_t i, const Weights& now) { return recorder.see(i, now); };
  try {
    return recorder.finish(simulate(replica, setting.times, see, checkpoint ? keeping : poll, recorder.seen()));
  } catch (const Stopped&) {
    if (checkpoint) checkpoint->keep(saved(replica.weights(), replica.steps(), recorder));
    throw;
  }
}

/// The modes that the Gram process carries: the followed axes and as many of the bulk as the rows span, with the inputs' own law along them.
Modes gram_modes(const Setting& setting, Eigen::Index followed) {
  auto modes = compress(setting.spectrum, setting.start, followed, setting.dataset.latents);
  const Eigen::Index hidden = setting.start.hidden(), bulk = GramSgd::bulk_axes(setting.rule, hidden);
  auto& [encoder, decoder, bias] = modes.weights;
  if (encoder.cols() - followed > bulk) {   // the decoder hangs on the encoder, whose rows span no more
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(encoder.rightCols(encoder.cols() - followed).transpose());
    RowMatrix rows(hidden, followed + bulk);
    rows.leftCols(followed) = encoder.leftCols(followed);
    rows.rightCols(bulk) = Eigen::MatrixXd(qr.matrixQR().topRows(bulk).triangularView<Eigen::Upper>()).transpose();
    encoder = std::move(rows);
    decoder = encoder * (is_pca_rule(setting.rule.kind) ? 1.0 : setting.rule.decoder_scale);
    modes.rho_hat.conservativeResize(followed + bulk);
  }
  return modes;
}

GramInputs gram_inputs(const DataConfig& data, Eigen::Index followed) {
  GramInputs inputs{data.spikes, data.bulk, static_cast<double>(data.dimension), latent_of(data)};
  std::ranges::sort(inputs.tracked, std::greater());
  inputs.tracked.resize(static_cast<std::size_t>(followed), 0.0);
  return inputs;
}

/// Replicas side by side, as they are recorded.
class GramReplicas {
 public:
  using Ended = std::function<void(std::size_t, Recording)>;

  GramReplicas(std::span<const Member> members, const Wanted& wanted, const Ended& ended) : members_(members), ended_(ended), running_(members.size(), true) {
    const auto& first = members.front().setting;
    const auto followed = followed_modes(first, wanted);
    std::vector<Weights> weights;
    std::vector<RandomStream> streams;
    std::uint64_t steps = 0;
    for (const auto& [setting, checkpoint] : members) {
      const auto modes = gram_modes(setting, followed);
      weights.push_back(modes.weights);
      streams.push_back(setting.stream);
      recorders_.emplace_back(setting, wanted, watch_modes(setting, modes, followed, wanted));
      if (checkpoint && !checkpoint->begun.empty()) steps = restore(checkpoint->begun, weights.back(), recorders_.back());
    }
    process_.emplace(first.rule, gram_inputs(first.point.data, followed), weights, streams, steps);
  }

  void run(const Poll& poll) {
    const auto& setting = members_.front().setting;
    const Poll keeping = [&] {
      try {
        poll();
      } catch (const Stopped&) {
        keep([](const EngineCheckpoint&) { return true; });
        throw;
      }
      keep([](const EngineCheckpoint& checkpoint) { return checkpoint.due(); });
    };
    simulate(*process_, static_cast<double>(setting.point.data.dimension), setting.times, [&](std::size_t i) { return see(i); }, keeping,
             recorders_.front().seen());
    for (std::size_t i = 0; i < members_.size(); ++i)
      if (running_[i]) end(i);
  }

 private:
  /// @returns whether any replica still runs.
  bool see(std::size_t time) {
    for (std::size_t i = 0; i < members_.size(); ++i)
      if (running_[i] && !recorders_[i].see(time, process_->weights(i))) end(i);
    return std::ranges::find(running_, true) != running_.end();
  }
  void end(std::size_t i) {
    running_[i] = false;
    ended_(i, recorders_[i].finish(process_->steps()));
  }
  template <class Wish>
  void keep(const Wish& is_wanted) const {
    for (std::size_t i = 0; i < members_.size(); ++i)
      if (const auto* checkpoint = members_[i].checkpoint; running_[i] && checkpoint && is_wanted(*checkpoint))
        checkpoint->keep(saved(process_->weights(i), process_->steps(), recorders_[i]));
  }

  std::span<const Member> members_;
  const Ended& ended_;
  std::vector<Recorder> recorders_;
  std::vector<bool> running_;
  std::optional<GramSgd> process_;
};

/// A finite set of inputs, shape (D, P), as a population: its points, each with the same weight.
Population population_of(Eigen::MatrixXd points) {
  const Eigen::Index dimension = points.rows(), count = points.cols();
  const double total = points.squaredNorm() / static_cast<double>(count);
  auto mixture = std::make_shared<GaussianMixture>(
      GaussianMixture{Eigen::VectorXd::Constant(count, 1.0 / static_cast<double>(count)), std::move(points), Eigen::VectorXd::Zero(dimension)});
  return {Eigen::VectorXd::Zero(dimension), total, 0, std::move(mixture)};
}

/// Descent on a set of inputs in all their coordinates.
Recording run_descent_on(const Setting& setting, Eigen::MatrixXd points, bool is_training_set, const Wanted& wanted, const Poll& poll) {
  const Modes modes{population_of(std::move(points)), input_start(setting)};
  auto watch = watch_inputs(setting, wanted);
  if (is_training_set) watch.training = population_judge(setting.rule.activation, setting.start.hidden(), modes, setting.rule.noise);
  return record(setting, wanted, std::move(watch), [&](const Seen& seen) { return descend(setting.rule, modes, setting.times, seen, poll); });
}

/// Along the gradient over the training set, over the pool of images, or over the population; linear networks see no more of the pool than its covariance.
Recording run_descent(const Setting& setting, const Wanted& wanted, const Poll& poll) {
  const auto& dataset = setting.dataset;
  if (dataset.training) {
    const auto samples = static_cast<Eigen::Index>(setting.point.data.training_samples);
    return run_descent_on(setting, training_sample(*dataset.population, setting.stream, samples), true, wanted, poll);
  }
  const bool linear = setting.rule.activation == Activation::linear && setting.point.model.bias == BiasKind::none;
  if (dataset.images && !linear) return run_descent_on(setting, pool_matrix(*dataset.images), false, wanted, poll);
  const auto followed = followed_modes(setting, wanted);
  const auto modes = modes_of(setting, followed);
  return run_theory(setting, modes, followed, wanted, [&](const Seen& seen) { return descend(setting.rule, modes, setting.times, seen, poll); });
}

}  // namespace

bool runs_by_gram(const PointConfig& point) { return point.training.sgd_method == SgdMethod::gram; }

std::uint64_t steps_of(const std::string& begun) { return begun.empty() ? 0 : ByteReader(begun).integer(); }

void run_gram(std::span<const Member> members, const Wanted& wanted, const Poll& poll, const std::function<void(std::size_t, Recording)>& ended) {
  GramReplicas(members, wanted, ended).run(poll);
}

Recording run_engine(Engine engine, const Setting& setting, const Wanted& wanted, const Tolerance& tolerance, const Poll& poll,
                     const EngineCheckpoint* checkpoint) {
  switch (engine) {
    case Engine::ode: return run_flow(setting, wanted, tolerance, poll);
    case Engine::sgd: return run_vector_sgd(setting, wanted, poll, checkpoint);
    case Engine::exact: return run_exact(setting, wanted, poll);
    case Engine::descent: return run_descent(setting, wanted, poll);
    case Engine::deep: return run_deep(setting, wanted, poll, checkpoint);
  }
  throw std::logic_error("unknown engine");
}

}  // namespace aesweep
