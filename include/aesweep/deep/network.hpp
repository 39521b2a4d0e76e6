#pragma once
#include <cstddef>
#include <vector>

#include "aesweep/data/random.hpp"
#include "aesweep/gaussian/activation.hpp"

namespace aesweep {

/// A fully connected autoencoder, x ∈ R^n → encoder's widths → R^k → decoder's widths → x̂ ∈ R^n:
///   h_0 = x,   h_l = g_l(A_l h_{l−1} + b_l),   x̂ = h_L,   A_l of shape (w_l, w_{l−1}).
/// g_l is the activation in hidden layers, and the identity in the bottleneck and at the output: the latents fill R^k, so that nothing but the dimension
/// restricts what passes, which is what KS24's theorems are about (they allow any continuous encoder and decoder), and outputs reach all of R^n.
struct DeepShape {
  int inputs = 0;                               ///< n
  std::vector<int> encoder{};                   ///< widths of the hidden layers before the bottleneck; none: it is a linear map
  int bottleneck = 1;                           ///< k
  std::vector<int> decoder{};                   ///< of those behind it
  Activation activation = Activation::tanh;

  /// w_0 .. w_L: n, encoder, k, decoder, n.
  std::vector<int> widths() const;
  /// Whether layer l = 1 .. L is a hidden one, with the activation behind it.
  bool is_hidden(std::size_t layer) const { return layer != bottleneck_layer() && layer != layers(); }
  std::size_t layers() const { return encoder.size() + decoder.size() + 2; }
  /// The layer whose output are the latents.
  std::size_t bottleneck_layer() const { return encoder.size() + 1; }
  /// Units of all layers behind the input: as many biases there are.
  std::size_t units() const;
  /// Number of weights and biases. They are one array: A_1 row after row, b_1, A_2, ...
  std::size_t parameters() const;
};

/// Weights drawn from N(0, gain² 2/(w_l + w_{l−1})), biases 0   [Glorot & Bengio, AISTATS 2010]. Those of layer l are numbers of Purpose::start at step l:
/// they do not change with layers added behind it.
std::vector<double> deep_start(const DeepShape& shape, double gain, const RandomStream& stream);

}  // namespace aesweep
