#include <algorithm>
#include <limits>
#include <optional>

#include "aesweep/outcome/judge.hpp"
#include "aesweep/outcome/mixture_averages.hpp"

namespace aesweep {
namespace {

/// The averages over the inputs that pmse and R² rest on: S, and on each mode the gain Σ_k V̂_km E[x̌_m g_k], of which the error has the sum.
class PopulationJudge final : public Judge {
 public:
  PopulationJudge(Activation activation, Eigen::Index hidden, const Population& population, double noise)
      : activation_(activation), population_(population), seen_(population.rho_hat.array() + noise), scaled_(hidden, population.rho_hat.size()),
        Q_(hidden, hidden), T0_(hidden, hidden), product_(hidden), moments_(hidden) {
    if (population.mixture) mixture_.emplace(activation, hidden, population, noise);
  }

  double measure(const Weights& weights, std::span<double> explained) override {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    std::fill(explained.begin(), explained.end(), nan);
    if (!weights.finite()) return nan;
    const auto& W = weights.encoder;
    const auto& V = weights.decoder;
    scaled_.noalias() = W * seen_.asDiagonal();
    Q_.noalias() = scaled_ * W.transpose();
    if (!Q_.allFinite()) return nan;
    T0_.noalias() = V * V.transpose();
    double overlap = 0.0;  // Σ_k E[g_k V̂_k·x̌]
    if (mixture_) {
      mixture_->judge(W, weights.bias);
      overlap = mixture_overlap(W, V);
    } else {
      gaussian_moments(activation_, weights.bias, Q_, MomentSet::judge, moments_);
      for (Eigen::Index k = 0; k < W.rows(); ++k)
        overlap += moments_.a[k] * (V.row(k).array() * population_.rho_hat.transpose().array() * W.row(k).array()).sum();
    }
    const auto modes = static_cast<std::size_t>(population_.moving());
    for (std::size_t m = 0; m < std::min(modes, explained.size()); ++m) explained[m] = explained_variance(W, V, static_cast<Eigen::Index>(m));
    const auto& S = mixture_ ? mixture_->S : moments_.S;
    return 0.5 * (population_.total + T0_.cwiseProduct(S).sum() - 2.0 * overlap);
  }

 private:
  double mixture_overlap(const RowMatrix& W, const RowMatrix& V) const {
    const Eigen::Index m = mixture_->value_mean.cols(), rest = W.cols() - m;
    double overlap = V.leftCols(m).cwiseProduct(mixture_->value_mean + mixture_->slope_spread.cwiseProduct(W.leftCols(m))).sum();
    const auto rho = population_.rho_hat.tail(rest).transpose().array();
    for (Eigen::Index k = 0; k < W.rows(); ++k)
      overlap += mixture_->slope[k] * (V.row(k).tail(rest).array() * rho * W.row(k).tail(rest).array()).sum();
    return overlap;
  }

  double explained_variance(const RowMatrix& W, const RowMatrix& V, Eigen::Index m) {
    const double rho_hat = population_.rho_hat[m];
    if (!(rho_hat > 0.0)) return std::numeric_limits<double>::quiet_NaN();
    product_.noalias() = (mixture_ ? mixture_->S : moments_.S) * V.col(m);
    double gain = 0.0;
    if (mixture_ && m < mixture_->value_mean.cols()) {
      gain = V.col(m).dot(mixture_->value_mean.col(m) + mixture_->slope_spread.col(m).cwiseProduct(W.col(m))) / rho_hat;
    } else {
      gain = (V.col(m).array() * (mixture_ ? mixture_->slope : moments_.a).array() * W.col(m).array()).sum();
    }
    return 2.0 * gain - V.col(m).dot(product_) / rho_hat;
  }

  Activation activation_;
  Population population_;
  Eigen::VectorXd seen_;   // ρ̂ + ŝ²
  RowMatrix scaled_;
  Eigen::MatrixXd Q_, T0_;
  Eigen::VectorXd product_;
  Moments moments_;
  std::optional<MixtureAverages> mixture_;
};

}  // namespace

std::unique_ptr<Judge> population_judge(Activation activation, Eigen::Index hidden, const Population& population, double noise) {
  return std::make_unique<PopulationJudge>(activation, hidden, population, noise);
}

}  // namespace aesweep
