#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "aesweep/data/images.hpp"
#include "aesweep/data/latent.hpp"
#include "aesweep/data/manifold.hpp"
#include "aesweep/gaussian/activation.hpp"

namespace aesweep {

// Plain values of one point of a sweep, and of what all points share. Meaning, units and defaults: interfaces.md and `aesweep keys`.

enum class DataKind : std::uint8_t { spiked, power_law, marchenko_pastur, spectrum, images, manifold };
enum class LatentFlow : std::uint8_t { exact, covariance };
enum class EigenvectorKind : std::uint8_t { identity, sinusoidal };
enum class BiasKind : std::uint8_t { none, fixed, trained };
enum class Rule : std::uint8_t { sgd, truncated, hebb, normalised_hebb, oja, sanger };
enum class Preset : std::uint8_t { thermodynamic, standard };
enum class SgdMethod : std::uint8_t { vector, gram, automatic };
enum class TiedGradient : std::uint8_t { full, encoder };
enum class Optimizer : std::uint8_t { adam, sgd };
enum class Precision : std::uint8_t { float32, float64 };
enum class StartKind : std::uint8_t { random, aligned, perfect, file };
enum class Spacing : std::uint8_t { log, linear };
enum class Engine : std::uint8_t { ode, sgd, exact, descent, deep };

/// "infinity" where an integer may be one: larger than any number that is given.
inline constexpr std::int64_t kInfinity = std::numeric_limits<std::int64_t>::max();
enum class WeightsRecord : std::uint8_t { none, leading, final };

struct DataConfig {
  DataKind kind = DataKind::spiked;
  std::int64_t dimension = 1000;      ///< D, to 10^12; filled from the file for spectrum and images, of a manifold with its own where 0; kInfinity: D = ∞
  std::vector<double> spikes;         ///< θ_m, expanded where given as { count, first, ratio }
  double bulk = 1.0;                  ///< σ² per coordinate
  std::int64_t bulk_samples = 1000;   ///< marchenko_pastur: P, the inputs whose empirical covariance it is
  LatentLaw latent = LatentLaw::gaussian;   ///< law of the spikes' coefficients
  double latent_sparsity = 0.1, latent_separation = 0.9;
  LatentFlow latent_flow = LatentFlow::exact;
  double exponent = 1.0, trace = 1.0; ///< power_law
  std::string file;                   ///< spectrum; absolute path
  ImageFormat format = ImageFormat::idx;
  std::vector<std::string> files;     ///< images; absolute paths
  bool gaussian_surrogate = false;    ///< images: Gaussian inputs of their covariance
  std::int64_t samples = 0;           ///< images; filled with the number available where not given
  EigenvectorKind eigenvectors = EigenvectorKind::identity;   ///< of synthetic data, for weights in pixels
  std::int64_t training_samples = kInfinity;   ///< P of a finite training set
  ManifoldKind manifold = ManifoldKind::circle;
  double embedding_noise = 0.0;       ///< manifold: of each coordinate of the inputs that are learnt
  bool operator==(const DataConfig&) const = default;
};

struct ModelConfig {
  std::int64_t hidden = 1;            ///< K; of a deep network k, its bottleneck
  Activation activation = Activation::erf;
  BiasKind bias = BiasKind::none;
  bool tied = false;                  ///< v_k ≡ w_k
  std::int64_t width = 32, depth = 2; ///< deep: hidden layers on each side
  std::vector<std::int64_t> encoder_widths{}, decoder_widths{};   ///< deep: hidden layers of one side; empty: `depth` of `width`

