#include "gram_group.hpp"

#include <algorithm>

#include "aesweep/gaussian/activation_lanes.hpp"
#include "gram_algebra.hpp"

namespace aesweep {

using gram::dot;
using gram::packed;
using lanes::Real;

namespace {

std::size_t count_of(int n) { return static_cast<std::size_t>(n); }

/// row ← row·scale + a b + c d.
template <bool kScaled>
inline void add_two(Real* row, int n, Real scale, const Real* scales, Real a, const Real* b, Real c, const Real* d) {
  for (int l = 0; l < n; ++l) {
    if constexpr (kScaled) {
      row[l] = row[l] * (scale * scales[l]) + (a * b[l] + c * d[l]);
    } else {
      row[l] += a * b[l] + c * d[l];
    }
  }
}

template <Activation kActivation>
void evaluate_each(const Real* input, int count, Real* value, Real* slope) {
  for (int k = 0; k < count; ++k) {
    const auto result = evaluate(kActivation, input[k]);
    value[k] = result.value;
    slope[k] = result.slope;
  }
}

GramGroup::Evaluate evaluation_of(Activation activation) {
  switch (activation) {
    case Activation::linear: return evaluate_each<Activation::linear>;
    case Activation::erf: return evaluate_each<Activation::erf>;
    case Activation::relu: return evaluate_each<Activation::relu>;
    case Activation::tanh: return evaluate_each<Activation::tanh>;
    case Activation::sigmoid: return evaluate_each<Activation::sigmoid>;
    case Activation::gelu: return evaluate_each<Activation::gelu>;
    case Activation::softplus: return evaluate_each<Activation::softplus>;
    case Activation::silu: return evaluate_each<Activation::silu>;
    case Activation::leaky_relu: return evaluate_each<Activation::leaky_relu>;
  }
  return evaluate_each<Activation::linear>;
}

}  // namespace

GramPlan::GramPlan(const LearningRule& rule_, const GramInputs& inputs_, int hidden_, int block_)
    : rule(rule_), inputs(inputs_), hidden(hidden_), tracked(static_cast<int>(inputs_.tracked.size())),
      rows(static_cast<int>(GramSgd::bulk_axes(rule_, hidden_))), block(block_), decoder(rows - hidden_),
      output_scale(rule_.tying == Tying::none ? 1.0 : rule_.decoder_scale), stepwise(rule_.kind == RuleKind::truncated || rule_.kind == RuleKind::sanger),
      hebbian(is_hebbian(rule_.kind)), decaying(rule_.kind == RuleKind::normalised_hebb), bias_rate(rule_.bias_rate) {
  if (is_pca_rule(rule.kind)) {
    decoder_rate = 1.0;
    encoder_rate = 0.0;
  } else if (rule.tying == Tying::none) {
    decoder_rate = rule.decoder_rate;
    encoder_rate = rule.encoder_rate;
  } else {
    decoder_rate = rule.tying == Tying::tied ? rule.tied_rate * output_scale : 0.0;
    encoder_rate = rule.tied_rate;
  }
  for (int k = 0; k < hidden; ++k) decaying |= decay_of(rule, k) != 0.0;
}

GramGroup::GramGroup(const GramPlan& plan, std::span<const Weights* const> starts, std::span<const RandomStream> streams)
    : plan_(plan), evaluate_(evaluation_of(plan.rule.activation)), draws_(plan.inputs, plan.rule.noise, plan.rows, plan.block, streams) {
  const int K = plan.hidden, M = plan.tracked, m = plan.rows, vectors = plan.block * draws_.vectors_per_sample();
  leading_.resize(count_of(m * M));
  gram_.resize(count_of(packed(m)));
  factor_.resize(count_of(packed(m)));
  bias_.resize(count_of(K));
  columns_.resize(count_of(vectors * m));
  inner_.resize(count_of(vectors * vectors));
  for (auto* array : {&input_, &value_, &slope_, &output_, &decoder_step_, &encoder_step_}) array->resize(count_of(K));
  keep_.resize(count_of(K));
  for (int k = 0; k < K; ++k) keep_[count_of(k)] = lanes::spread(1.0 - decay_of(plan.rule, k) / plan.inputs.dimension);
  overlap_.resize(count_of(m));
  residual_.resize(count_of(plan.stepwise ? K * M : M));
  work_.resize(count_of(std::max(4 * m, plan.stepwise ? m * (m + 2) : 0)));
  for (int lane = 0; lane < lanes::kLanes; ++lane) {
    const auto& [encoder, decoder, bias] = *starts[count_of(lane)];
    for (int i = 0; i < m; ++i) {
      const auto row = i < K ? encoder.row(i) : decoder.row(i - K);
      for (int axis = 0; axis < M; ++axis) leading_[count_of(i * M + axis)][lane] = row[axis];
      for (int l = 0; l <= i; ++l) factor_[count_of(packed(i) + l)][lane] = row[M + l];
    }
    for (int k = 0; k < K; ++k) bias_[count_of(k)][lane] = bias[k];
  }
}

Weights GramGroup::weights(int lane) const {
  const int K = plan_.hidden, M = plan_.tracked, m = plan_.rows;
  Weights result{RowMatrix::Zero(K, M + m), RowMatrix::Zero(K, M + m), Eigen::VectorXd(K)};
  for (int i = 0; i < m; ++i) {
    auto row = i < K ? result.encoder.row(i) : result.decoder.row(i - K);
    for (int axis = 0; axis < M; ++axis) row[axis] = leading_[count_of(i * M + axis)][lane];
    for (int l = 0; l <= i; ++l) row[M + l] = factor_[count_of(packed(i) + l)][lane];
  }
  for (int k = 0; k < K; ++k) result.bias[k] = bias_[count_of(k)][lane];
  if (plan_.decoder == 0) result.decoder = plan_.output_scale * result.encoder;
  return result;
}

GramGroup::Step GramGroup::chosen_step() const {
  if (plan_.stepwise) return &GramGroup::step_by_neuron;
  const auto choose = [this]<int kHidden>() { return plan_.decaying ? &GramGroup::step<kHidden, true> : &GramGroup::step<kHidden, false>; };
  switch (plan_.hidden) {
    case 1: return choose.operator()<1>();
    case 2: return choose.operator()<2>();
    case 3: return choose.operator()<3>();
    default: return choose.operator()<0>();
  }
}

void GramGroup::advance(std::uint64_t from, std::uint64_t to) {
  const Step make_step = chosen_step();
  const auto block = static_cast<std::uint64_t>(plan_.block), epoch = block * kGramBlocksInEpoch;
  const int each = draws_.vectors_per_sample();
  for (std::uint64_t at = from; at < to;) {
    if (at == from || at % epoch == 0) gram::multiply_transposed(factor_.data(), plan_.rows, gram_.data());
    const int samples = static_cast<int>(std::min(block - at % block, to - at));
    prepare(draws_.draw(at, samples), samples * each);
    for (int s = 0; s < samples; ++s, ++at) {
      const double rate = rate_at(plan_.rule, static_cast<double>(at) / plan_.inputs.dimension) / plan_.inputs.dimension;
      (this->*make_step)({s * each, s * each + each - 1, (s + 1) * each, samples * each}, rate);
    }
    gram::factorise(gram_.data(), plan_.rows, factor_.data());
  }
}

/// Inner products of the block's vectors with the rows and with each other.
void GramGroup::prepare(const GramVectors& vectors, int count) {
  vectors_ = &vectors;
  const int stride = vectors.axes + vectors.count;
  gram::multiply_lower(factor_.data(), plan_.rows, vectors.bulk_of(0), stride, columns_.data(), count);
  for (int j = 0; j < count; ++j)
    for (int i = 0; i <= j; ++i) inner_[count_of(i * vectors.count + j)] = dot(vectors.bulk_of(i), vectors.bulk_of(j), vectors.length_of(i));
}

/// λ = Wx̃ + b, g(λ), g'(λ).
inline void GramGroup::activate(int hidden, const Sample& sample) {
  const Real *seen = leading_of(sample.seen), *bulk = column(sample.seen);
  for (int k = 0; k < hidden; ++k) {
    const auto at = count_of(k);
    input_[at] = bias_[at] + bulk[k] + dot(leading_.data() + k * plan_.tracked, seen, plan_.tracked);
  }
  evaluate_(input_.data(), hidden, value_.data(), slope_.data());
  for (int k = 0; k < hidden; ++k) output_[count_of(k)] = plan_.output_scale * value_[count_of(k)];
}

/// c and p of neuron k, and its bias. @param overlap  of the decoder's row in the stack with Δ: (V̂_k·Δ)/α.
inline void GramGroup::set_coefficients(int k, Real overlap, double rate) {
  const auto at = count_of(k);
  const Real pull = plan_.output_scale * overlap * slope_[at];
  if (plan_.rule.trained_bias) bias_[at] += rate * plan_.bias_rate * pull;
  decoder_step_[at] = rate * plan_.decoder_rate * value_[at];
  encoder_step_[at] = rate * plan_.encoder_rate * pull;
}

/// Folds the division by the norm of keep w + c x̌, p = 2, into keep and c.
void GramGroup::normalise_rows(const Sample& sample) {
  const int M = plan_.tracked;
  const Real* x = leading_of(sample.clean);
  const Real length = inner(sample.clean, sample.clean) + dot(x, x, M);
  for (int k = 0; k < plan_.hidden; ++k) {
    const auto at = count_of(k);
    const double keep = 1.0 - decay_of(plan_.rule, k) / plan_.inputs.dimension;
    const Real* row = leading_.data() + k * M;
    const Real square = dot(row, row, M) + gram_[count_of(packed(k) + k)], c = decoder_step_[at];
    const Real factor = 1.0 / lanes::sqrt(keep * keep * square + c * (2.0 * keep * (input_[at] - bias_[at]) + c * length));
    keep_[at] = keep * factor;
    decoder_step_[at] = c * factor;
  }
}

/// All neurons see one Δ.
template <int kHidden, bool kDecaying>
void GramGroup::step(const Sample& sample, double rate) {
  const int K = kHidden > 0 ? kHidden : plan_.hidden, M = plan_.tracked, d = plan_.decoder;
  activate(K, sample);
  const Real *x = leading_of(sample.clean), *seen = leading_of(sample.seen), *bulk = column(sample.clean);
  Real *decoder = leading_.data() + d * M, *encoder = leading_.data(), *residual = residual_.data(), *overlap = overlap_.data();
  const Real* output = output_.data();
  for (int axis = 0; axis < M; ++axis) {
    Real rest = x[axis];
    if (!plan_.hebbian)
      for (int k = 0; k < K; ++k) rest -= output[k] * decoder[k * M + axis];
    residual[axis] = rest;
  }
  // S·Δ beyond the tracked axes: column by column of G's part (S, V̂), the lower triangle of (V̂, V̂) serving both sides.
  for (int i = 0; i < d + K; ++i) overlap[i] = bulk[i];
  if (!plan_.hebbian)
    for (int k = 0; k < K; ++k) {
      const Real* row = gram_.data() + packed(d + k);
      for (int l = 0; l < d; ++l) overlap[l] -= output[k] * row[l];
      Real own = overlap[d + k];
      for (int l = 0; l < k; ++l) {
        own -= output[l] * row[d + l];
        overlap[d + l] -= output[k] * row[d + l];
      }
      overlap[d + k] = own - output[k] * row[d + k];
    }
  for (int k = 0; k < K; ++k) set_coefficients(k, overlap[d + k] + dot(decoder + k * M, residual, M), rate);
  if (plan_.rule.kind == RuleKind::normalised_hebb) normalise_rows(sample);
  update_gram<kHidden, kDecaying>(sample);
  push<kHidden, kDecaying>(sample);
  for (int k = 0; k < K; ++k) {
    const Real keep = keep_[count_of(k)], c = decoder_step_[count_of(k)], p = encoder_step_[count_of(k)];
    Real *w = encoder + k * M, *v = decoder + k * M;
    for (int axis = 0; axis < M; ++axis) {
      if constexpr (kDecaying) {
        if (d > 0) w[axis] *= keep;
        v[axis] *= keep;
      }
      w[axis] += p * seen[axis];
      v[axis] += c * residual[axis];
    }
  }
}

/// G of the rows after the step, from the products of those before it: with u = keep S·Δ + ½c|Δ|² and so on each part changes by two outer products.
template <int kHidden, bool kDecaying>
void GramGroup::update_gram(const Sample& sample) {
  const int K = kHidden > 0 ? kHidden : plan_.hidden, d = plan_.decoder;
  const Real *clean = column(sample.clean), *seen = column(sample.seen), *overlap = overlap_.data(), *output = output_.data(), *keep = keep_.data();
  const Real *c = decoder_step_.data(), *p = encoder_step_.data();
  const Real seen_seen = inner(sample.seen, sample.seen);
  Real squared = inner(sample.clean, sample.clean), crossed = inner(sample.clean, sample.seen);   // |Δ|², x̃·Δ
  if (!plan_.hebbian)
    for (int k = 0; k < K; ++k) {
      squared -= output[k] * (clean[d + k] + overlap[d + k]);
      crossed -= output[k] * seen[d + k];
    }
  Real *along_residual = work_.data(), *along_seen = along_residual + K, *encoder_residual = along_seen + K, *decoder_seen = encoder_residual + K;
  for (int k = 0; k < K; ++k) {
    const auto kept = [&](Real value) { return kDecaying ? keep[k] * value : value; };
    along_residual[k] = kept(overlap[d + k]) + 0.5 * c[k] * squared;
    along_seen[k] = kept(seen[k]) + 0.5 * p[k] * seen_seen;
    if (d == 0) {
      along_residual[k] += p[k] * crossed;
    } else {
      encoder_residual[k] = kept(overlap[k]) + p[k] * crossed;
      decoder_seen[k] = kept(seen[d + k]);
    }
  }
  for (int i = 0; i < K; ++i) add_two<kDecaying>(gram_.data() + packed(i), i + 1, keep[i], keep, along_seen[i], p, p[i], along_seen);
  for (int i = 0; i < K; ++i) {
    Real* row = gram_.data() + packed(d + i);
    if (d == 0) {   // the same rows once more
      add_two<false>(row, i + 1, keep[i], keep, along_residual[i], c, c[i], along_residual);
    } else {
      add_two<kDecaying>(row, K, keep[i], keep, c[i], encoder_residual, decoder_seen[i], p);
      add_two<kDecaying>(row + d, i + 1, keep[i], keep, along_residual[i], c, c[i], along_residual);
    }
  }
}

/// The later samples' products with the rows after the step.
template <int kHidden, bool kDecaying>
void GramGroup::push(const Sample& sample) {
  const int K = kHidden > 0 ? kHidden : plan_.hidden, d = plan_.decoder;
  const Real *output = output_.data(), *keep = keep_.data(), *c = decoder_step_.data(), *p = encoder_step_.data();
  for (int q = sample.next; q < sample.end; ++q) {
    Real *encoder = column(q), *decoder = encoder + d;
    Real rest = inner(sample.clean, q);
    const Real seen = inner(sample.seen, q);
    if (!plan_.hebbian)
      for (int k = 0; k < K; ++k) rest -= output[k] * decoder[k];
    for (int k = 0; k < K; ++k) {
      if constexpr (kDecaying) {
        if (d > 0) encoder[k] *= keep[k];
        decoder[k] *= keep[k];
      }
      encoder[k] += p[k] * seen;
      decoder[k] += c[k] * rest;
    }
  }
}

/// Neuron k sees the neurons up to k.
void GramGroup::step_by_neuron(const Sample& sample, double rate) {
  const int K = plan_.hidden, M = plan_.tracked, d = plan_.decoder, m = plan_.rows;
  activate(K, sample);
  const Real *x = leading_of(sample.clean), *seen = leading_of(sample.seen), *bulk = column(sample.clean);
  Real *decoder = leading_.data() + d * M, *encoder = leading_.data();
  const Real* previous = x;
  for (int k = 0; k < K; ++k) {
    Real* residual = residual_.data() + k * M;
    for (int axis = 0; axis < M; ++axis) residual[axis] = previous[axis] - output_[count_of(k)] * decoder[k * M + axis];
    previous = residual;
    const Real beyond = bulk[d + k] - dot(gram_.data() + packed(d + k) + d, output_.data(), k + 1);
    set_coefficients(k, beyond + dot(decoder + k * M, residual, M), rate);
  }
  for (int k = 0; k < K; ++k) {
    const auto at = count_of(k);
    for (int axis = 0; axis < M; ++axis) {
      if (d > 0) encoder[k * M + axis] = keep_[at] * encoder[k * M + axis];
      decoder[k * M + axis] = keep_[at] * decoder[k * M + axis];
      encoder[k * M + axis] += encoder_step_[at] * seen[axis];
      decoder[k * M + axis] += decoder_step_[at] * residual_[count_of(k * M + axis)];
    }
  }
  // The step on the left of G, column by column, and of the sample's own products; then on the right.
  Real *square = work_.data(), *clean = square + m * m, *corrupted = clean + m;
  std::copy_n(bulk, m, clean);
  std::copy_n(column(sample.seen), m, corrupted);
  for (int i = 0; i < m; ++i)
    for (int l = 0; l <= i; ++l) square[i * m + l] = square[l * m + i] = gram_[count_of(packed(i) + l)];
  for (int i = 0; i < m; ++i) push_stepwise(square + i * m, clean[i], corrupted[i]);
  push_stepwise(clean, inner(sample.clean, sample.clean), inner(sample.clean, sample.seen));
  push_stepwise(corrupted, inner(sample.clean, sample.seen), inner(sample.seen, sample.seen));
  for (int i = 0; i < m; ++i)
    for (int l = 0; l < i; ++l) std::swap(square[i * m + l], square[l * m + i]);
  for (int i = 0; i < m; ++i) {
    push_stepwise(square + i * m, clean[i], corrupted[i]);
    std::copy_n(square + i * m, i + 1, gram_.data() + packed(i));
  }
  for (int q = sample.next; q < sample.end; ++q) push_stepwise(column(q), inner(sample.clean, q), inner(sample.seen, q));
}

/// The step on a column S·y of some vector y. @param clean  x̌·y.   @param seen  x̃·y.
inline void GramGroup::push_stepwise(Real* column, Real clean, Real seen) const {
  Real *encoder = column, *decoder = column + plan_.decoder;
  for (int k = 0; k < plan_.hidden; ++k) {
    const auto at = count_of(k);
    clean -= output_[at] * decoder[k];
    if (plan_.decoder > 0) encoder[k] = keep_[at] * encoder[k];
    decoder[k] = keep_[at] * decoder[k] + decoder_step_[at] * clean;
    encoder[k] += encoder_step_[at] * seen;
  }
}

}  // namespace aesweep
