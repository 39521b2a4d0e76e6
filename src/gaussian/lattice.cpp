#include "lattice.hpp"

#include "curves.hpp"

namespace aesweep {
namespace {

/// factor *= exp(−½u²).
void multiply_by_gaussian(Line& factor, const Line& u) {
  const auto size = static_cast<int>(u.size());
  double* factors = factor.data();
  const double* values = u.data();
  for (int i = 0; i < size; ++i) factors[i] *= decay(0.5 * values[i] * values[i]).exp;
}

void replace_by_decay(Line& magnitude) {
  const auto size = static_cast<int>(magnitude.size());
  double* values = magnitude.data();
  for (int i = 0; i < size; ++i) values[i] = decay(values[i]).exp;
}

}  // namespace

void fill_normal_weights(Line& line, double h, int centre) {
  const auto size = static_cast<int>(line.size());
  const double factor = h * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  double* values = line.data();
  for (int i = 0; i < size; ++i) {
    const double u = h * (i - centre);
    values[i] = factor * decay(0.5 * u * u).exp;
  }
}

void InnerLattice::set_centres(double r, const Line& u, Line& weight) {
  const Line position = u * (r / step_);
  pivot_ = position.ceil().min(samples_.half).max(-samples_.half);
  extent_ = (kReach * kReach - u.square()).max(0.0).sqrt() / ratio_ + 1.0;
  t_ = (pivot_ - position).max(0.0) * ratio_;  // θ
  multiply_by_gaussian(weight, t_);
  t_ = t_ * ratio_;
  replace_by_decay(t_);
}

}  // namespace aesweep
