#pragma once
#include "curves.hpp"
#include "lattice.hpp"
#include "moment_kernels.hpp"

namespace aesweep {

/// How fine the lattices are: they err by less than 0.3 exponent³ e^-exponent (the third power from the order of the poles of g'g'), and have
/// about exponent × √Q nodes for wide neurons, √exponent for narrow ones. Lattices of more than `capacity` nodes give way to Gauss–Legendre
/// panels, whose cost does not grow with Q.
struct Resolution {
  double exponent = 44.0;
  int capacity = kLatticeCapacity;  // at most that; 1: panels always
};

/// The moments of an activation that has no closed ones, by quadrature. Curve: one of curves.hpp. Does not allocate.
template <class Curve>
void quadrature_moments(const MomentInput& input, Moments& out, const Resolution& resolution = {});

}  // namespace aesweep
