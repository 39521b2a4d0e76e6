#include "block_coordinates.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "aesweep/gaussian/activation_lanes.hpp"
#include "small_products.hpp"

namespace aesweep {

using lanes::Real;

namespace {

/// Calls f(i) at each vector of an array of n numbers, a multiple of lanes::kPadding.
template <class Function>
void for_vectors(std::ptrdiff_t n, const Function& f) {
  for (std::ptrdiff_t i = 0; i < n; i += lanes::kLanes) f(i);
}

double dot(const double* x, const double* y, std::ptrdiff_t n) {
  Real total{};
  for_vectors(n, [&](std::ptrdiff_t i) { total += lanes::load(x + i) * lanes::load(y + i); });
  return lanes::sum(total);
}

/// out(j, i) = in(i, j).
void transpose(lanes::ConstMatrix in, std::ptrdiff_t rows, std::ptrdiff_t columns, lanes::Matrix out) {
  for (std::ptrdiff_t i = 0; i < rows; ++i)
    for (std::ptrdiff_t j = 0; j < columns; ++j) out.row(j)[i] = in.row(i)[j];
}

void clear_columns(lanes::Matrix M, std::ptrdiff_t rows, std::ptrdiff_t from, std::ptrdiff_t to) {
  for (std::ptrdiff_t i = 0; i < rows; ++i) std::fill(M.row(i) + from, M.row(i) + to, 0.0);
}

}  // namespace

RuleShape::RuleShape(const LearningRule& rule)
    : joined(rule.tying != Tying::none || is_pca_rule(rule.kind)), corrupted(rule.noise > 0.0), pulls(!is_pca_rule(rule.kind)),
      follows(joined && pulls), moves(rule.tying != Tying::tied_encoder), takes_off(!is_hebbian(rule.kind)),
      stepwise(rule.kind == RuleKind::truncated || rule.kind == RuleKind::sanger),
      normalised(rule.kind == RuleKind::normalised_hebb && rule.norm_power == 2.0), alpha(rule.tying != Tying::none ? rule.decoder_scale : 1.0) {}

/// Squares and products of the present sample with itself.
struct BlockCoordinates::Sample {
  double clean, seen, cross;   // |x̌|², |x̃|², x̌·x̃
};

BlockCoordinates::BlockCoordinates(const LearningRule& rule, std::ptrdiff_t hidden, std::ptrdiff_t dimension, std::ptrdiff_t most_steps)
    : rule_(rule), shape_(rule), has_propagator_(shape_.stepwise || (shape_.takes_off && hidden <= most_steps)), hidden_(hidden),
      padded_hidden_(lanes::padded(hidden)), padded_steps_(lanes::padded(most_steps)), dimension_(static_cast<double>(dimension)),
      projections_(2 * hidden * padded_steps_), clean_gram_(most_steps * padded_steps_), seen_gram_(shape_.has_seen_rows() ? most_steps * padded_steps_ : 0),
      cross_gram_(shape_.follows ? most_steps * padded_steps_ : 0), turned_gram_(shape_.follows ? most_steps * padded_steps_ : 0),
      overlaps_(hidden * padded_hidden_), turned_overlaps_(shape_.stepwise ? hidden * padded_hidden_ : 0), bias_(padded_hidden_), kept_(padded_hidden_),
      taken_(most_steps * padded_hidden_), propagator_(has_propagator_ ? hidden * padded_hidden_ : 0), base_keep_(padded_hidden_),
      zeros_(std::max(padded_hidden_, padded_steps_)), encoded_(padded_hidden_), projected_(padded_hidden_), value_(padded_hidden_), slope_(padded_hidden_),
      keep_(padded_hidden_), take_(padded_hidden_), left_(padded_hidden_), move_(padded_hidden_), pull_(padded_hidden_), half_(padded_hidden_),
      seen_half_(padded_hidden_), row_(padded_steps_) {
  for (std::ptrdiff_t k = 0; k < hidden; ++k) base_keep_.data()[k] = 1.0 - decay_of(rule, k) / dimension_;
  std::copy_n(base_keep_.data(), padded_hidden_, keep_.data());
}

void BlockCoordinates::begin(std::ptrdiff_t steps) {
  columns_ = lanes::padded(steps);
  if (shape_.follows) {
    if (!shape_.corrupted) {
      std::copy_n(on_clean().row(0), hidden_ * padded_steps_, on_seen().row(0));
      for (auto* gram : {&seen_gram_, &cross_gram_}) std::copy_n(clean_gram_.data(), steps * padded_steps_, gram->data());
    }
    transpose(cross_gram(), steps, steps, {turned_gram_.data(), padded_steps_});
    for (const auto& gram : {cross_gram(), lanes::Matrix{turned_gram_.data(), padded_steps_}}) clear_columns(gram, steps, steps, columns_);
  }
  for (const auto& projections : {on_seen(), on_clean()}) clear_columns(projections, hidden_, steps, columns_);
  clear_columns(clean_gram(), steps, steps, columns_);
  if (shape_.has_seen_rows()) clear_columns(seen_gram(), steps, steps, columns_);
  std::fill_n(kept_.data(), hidden_, 1.0);
  steps_ = steps;
  if (!shape_.stepwise) return;
  clear_columns({propagator_.data(), padded_hidden_}, hidden_, 0, padded_hidden_);
  for (std::ptrdiff_t k = 0; k < hidden_; ++k) propagator_.data()[k * padded_hidden_ + k] = 1.0;
}

/// Π = diag(kept) + C H, unless the steps have made it.
void BlockCoordinates::end() {
  if (!has_propagator_ || shape_.stepwise) return;
  const lanes::Matrix P{propagator_.data(), padded_hidden_};
  combine(on_clean(), {taken_.data(), steps_, padded_hidden_, padded_hidden_}, {propagator_.data(), hidden_, padded_hidden_, padded_hidden_});
  for (std::ptrdiff_t k = 0; k < hidden_; ++k) P.row(k)[k] += kept_.data()[k];
}

void BlockCoordinates::step(std::ptrdiff_t s, std::uint64_t step) {
  // From here on row s of a Gram matrix holds what this sample adds to each column: nothing to those before, itself to its own.
  const auto own = [s](lanes::Matrix gram, double itself) {
    double* const row = gram.row(s);
    const double product = row[s];
    std::fill_n(row, s, 0.0);
    row[s] = itself;
    return product;
  };
  Sample sample{};
  sample.clean = own(clean_gram(), 1.0);
  if (shape_.has_seen_rows()) sample.seen = own(seen_gram(), 1.0);
  if (shape_.follows) {
    sample.cross = own(cross_gram(), 0.0);
    own({turned_gram_.data(), padded_steps_}, 0.0);
  }
  take_columns(s);
  evaluate_units();
  if (shape_.has_overlaps()) overlap_residual();
  set_factors(step, sample);
  if (shape_.takes_off && !shape_.stepwise)
    for_vectors(padded_hidden_, [&, row = taken_.data() + s * padded_hidden_](std::ptrdiff_t i) {
      lanes::store(row + i, -lanes::load(take_.data() + i) * lanes::load(kept_.data() + i));
    });
  push(s);
  if (shape_.has_overlaps()) shape_.stepwise ? move_overlaps_stepwise(sample) : move_overlaps(sample);
  for_vectors(padded_hidden_, [&](std::ptrdiff_t i) { lanes::store(kept_.data() + i, lanes::load(kept_.data() + i) * lanes::load(keep_.data() + i)); });
}

/// Takes the sample's projections out of the columns, which from now on hold its coefficients.
void BlockCoordinates::take_columns(std::ptrdiff_t s) {
  const bool has_encoder = shape_.pulls;
  for (std::ptrdiff_t k = 0; k < hidden_; ++k) projected_.data()[k] = std::exchange(on_clean().row(k)[s], 0.0);
  if (has_encoder)
    for (std::ptrdiff_t k = 0; k < hidden_; ++k) encoded_.data()[k] = std::exchange(on_seen().row(k)[s], 0.0);
}

void BlockCoordinates::evaluate_units() {
  const double* const input = shape_.pulls ? encoded_.data() : projected_.data();
  const double taking = shape_.takes_off ? shape_.alpha : 0.0;
  for_vectors(padded_hidden_, [&](std::ptrdiff_t i) {
    const auto unit = evaluate(rule_.activation, lanes::load(input + i) + lanes::load(bias_.data() + i));
    lanes::store(value_.data() + i, unit.value);
    lanes::store(slope_.data() + i, unit.slope);
  });
  // Neurons that only fill up the last vector stay out of all sums.
  for (auto* array : {&value_, &slope_}) std::fill(array->data() + hidden_, array->data() + padded_hidden_, 0.0);
  for_vectors(padded_hidden_, [&](std::ptrdiff_t i) { lanes::store(take_.data() + i, taking * lanes::load(value_.data() + i)); });
}

/// U_k·Δ_k.
void BlockCoordinates::overlap_residual() {
  const double* const h = take_.data();
  if (!shape_.stepwise) return small::subtract_rows(overlaps(), hidden_, padded_hidden_, h, projected_.data(), left_.data());
  std::copy_n(projected_.data(), padded_hidden_, left_.data());
  for (std::ptrdiff_t a = 0; a < hidden_; ++a)
    for (std::ptrdiff_t k = a; k < hidden_; ++k) left_.data()[k] -= h[a] * overlaps().row(a)[k];
}

/// c, d and the bias.
void BlockCoordinates::set_factors(std::uint64_t step, const Sample& sample) {
  const double rate = rate_at(rule_, static_cast<double>(step) / dimension_) / dimension_;
  const bool tied = rule_.tying != Tying::none;
  const double moving = !shape_.pulls ? rate : !tied ? rate * rule_.decoder_rate : shape_.moves ? rate * rule_.tied_rate * shape_.alpha : 0.0;
  const double pulling = rate * (tied ? rule_.tied_rate : rule_.encoder_rate) * shape_.alpha;
  const double biasing = rule_.trained_bias ? rate * rule_.bias_rate * shape_.alpha : 0.0;
  for_vectors(padded_hidden_, [&](std::ptrdiff_t i) { lanes::store(move_.data() + i, moving * lanes::load(value_.data() + i)); });
  if (shape_.pulls)
    for_vectors(padded_hidden_, [&](std::ptrdiff_t i) {
      const Real pull = lanes::load(left_.data() + i) * lanes::load(slope_.data() + i);
      lanes::store(pull_.data() + i, pulling * pull);
      if (rule_.trained_bias) lanes::store(bias_.data() + i, lanes::load(bias_.data() + i) + biasing * pull);
    });
  if (shape_.normalised) normalise_rows(sample);
}

/// Divides keep and c by |keep U_k + c x̌|.
void BlockCoordinates::normalise_rows(const Sample& sample) {
  for (std::ptrdiff_t k = 0; k < hidden_; ++k) {
    const double keep = base_keep_.data()[k], c = move_.data()[k];
    const double norm = std::sqrt(keep * keep * overlaps().row(k)[k] + c * (2.0 * keep * projected_.data()[k] + c * sample.clean));
    keep_.data()[k] = keep / norm;
    move_.data()[k] = c / norm;
  }
}

/// U Uᵀ after the step, a change of rank two, of four where U also follows x̃: with A = keep U·Δ + ½|Δ|² c and B = keep U·x̃ + (Δ·x̃) c + ½|x̃|² d
/// it is  keep U Uᵀ keep + cAᵀ + Acᵀ + dBᵀ + Bdᵀ.
void BlockCoordinates::move_overlaps(const Sample& sample) {
  double square = sample.clean;   // |Δ|² = |x̌|² − h·(U·x̌ + U·Δ)
  if (shape_.takes_off) square -= dot(take_.data(), projected_.data(), padded_hidden_) + dot(take_.data(), left_.data(), padded_hidden_);
  for_vectors(padded_hidden_, [&](std::ptrdiff_t i) {
    lanes::store(half_.data() + i, lanes::load(keep_.data() + i) * lanes::load(left_.data() + i) + (0.5 * square) * lanes::load(move_.data() + i));
  });
  const small::Term first{move_.data(), half_.data()}, second{half_.data(), move_.data()};
  if (!shape_.follows) {
    return small::add_terms_symmetric<2>(overlaps(), hidden_, padded_hidden_, keep_.data(), {first, second});
  }
  const double product = sample.cross - dot(take_.data(), encoded_.data(), padded_hidden_);   // Δ·x̃
  for_vectors(padded_hidden_, [&](std::ptrdiff_t i) {
    lanes::store(seen_half_.data() + i, lanes::load(keep_.data() + i) * lanes::load(encoded_.data() + i) + product * lanes::load(move_.data() + i) +
                                            (0.5 * sample.seen) * lanes::load(pull_.data() + i));
  });
  small::add_terms_symmetric<4>(overlaps(), hidden_, padded_hidden_, keep_.data(),
                                {first, second, {pull_.data(), seen_half_.data()}, {seen_half_.data(), pull_.data()}});
}

/// The same where each neuron has a residual of its own: U' = F(U) acts on the rows of UUᵀ as on any projections, then on the rows of its transpose.
void BlockCoordinates::move_overlaps_stepwise(const Sample& sample) {
  const double *const h = take_.data(), *const c = move_.data(), *const d = shape_.follows ? pull_.data() : zeros_.data();
  double *const on_clean = half_.data(), *const on_seen = seen_half_.data();   // U'·x̌, U'·x̃
  double clean_rest = sample.clean, seen_rest = sample.cross;
  for (std::ptrdiff_t k = 0; k < hidden_; ++k) {
    clean_rest -= h[k] * projected_.data()[k];
    on_clean[k] = keep_.data()[k] * projected_.data()[k] + c[k] * clean_rest + d[k] * sample.cross;
    seen_rest -= h[k] * encoded_.data()[k];
    on_seen[k] = keep_.data()[k] * encoded_.data()[k] + c[k] * seen_rest + d[k] * sample.seen;
  }
  const lanes::Matrix turned{turned_overlaps_.data(), padded_hidden_};
  small::add_stepwise(overlaps(), hidden_, padded_hidden_, keep_.data(), h, {c, projected_.data()}, {d, encoded_.data()});
  transpose(overlaps(), hidden_, hidden_, turned);
  small::add_stepwise(turned, hidden_, padded_hidden_, keep_.data(), h, {c, on_clean}, {d, on_seen});
  std::copy_n(turned_overlaps_.data(), hidden_ * padded_hidden_, overlaps_.data());
}

/// The step in all columns: projections of the samples to come, coefficients of this and of those before.
void BlockCoordinates::push(std::ptrdiff_t s) {
  const double *const h = take_.data(), *const c = move_.data(), *const d = pull_.data(), *const keep = keep_.data(), *const zeros = zeros_.data();
  const double* const turned = turned_gram_.data() + s * padded_steps_;
  const double* const clean = clean_gram().row(s);
  const double* const seen = (shape_.has_seen_rows() ? seen_gram() : clean_gram()).row(s);
  if (shape_.stepwise) {
    small::add_stepwise({propagator_.data(), padded_hidden_}, hidden_, padded_hidden_, keep, h, {c, zeros}, {zeros, zeros});
    small::add_stepwise(on_clean(), hidden_, columns_, keep, h, {c, clean}, {shape_.follows ? d : zeros, shape_.follows ? turned : zeros});
    if (shape_.follows) return small::add_stepwise(on_seen(), hidden_, columns_, keep, h, {c, cross_gram().row(s)}, {d, seen});
  } else {
    const auto residual = [&](lanes::ConstMatrix projections, const double* row) {
      if (!shape_.takes_off) return row;
      small::subtract_rows(projections, hidden_, columns_, h, row, row_.data());
      return static_cast<const double*>(row_.data());
    };
    if (shape_.follows) {
      small::add_terms<2>(on_clean(), hidden_, columns_, keep, {{{c, residual(on_clean(), clean)}, {d, turned}}});
      return small::add_terms<2>(on_seen(), hidden_, columns_, keep, {{{c, residual(on_seen(), cross_gram().row(s))}, {d, seen}}});
    }
    small::add_terms<1>(on_clean(), hidden_, columns_, keep, {{{c, residual(on_clean(), clean)}}});
  }
  if (shape_.pulls) small::add_terms<1>(on_seen(), hidden_, columns_, keep, {{{d, seen}}});
}

}  // namespace aesweep
