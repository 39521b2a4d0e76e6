#include "moment_kernels.hpp"

namespace aesweep {

void linear_moments(const MomentInput& input, Moments& out) {
  const Eigen::Index hidden = input.hidden();
  if (input.needs_mean()) out.mean = input.bias;
  out.a.setOnes();
  for (Eigen::Index l = 0; l < hidden; ++l) {
    for (Eigen::Index k = l; k < hidden; ++k) out.S(k, l) = out.S(l, k) = input.cov(k, l) + input.bias[k] * input.bias[l];
  }
  if (!input.needs_flow()) return;
  out.c3.setZero();
  out.G.setOnes();
  out.H.setZero();
  if (!input.needs_bias()) return;
  out.c1.setZero();
  for (Eigen::Index l = 0; l < hidden; ++l) out.P.col(l).setConstant(input.bias[l]);
}

}  // namespace aesweep
