#include "perceptron.hpp"

#include <cassert>

#include "aesweep/gaussian/activation_lanes.hpp"

namespace aesweep {

std::vector<LayerPlace> layer_places(const DeepShape& shape) {
  const auto width = shape.widths();
  std::vector<LayerPlace> places;
  std::ptrdiff_t next = 0;
  for (std::size_t l = 1; l < width.size(); ++l) {
    const std::ptrdiff_t in = width[l - 1], out = width[l];
    places.push_back({in, out, next, next + in * out});
    next += in * out + out;
  }
  return places;
}

namespace {

template <Activation kActivation, class Scalar>
void activate(Scalar* value, Scalar* slope, std::ptrdiff_t count) {
  for (std::ptrdiff_t i = 0; i < count; i += lanes::kWidth<Scalar>) {
    const auto result = evaluate(kActivation, lanes::load(value + i));
    lanes::store(value + i, result.value);
    lanes::store(slope + i, result.slope);
  }
}

/// Rows that a network's batches take: x, the ones, and h_l and g'_l.
std::ptrdiff_t rows_of(const DeepShape& shape) {
  std::ptrdiff_t rows = shape.inputs + 1;
  for (const auto& place : layer_places(shape)) rows += 2 * place.out;
  return rows;
}

}  // namespace

template <class Scalar>
typename Perceptron<Scalar>::Activate Perceptron<Scalar>::activate_by(Activation activation) {
  switch (activation) {
    case Activation::linear: return activate<Activation::linear>;
    case Activation::erf: return activate<Activation::erf>;
    case Activation::relu: return activate<Activation::relu>;
    case Activation::tanh: return activate<Activation::tanh>;
    case Activation::sigmoid: return activate<Activation::sigmoid>;
    case Activation::gelu: return activate<Activation::gelu>;
    case Activation::softplus: return activate<Activation::softplus>;
    case Activation::silu: return activate<Activation::silu>;
    case Activation::leaky_relu: return activate<Activation::leaky_relu>;
  }
  assert(false && "not an activation");
  return nullptr;
}

template <class Scalar>
Perceptron<Scalar>::Perceptron(const DeepShape& shape, std::ptrdiff_t capacity)
    : inputs_(shape.inputs), capacity_(capacity), stride_(lanes::batch_stride<Scalar>(capacity)), activate_(activate_by(shape.activation)),
      numbers_(rows_of(shape) * stride_) {
  std::fill_n(numbers_.data() + inputs_ * stride_, stride_, Scalar{1});
  std::ptrdiff_t next = (inputs_ + 1) * stride_;
  for (const auto& place : layer_places(shape)) {
    layers_.push_back({place, shape.is_hidden(layers_.size() + 1), next, next + place.out * stride_});
    next += 2 * place.out * stride_;
  }
}

template <class Scalar>
void Perceptron<Scalar>::forward(const Scalar* parameters, std::span<const double> samples) {
  constexpr auto kLine = lanes::kLine<Scalar>;
  samples_ = static_cast<std::ptrdiff_t>(samples.size()) / inputs_;
  length_ = (samples_ + kLine - 1) / kLine * kLine;
  assert(samples_ <= capacity_);
  const Rows x = values(0);
  for (std::ptrdiff_t s = 0; s < samples_; ++s)
    for (std::ptrdiff_t i = 0; i < inputs_; ++i) x.row(i)[s] = static_cast<Scalar>(samples[static_cast<std::size_t>(s * inputs_ + i)]);

  for (std::size_t l = 1; l <= layers_.size(); ++l) {
    const auto& [place, is_hidden, value, slope] = layers_[l - 1];
    const Rows h = values(l), slopes = deltas(l);
    const auto finish = [&, hidden = is_hidden](std::ptrdiff_t unit, std::ptrdiff_t first, std::ptrdiff_t count) {
      if (hidden) activate_(h.row(unit) + first, slopes.row(unit) + first, count);
    };
    lanes::multiply<Scalar>({parameters + place.weights, place.in, 1}, parameters + place.bias, values(l - 1), h, finish);
  }
}

/// (x̂ − x)/B in place of the last layer's slopes. What fills up the last vector stays zero: it has no part in any gradient.
template <class Scalar>
double Perceptron<Scalar>::residuals() {
  const Rows x = values(0), output = values(layers_.size()), delta = deltas(layers_.size());
  const auto share = static_cast<Scalar>(1.0 / static_cast<double>(samples_));
  double squares = 0.0;
  for (std::ptrdiff_t i = 0; i < inputs_; ++i) {
    for (std::ptrdiff_t s = 0; s < samples_; ++s) {
      const Scalar residual = output.row(i)[s] - x.row(i)[s];
      delta.row(i)[s] = share * residual;
      squares += static_cast<double>(residual) * static_cast<double>(residual);
    }
    std::fill(delta.row(i) + samples_, delta.row(i) + length_, Scalar{});
  }
  return 0.5 * squares / static_cast<double>(samples_);
}

template <class Scalar>
double Perceptron<Scalar>::backward(const Scalar* parameters, Scalar* gradient) {
  const double loss = residuals();
  const Rows ones = rows(inputs_ * stride_, 1);
  for (std::size_t l = layers_.size(); l >= 1; --l) {
    const auto& place = layers_[l - 1].place;
    const Rows delta = deltas(l);
    lanes::correlate<Scalar>(delta, values(l - 1), gradient + place.weights, place.in);
    lanes::correlate<Scalar>(delta, ones, gradient + place.bias, 1);
    if (l == 1) break;
    const bool hidden = layers_[l - 2].is_hidden;
    // h_{l−1} is not needed any more: the product takes its place, and times g' that of g'.
    const Rows product = values(l - 1), below = deltas(l - 1);
    const auto finish = [&](std::ptrdiff_t unit, std::ptrdiff_t first, std::ptrdiff_t count) {
      const Scalar* from = product.row(unit) + first;
      Scalar* to = below.row(unit) + first;
      for (std::ptrdiff_t s = 0; s < count; s += lanes::kWidth<Scalar>) {
        const auto pulled = lanes::load(from + s);
        lanes::store(to + s, hidden ? lanes::load(to + s) * pulled : pulled);
      }
    };
    lanes::multiply<Scalar>({parameters + place.weights, 1, place.in}, nullptr, delta, product, finish);
  }
  return loss;
}

template <class Scalar>
void Perceptron<Scalar>::copy_out(std::size_t layer, std::span<double> to) const {
  const auto& [place, is_hidden, value, slope] = layers_[layer - 1];
  assert(to.size() == static_cast<std::size_t>(samples_ * place.out));
  for (std::ptrdiff_t s = 0; s < samples_; ++s)
    for (std::ptrdiff_t i = 0; i < place.out; ++i)
      to[static_cast<std::size_t>(s * place.out + i)] = static_cast<double>(numbers_.data()[value + i * stride_ + s]);
}

template class Perceptron<float>;
template class Perceptron<double>;

}  // namespace aesweep
