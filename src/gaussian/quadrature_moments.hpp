#pragma once
#include "curves.hpp"
#include "moment_kernels.hpp"

namespace aesweep {

/// How fine the quadrature is. The rules err by about e^-exponent of the largest value met; nodes go as exponent × √Q for wide neurons and as
/// √exponent for narrow ones. Lattices of more than `capacity` nodes give way to Gauss–Legendre panels, whose cost does not grow with Q.
struct Resolution {
  double exponent = 43.0;
  int capacity = 768;  // at most 768
};

/// The moments of an activation that has no closed ones, by quadrature. Curve: one of curves.hpp. Does not allocate.
template <class Curve>
void quadrature_moments(const MomentInput& input, Moments& out, const Resolution& resolution = {});

}  // namespace aesweep