  /// Widths of the hidden layers from the input to the bottleneck, and from there to the output.
  std::vector<std::int64_t> encoder_layers() const { return encoder_widths.empty() ? equal_layers() : encoder_widths; }
  std::vector<std::int64_t> decoder_layers() const { return decoder_widths.empty() ? equal_layers() : decoder_widths; }
  std::vector<std::int64_t> equal_layers() const { return std::vector<std::int64_t>(static_cast<std::size_t>(depth), width); }
};

struct TrainingConfig {
  Rule rule = Rule::sgd;
  double norm_power = 2.0;            ///< p of normalised_hebb
  double learning_rate = 1.0;         ///< η
  std::vector<double> weight_decay{0.0};   ///< κ: one for all neurons, or one each
  double input_noise = 0.0;           ///< s
  double horizon = 100.0;             ///< t = steps / D (steps for descent and deep networks)
  double encoder_rate = 1.0, decoder_rate = 1.0, bias_rate = 1.0;   ///< factors of η
  double tied_rate = 0.0;             ///< factor of η of a tied model; filled with D where not given
  double rate_decay_exponent = 0.0, rate_decay_time = 1.0;   ///< η(t) = η/(1 + t/t_0)^β
  Preset preset = Preset::thermodynamic;
  TiedGradient tied_gradient = TiedGradient::full;
  SgdMethod sgd_method = SgdMethod::automatic;   ///< in Sweep::point() resolved: vector or gram
  Optimizer optimizer = Optimizer::adam;         ///< deep, as the two below
  std::int64_t batch = 128;
  Precision precision = Precision::float32;
};

struct StartConfig {
  StartKind kind = StartKind::random;
  double encoder_std = 0.1, decoder_std = 0.1, bias = 0.0;
  double encoder_scale = 1.0, decoder_scale = 1.0;   ///< aligned (both), perfect (the encoder's): α_W, α_V
  std::string file;                   ///< absolute path
  double gain = 1.0;                  ///< deep: factor of Glorot's standard deviations
};

/// Everything that may differ from point to point.
struct PointConfig {
  DataConfig data;
  ModelConfig model;
  TrainingConfig training;
  StartConfig initial;
};

/// replicas = { min, max, until }: a point has enough when the success of each of its engines is known to `until`.
struct SequentialConfig {
  std::int64_t min = 0;   ///< size of the first batch; 0: every point has the same number
  double until = 0.0;     ///< half width of the interval
};

struct SolverConfig { double relative_tolerance = 1e-8, absolute_tolerance = 1e-10; };

/// The most components that can be followed.
inline constexpr std::int64_t kMostComponents = 64;

struct RecordConfig {
  std::int64_t count = 64;
  Spacing spacing = Spacing::log;
  double first = 0.01;                ///< in the units of /time
  std::int64_t components = 0;        ///< filled: the maximum over the grid of M (spiked) or K, at most 64 and the smallest D, where not given
  bool trajectories = true;
  bool order_parameters = false;      ///< Q, R, T1, T0 and their bulk parts at every time
  WeightsRecord weights = WeightsRecord::none;   ///< leading: along the followed components at every time; final: all coordinates at the horizon
  std::int64_t reconstruction = 0;    ///< deep: test points whose images and latents are kept at every time
};

struct OutcomeConfig {
  double learnt_threshold = 0.5, success_excess = 0.1;
  double epsilon = 0.1;                                ///< deep: excess is the measure of the points reconstructed worse than this
  std::vector<double> epsilons{0.05, 0.1, 0.2, 0.5};   ///< deep: it is kept for each of these
};

/// [refine]: which axes are refined, and where the boundary lies.
struct RefineConfig {
  std::vector<std::string> axes;      ///< names; empty: the sweep is its grid
  Engine engine = Engine::ode;        ///< filled: sgd where it runs, else the first
  std::string observable = "learnt";
  std::int64_t component = 0;         ///< whose learning_time
  std::vector<double> levels;         ///< filled where the observable has natural ones
  std::int64_t depth = 4;             ///< halvings of the floor's cells
  std::int64_t rim = 2;               ///< down to this level neighbours are split as well
  std::int64_t points = 0;            ///< the budget, at each value of the other axes
  double cpu_hours = std::numeric_limits<double>::infinity();   ///< of one run: ranks times wall time
  std::string wall_time = "none";     ///< of one run
  bool wanted() const { return !axes.empty(); }
};

}  // namespace aesweep
