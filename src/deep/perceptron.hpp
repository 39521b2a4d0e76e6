#pragma once
#include <span>
#include <vector>

#include "aesweep/deep/network.hpp"
#include "aesweep/lanes/aligned.hpp"
#include "aesweep/lanes/batch_products.hpp"

namespace aesweep {

/// Where a layer's numbers lie in the array of all parameters.
struct LayerPlace {
  std::ptrdiff_t in, out;
  std::ptrdiff_t weights;   ///< index of A(0, 0), A of shape (out, in)
  std::ptrdiff_t bias;      ///< of b_0, behind them
};
std::vector<LayerPlace> layer_places(const DeepShape& shape);

/// Forward and backward passes of batches through a network, whose parameters the caller holds. A layer's h_l and g'_l are rows of units, samples along the
/// lanes; on the way back ∂L/∂(A_l h_{l−1} + b_l) takes the place of g'_l.
template <class Scalar>
class Perceptron {
 public:
  /// @param capacity  most samples of a batch.
  Perceptron(const DeepShape& shape, std::ptrdiff_t capacity);
  std::ptrdiff_t capacity() const { return capacity_; }

  /// h_1 .. h_L of samples, shape (at most capacity, n), row after row.
  void forward(const Scalar* parameters, std::span<const double> samples);
  /// After forward(): L = (1/B) Σ ½|x − x̂|² and its gradient, in the order of the parameters.
  double backward(const Scalar* parameters, Scalar* gradient);
  /// After forward(): h_layer of its samples, shape (their number, w_layer), row after row.
  void copy_out(std::size_t layer, std::span<double> to) const;

 private:
  using Rows = lanes::Batch<Scalar>;
  struct Layer {
    LayerPlace place;
    bool is_hidden;
    std::ptrdiff_t value, slope;   ///< places of h_l and g'_l among all numbers
  };
  using Activate = void (*)(Scalar* value, Scalar* slope, std::ptrdiff_t count);
  static Activate activate_by(Activation activation);

  Rows rows(std::ptrdiff_t place, std::ptrdiff_t units) { return {numbers_.data() + place, units, length_, stride_}; }
  Rows values(std::size_t layer) { return layer == 0 ? rows(0, inputs_) : rows(layers_[layer - 1].value, layers_[layer - 1].place.out); }
  Rows deltas(std::size_t layer) { return rows(layers_[layer - 1].slope, layers_[layer - 1].place.out); }
  double residuals();

  std::ptrdiff_t inputs_, capacity_, stride_;
  std::vector<Layer> layers_;
  Activate activate_;
  lanes::Aligned<Scalar> numbers_;   ///< x, a row of ones, then h_l and g'_l of each layer
  std::ptrdiff_t samples_ = 0, length_ = 0;
};

}  // namespace aesweep
