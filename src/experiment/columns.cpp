#include "aesweep/experiment/columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "aesweep/experiment/experiment.hpp"
#include "deep_columns.hpp"

namespace aesweep {

Observable real(std::string name, std::vector<std::string> dims, std::string units, std::string meaning) {
  return {std::move(name), std::move(dims), DataType::float64, std::numeric_limits<double>::quiet_NaN(), std::move(units), std::move(meaning), true};
}

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Observable bookkeeping(std::string name, DataType type, double fill, std::string units, std::string meaning) {
  return {std::move(name), {}, type, fill, std::move(units), std::move(meaning), false};
}

void add_order_parameters(std::vector<Observable>& columns) {
  const std::vector<std::string> dims{"time", "k", "l"};
  const auto add = [&](const std::string& name, const std::string& meaning) {
    columns.push_back(real(name, dims, "", meaning + ", over all modes"));
    columns.push_back(real(name + "_bulk", dims, "", meaning + ", over the modes beyond the spikes (beyond the followed components of other data)"));
  };
  add("Q", "W (rho_hat + s^2/D) W^T: covariance of the pre-activations");
  add("R", "V rho_hat W^T, V = v/sqrt(D)");
  add("T1", "V rho_hat V^T");
  add("T0", "V V^T");
}

void add_weights(std::vector<Observable>& columns, WeightsRecord weights) {
  if (weights == WeightsRecord::leading) {
    columns.push_back(real("encoder", {"time", "k", "component"}, "", "w along each followed component"));
    columns.push_back(real("decoder", {"time", "k", "component"}, "", "v along each followed component (v/sqrt(D) at D = infinity)"));
    columns.push_back(real("bias", {"time", "k"}, "", "b"));
    columns.push_back(real("encoder_norm", {"time", "k"}, "", "|w| over all coordinates (over sqrt(D) at D = infinity)"));
    columns.push_back(real("decoder_norm", {"time", "k"}, "", "|v| over all coordinates (over sqrt(D) at D = infinity)"));
  }
  if (weights == WeightsRecord::final) {
    columns.push_back(real("final_encoder", {"k", "coordinate"}, "", "w at the horizon, in the coordinates of the inputs (pixels of images, axes of data.eigenvectors)"));
    columns.push_back(real("final_decoder", {"k", "coordinate"}, "", "v at the horizon, in the coordinates of the inputs (pixels of images, axes of data.eigenvectors)"));
    columns.push_back(real("final_bias", {"k"}, "", "b at the horizon"));
  }
}

/// Whether a key takes a value of some kind on the grid; `at_first` is its value at the first point.
bool some_point(const Sweep& sweep, const char* key, bool (*is)(double), double at_first) {
  for (const auto* axis : sweep.moved())
    for (const auto& column : axis->columns)
      if (column.key == key) return std::ranges::any_of(column.numbers, is);
  return is(at_first);
}

const char* meaning_of_steps(Engine engine) {
  switch (engine) {
    case Engine::ode: return "right-hand sides evaluated";
    case Engine::sgd: return "SGD steps";
    case Engine::exact: return "times at which the closed form was evaluated";
    case Engine::descent: return "steps of gradient descent";
    case Engine::deep: return "steps of training";
  }
  return "";
}

}  // namespace

Extents extents_of(const Sweep& sweep) {
  Extents extents{static_cast<std::size_t>(sweep.record.components), static_cast<std::size_t>(sweep.record.count) + 1};
  for (const auto& [name, values] : further_scales(sweep)) extents.further[name] = values.size();
  const bool all = sweep.record.weights == WeightsRecord::final || sweep.record.reconstruction > 0;
  if (!sweep.record.order_parameters && sweep.record.weights == WeightsRecord::none && !sweep.has(Engine::deep)) return extents;
  for (std::uint64_t index = 0; index < sweep.points(); ++index) {
    if (sweep.excluded(index)) continue;
    const auto point = sweep.point(index);
    extents.hidden = std::max(extents.hidden, static_cast<std::size_t>(point.model.hidden));
    if (all) extents.coordinate = std::max(extents.coordinate, static_cast<std::size_t>(point.data.dimension));
  }
  return extents;
}

std::map<std::string, std::vector<double>> further_scales(const Sweep& sweep) {
  return sweep.has(Engine::deep) ? deep_scales(sweep) : std::map<std::string, std::vector<double>>{};
}

std::vector<std::string> reference_columns(const Sweep& sweep) {
  std::vector<std::string> names{"chance", "pca_error", "denoising_error"};
  if (sweep.has(Engine::deep)) names.insert(names.end(), {"reach", "bound"});
  return names;
}

bool has_input_noise(const Sweep& sweep) {
  return some_point(sweep, "training.input_noise", [](double s) { return s > 0.0; }, sweep.point(0).training.input_noise);
}

