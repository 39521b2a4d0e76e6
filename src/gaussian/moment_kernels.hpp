#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "aesweep/gaussian/moments.hpp"

namespace aesweep {

/// What every activation's moments are computed from; the entries have been checked.
struct MomentInput {
  const Eigen::Ref<const Eigen::VectorXd>& bias;  // shape (K)
  const Eigen::Ref<const Eigen::MatrixXd>& cov;   // shape (K, K), lower triangle
  MomentSet wanted;

  Eigen::Index hidden() const { return bias.size(); }
  bool is_unbiased() const { return (bias.array() == 0.0).all(); }
  bool needs_mean() const { return wanted == MomentSet::judge_mixture || wanted == MomentSet::flow_mixture; }
  bool needs_flow() const { return wanted != MomentSet::judge && wanted != MomentSet::judge_mixture; }
  bool needs_bias() const { return wanted == MomentSet::flow_with_bias || wanted == MomentSet::flow_mixture; }
};

// One function per activation, each in a file of its own; gaussian_moments chooses.
void linear_moments(const MomentInput& input, Moments& out);
void erf_moments(const MomentInput& input, Moments& out);
void relu_moments(const MomentInput& input, Moments& out);
void leaky_relu_moments(const MomentInput& input, Moments& out);
void gelu_moments(const MomentInput& input, Moments& out);

/// ab − cd to two units in the last place however much cancels (Kahan; Jeannerod, Louvet & Muller, Math. Comp. 82, 2245 (2013)).
inline double difference_of_products(double a, double b, double c, double d) {
  const double cd = c * d;
  return std::fma(a, b, -cd) + std::fma(-c, d, cd);
}

/// Calls kernel.single(k, neuron_k) for every neuron and kernel.pair(k, neuron_k, l, neuron_l) once for every k > l, where neuron_k is
/// kernel.neuron(k): what depends on one neuron alone. These are kept on the stack for a tile of rows, so any K goes without a heap.
template <class Kernel>
void for_each_pair(Eigen::Index hidden, const Kernel& kernel) {
  using Neuron = typename Kernel::Neuron;
  constexpr Eigen::Index kTile = std::clamp<Eigen::Index>((256 << 10) / sizeof(Neuron), 4, 64);
  std::array<Neuron, kTile> tile;
  Neuron earlier;
  for (Eigen::Index first = 0; first < hidden; first += kTile) {
    const Eigen::Index last = std::min(first + kTile, hidden);
    for (Eigen::Index k = first; k < last; ++k) {
      Neuron& own = tile[static_cast<std::size_t>(k - first)];
      own = kernel.neuron(k);
      kernel.single(k, own);
    }
    for (Eigen::Index l = 0; l + 1 < last; ++l) {
      if (l < first) earlier = kernel.neuron(l);
      const Neuron& other = l < first ? earlier : tile[static_cast<std::size_t>(l - first)];
      for (Eigen::Index k = std::max(first, l + 1); k < last; ++k) kernel.pair(k, tile[static_cast<std::size_t>(k - first)], l, other);
    }
  }
}

}  // namespace aesweep
