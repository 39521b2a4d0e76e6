#include "aesweep/experiment/cost.hpp"

#include <algorithm>
#include <cmath>

#include "aesweep/data/population.hpp"
#include "aesweep/experiment/deep_shape.hpp"
#include "aesweep/sgd/gram_sgd.hpp"
#include "aesweep/sweep/sgd_method.hpp"

namespace aesweep {
namespace {

/// Seconds of one multiplication and addition of a deep network's products, of one unit's activation, of what else a step does; evaluations of the network
/// at each recorded time, and seconds of what is done with them, altogether and for each coordinate of each.
constexpr double kDeepProduct = 2e-11, kDeepUnit = 5e-10, kDeepStep = 5e-6, kTestPoints = 2e4, kDeepJudged = 1e-2,
                 kDeepCoordinate = 2e-8;

/// Largest eigenvalue over D, roughly: enough to tell a stiff flow from a slow one.
double leading_rho_hat(const DataConfig& data) {
  switch (data.kind) {
    case DataKind::spiked: return *std::ranges::max_element(data.spikes);
    case DataKind::power_law: return data.trace;
    default: return 1.0;
  }
}

/// Modes left after equal eigenvalues were compressed.
double flow_modes(const PointConfig& point, const Sweep& sweep) {
  const auto dimension = static_cast<double>(point.data.dimension);
  if (point.data.kind != DataKind::spiked) return dimension;
  const auto leading = std::max(static_cast<double>(point.data.spikes.size()), static_cast<double>(sweep.record.components));
  return std::min(dimension, leading + 2.0 * static_cast<double>(point.model.hidden));
}

/// Seconds of one pair's Gaussian moments at variances of order one.
double moment_seconds(const ModelConfig& model) {
  switch (model.activation) {
    case Activation::linear: return 5e-9;
    case Activation::gelu: return 8e-8;
    case Activation::tanh: return 2.5e-6;
    case Activation::sigmoid:
    case Activation::softplus:
    case Activation::silu: return 1.3e-6;
    default: return model.bias == BiasKind::none ? 4e-8 : 3e-7;
  }
}

/// Gaussians over which the flow averages: as latent_mixture chooses them.
double flow_nodes(const DataConfig& data) {
  if (data.kind != DataKind::spiked || data.latent == LatentLaw::gaussian || data.latent_flow == LatentFlow::covariance) return 1.0;
  const auto spikes = static_cast<double>(data.spikes.size());
  const bool halves = data.latent == LatentLaw::laplace || data.latent == LatentLaw::nonnegative;
  return std::min(std::pow(halves ? 32.0 : 2.0, spikes), static_cast<double>(kMostNodes));
}

/// Seconds of one right-hand side over `nodes` Gaussians along n modes.
double evaluation_seconds(const PointConfig& point, double n, double nodes) {
  const auto K = static_cast<double>(point.model.hidden);
  return 3e-7 + nodes * moment_seconds(point.model) * K * K + 6.0 * K * K * n * 2.5e-10 + 4e-9 * K * n + (nodes > 1.0 ? 2e-9 * nodes * K * n : 0.0);
}

double flow_seconds(const PointConfig& point, const Sweep& sweep) {
  const double evaluation = evaluation_seconds(point, flow_modes(point, sweep), flow_nodes(point.data));
  const double time_scale = point.training.learning_rate * std::max(leading_rho_hat(point.data), 0.1) * point.training.horizon;
  // A tied flow is the stiffer the further r lies above √D, which gives linear units a rate of order one.
  const double stiffness = point.model.tied ? std::max(1.0, point.training.tied_rate / std::sqrt(static_cast<double>(point.data.dimension))) : 1.0;
  // Late in a run stability limits the steps, and the stabilised method's cost grows more slowly than time.
  const double rates = time_scale * stiffness;
  const double evaluations = 500.0 + std::min(12.0 * rates, 130.0 * std::cbrt(rates * rates));
  return evaluations * evaluation;
}

/// A replica's share of a group of the Gram process, whose cost does not know D.
double gram_seconds(const PointConfig& point, const Sweep& sweep) {
  const auto K = static_cast<double>(point.model.hidden), D = static_cast<double>(point.data.dimension);
  const auto axes = static_cast<double>(gram_axes(point, sweep.record));
  const auto batch = sweep.sequential.min > 0 ? sweep.sequential.min : sweep.replicas;
  const double lanes = GramSgd::group(), together = std::min(lanes, static_cast<double>(batch));
  const double step = lanes * 4e-9 * (12.0 + 0.5 * K * axes);
  const double start = std::min(D, static_cast<double>(kLargestDimension)) * (2e-8 * K + 4e-9 * K * K);
  const double judged = 1e-6 + moment_seconds(point.model) * K * K * flow_nodes(point.data) + 4e-9 * K * axes;
  return point.training.horizon * D * step / together + start + static_cast<double>(sweep.record.count) * judged;
}

double sgd_seconds(const PointConfig& point, const Sweep& sweep) {
  if (point.training.sgd_method == SgdMethod::gram) return gram_seconds(point, sweep);
  const auto K = static_cast<double>(point.model.hidden), D = static_cast<double>(point.data.dimension);
  const bool images = point.data.kind == DataKind::images;
  const double normals = (images ? 0.0 : 1.0) + (point.training.input_noise > 0.0 ? 1.0 : 0.0);
  const double step = 3e-7 + 4e-10 * K * K + D * ((images ? 1e-9 : 0.0) + 1.2e-9 * normals + 2.5e-10 * (K + 1.0));
  const double measured = images ? static_cast<double>(std::min<std::int64_t>(point.data.samples, 10000)) * D * (2e-9 + 4e-10 * K) : D * K * 2e-9;
  return point.training.horizon * D * step + static_cast<double>(sweep.record.count) * measured;
}

/// Steps of unit length, over the training set or the pool of images where they are what is descended on.
double descent_seconds(const PointConfig& point, const Sweep& sweep) {
  const auto& data = point.data;
  const bool pool = data.kind == DataKind::images && !data.gaussian_surrogate && (point.model.activation != Activation::linear || point.model.bias != BiasKind::none);
  const auto samples = data.training_samples != kInfinity ? data.training_samples : pool ? data.samples : 0;
  if (samples == 0) return point.training.horizon * evaluation_seconds(point, flow_modes(point, sweep), flow_nodes(data));
  return point.training.horizon * evaluation_seconds(point, static_cast<double>(data.dimension), static_cast<double>(samples));
}

/// Steps of B samples, and at each recorded time the test set with the search for the supremum.
double deep_seconds(const PointConfig& point, const Sweep& sweep) {
  const auto shape = deep_shape_of(point);
  const auto units = static_cast<double>(shape.units()), weights = static_cast<double>(shape.parameters()) - units;
  const double precision = point.training.precision == Precision::float32 ? 1.0 : 2.0;
  const double sample = precision * (kDeepProduct * weights + kDeepUnit * units);
  const double batch = static_cast<double>(point.training.batch);
  const double judged = kDeepJudged + kTestPoints * (sample + kDeepCoordinate * static_cast<double>(point.data.dimension));
  return point.training.horizon * (kDeepStep + 3.0 * batch * sample) + static_cast<double>(sweep.record.count) * judged;
}

}  // namespace

double expected_seconds(const PointConfig& point, const Sweep& sweep) {
  double seconds = 0.0;
  if (sweep.has(Engine::ode)) seconds += flow_seconds(point, sweep);
  if (sweep.has(Engine::sgd)) seconds += sgd_seconds(point, sweep);
  if (sweep.has(Engine::exact)) seconds += 1e-6 * static_cast<double>(sweep.record.count) * flow_modes(point, sweep);
  if (sweep.has(Engine::descent)) seconds += descent_seconds(point, sweep);
  if (sweep.has(Engine::deep)) seconds += deep_seconds(point, sweep);
  return seconds;
}

std::uint8_t cost_class(const PointConfig& point) {
  const bool deep = point.data.kind == DataKind::manifold;
  const auto units = deep ? std::ranges::max(point.model.encoder_layers()) / 4 : point.model.hidden;
  const unsigned size = units < 8 ? 0U : units < 24 ? 1U : 2U;
  const unsigned biased = point.model.bias == BiasKind::none ? 0U : 1U, tied = point.model.tied ? 1U : 0U;
  static_assert(((static_cast<unsigned>(Activation::leaky_relu) * 2 + 1) * 6 + 5) * 2 + 1 < 256, "a class is one byte");
  const unsigned gram = point.training.sgd_method == SgdMethod::gram ? 1U : 0U;
  return static_cast<std::uint8_t>((((static_cast<unsigned>(point.model.activation) * 2 + biased) * 2 + tied) * 3 + size) * 2 + gram);
}

}  // namespace aesweep