bool has_training_set(const Sweep& sweep) {
  return some_point(sweep, "data.training_samples", [](double samples) { return std::isfinite(samples); },
                    sweep.point(0).data.training_samples == kInfinity ? std::numeric_limits<double>::infinity() : 0.0);
}

std::vector<Observable> engine_columns(const Sweep& sweep, Engine engine) {
  std::vector<Observable> columns;
  const bool noisy = has_input_noise(sweep), deep = engine == Engine::deep;
  const char* error_units = deep ? "(1/2) E|x - xhat|^2" : "(1/2D) E|x - xhat|^2";
  if (sweep.record.trajectories) {
    columns.push_back(real("pmse", {"time"}, error_units, "reconstruction error along the trajectory, NaN after divergence"));
    columns.push_back(real("explained", {"component", "time"}, "share of variance", "explained variance of each leading component"));
    if (noisy) {
      columns.push_back(real("pmse_clean", {"time"}, "(1/2D) E|x - xhat|^2", "error of the same map on inputs without noise"));
      columns.push_back(real("explained_clean", {"component", "time"}, "share of variance", "explained variance on inputs without noise"));
    }
  }
  if (sweep.record.trajectories && (engine == Engine::sgd || engine == Engine::descent || deep) && has_training_set(sweep))
    columns.push_back(real("pmse_training", {"time"}, error_units, "error on the training set (its first 10 000 inputs in SGD), NaN without one"));
  if (deep) add_deep_columns(columns, sweep);
  if (sweep.record.order_parameters) add_order_parameters(columns);
  add_weights(columns, sweep.record.weights);
  columns.push_back(real("final_pmse", {}, error_units, "error at the horizon"));
  columns.push_back(real("excess", {}, "", deep ? "share of the manifold that is reconstructed worse than outcome.epsilon at the horizon"
                                                : "(pmse - best)/(chance - best) at the horizon: 0 best reachable, 1 chance"));
  columns.push_back({"learnt", {}, DataType::int16, -1, "", "followed components learnt at the horizon, -1 unless done", true});
  columns.push_back(real("learning_time", {"component"}, engine == Engine::descent || deep ? "steps" : "steps / D", "first crossing of the learnt threshold, NaN if never"));
  columns.push_back({"converged", {}, DataType::boolean, 0, "", "pmse changed by less than 0.001 chance over the second half of the horizon", true});
  if (engine == Engine::sgd && sweep.has(Engine::ode))
    columns.push_back(real("theory_gap", {}, "chance", "max over the recorded times of |pmse of SGD - pmse of the flow| / chance"));
  columns.push_back({"steps", {}, DataType::uint64, 0, "", meaning_of_steps(engine), true});
  columns.push_back(bookkeeping("seconds", DataType::float64, kNaN, "s", "time spent on this row"));
  columns.push_back(bookkeeping("rank", DataType::int32, -1, "", "rank that computed this row"));
  columns.push_back(bookkeeping("attempts", DataType::int32, 0, "", "how often this row was computed"));
  columns.push_back(bookkeeping("instruction_set", DataType::uint8, 0, "", "what this row was computed with: 1 generic code, N x86-64-vN, 0 none yet"));
  return columns;
}

std::vector<Observable> phase_columns(const Sweep& sweep) {
  const std::string interval = sweep.sequential.min > 0 ? "the exact 95 % interval, its error shared among the looks" : "the 95 % Wilson interval";
  std::vector<Observable> columns;
  for (const auto engine : sweep.engines) {
    const std::string group = name(engine) + "/";
    columns.push_back(real(group + "success", {}, "probability", "share of replicas with excess <= success_excess"));
    columns.push_back(real(group + "success_low", {}, "probability", "lower end of " + interval));
    columns.push_back(real(group + "success_high", {}, "probability", "upper end of " + interval));
    columns.push_back(real(group + "learnt_mean", {}, "components", "mean number of learnt components, diverged replicas count 0"));
    columns.push_back(real(group + "excess_mean", {}, "", "mean excess of the replicas that did not diverge"));
    columns.push_back(real(group + "excess_sem", {}, "", "its standard error"));
    columns.push_back({group + "replicas", {}, DataType::uint64, 0, "", "replicas done or diverged", true});
  }
  if (sweep.has(Engine::ode) && sweep.has(Engine::sgd)) {
    columns.push_back(real("theory_gap", {}, "chance", "mean over replicas of theory_gap"));
    if (sweep.record.trajectories)
      columns.push_back(real("theory_bias", {}, "chance", "max over the recorded times of |mean pmse of SGD - mean pmse of the flow| / chance"));
  }
  return columns;
}

}  // namespace aesweep
