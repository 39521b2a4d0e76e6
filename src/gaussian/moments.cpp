#include "aesweep/gaussian/moments.hpp"

#include <cassert>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "moment_kernels.hpp"
#include "quadrature_moments.hpp"

namespace aesweep {
namespace {

bool is_valid(const MomentInput& input) {
  bool valid = true;
  for (Eigen::Index l = 0; l < input.hidden(); ++l) {
    valid &= std::isfinite(input.bias[l]) && input.cov(l, l) >= 0.0;
    for (Eigen::Index k = l; k < input.hidden(); ++k) valid &= std::isfinite(input.cov(k, l));
  }
  return valid;
}

[[noreturn]] void refuse(double value, const char* fault, const char* array, Eigen::Index k, Eigen::Index l = -1) {
  std::ostringstream message;
  message << "gaussian_moments: " << array << '(' << k;
  if (l >= 0) message << ", " << l;
  message << ") = " << value << ' ' << fault;
  throw std::domain_error(message.str());
}

[[noreturn]] void report_invalid(const MomentInput& input) {
  for (Eigen::Index l = 0; l < input.hidden(); ++l) {
    if (!std::isfinite(input.bias[l])) refuse(input.bias[l], "is not finite", "bias", l);
    for (Eigen::Index k = l; k < input.hidden(); ++k) {
      if (!std::isfinite(input.cov(k, l))) refuse(input.cov(k, l), "is not finite", "cov", k, l);
    }
    if (input.cov(l, l) < 0.0) refuse(input.cov(l, l), "is a negative variance", "cov", l, l);
  }
  throw std::logic_error("gaussian_moments: no invalid entry found");
}

}  // namespace

Moments::Moments(Eigen::Index hidden)
    : mean(Eigen::VectorXd::Zero(hidden)),
      a(mean),
      c1(a),
      c3(a),
      S(Eigen::MatrixXd::Zero(hidden, hidden)),
      G(S),
      H(S),
      P(S) {}

void gaussian_moments(Activation activation, const Eigen::Ref<const Eigen::VectorXd>& bias, const Eigen::Ref<const Eigen::MatrixXd>& cov,
                      MomentSet wanted, Moments& out) {
  assert(cov.rows() == bias.size() && cov.cols() == bias.size() && out.a.size() == bias.size());
  const MomentInput input{bias, cov, wanted};
  if (!is_valid(input)) report_invalid(input);
  switch (activation) {
    case Activation::linear: return linear_moments(input, out);
    case Activation::erf: return erf_moments(input, out);
    case Activation::relu: return relu_moments(input, out);
    case Activation::tanh: return quadrature_moments<TanhCurve>(input, out);
    case Activation::sigmoid: return quadrature_moments<SigmoidCurve>(input, out);
    case Activation::gelu: return gelu_moments(input, out);
    case Activation::softplus: return quadrature_moments<SoftplusCurve>(input, out);
    case Activation::silu: return quadrature_moments<SiluCurve>(input, out);
    case Activation::leaky_relu: return leaky_relu_moments(input, out);
  }
  assert(false && "not an activation");
}

}  // namespace aesweep
