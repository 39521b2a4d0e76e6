#include <limits>

#include "aesweep/outcome/judge.hpp"

namespace aesweep {
namespace {

class PopulationJudge final : public Judge {
 public:
  PopulationJudge(Activation activation, Eigen::Index hidden, const Eigen::VectorXd& rho_hat, double total, double noise)
      : activation_(activation), rho_hat_(rho_hat), seen_(rho_hat.array() + noise), total_(total), scaled_(hidden, rho_hat.size()),
        Q_(hidden, hidden), T0_(hidden, hidden), product_(hidden), moments_(hidden) {}

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
    gaussian_moments(activation_, weights.bias, Q_, MomentSet::judge, moments_);
    double overlap = 0.0;  // Σ_k a_k R_kk
    for (Eigen::Index k = 0; k < W.rows(); ++k)
      overlap += moments_.a[k] * (V.row(k).array() * rho_hat_.transpose().array() * W.row(k).array()).sum();
    for (std::size_t m = 0; m < explained.size(); ++m) explained[m] = explained_variance(W, V, static_cast<Eigen::Index>(m));
    return 0.5 * (total_ + T0_.cwiseProduct(moments_.S).sum() - 2.0 * overlap);
  }

 private:
  double explained_variance(const RowMatrix& W, const RowMatrix& V, Eigen::Index m) {
    if (!(rho_hat_[m] > 0.0)) return std::numeric_limits<double>::quiet_NaN();
    product_.noalias() = moments_.S * V.col(m);
    const double gain = (V.col(m).array() * moments_.a.array() * W.col(m).array()).sum();
    return 2.0 * gain - V.col(m).dot(product_) / rho_hat_[m];
  }

  Activation activation_;
  Eigen::VectorXd rho_hat_, seen_;
  double total_;
  RowMatrix scaled_;
  Eigen::MatrixXd Q_, T0_;
  Eigen::VectorXd product_;
  Moments moments_;
};

}  // namespace

std::unique_ptr<Judge> population_judge(Activation activation, Eigen::Index hidden, const Eigen::VectorXd& rho_hat, double total, double noise) {
  return std::make_unique<PopulationJudge>(activation, hidden, rho_hat, total, noise);
}

}  // namespace aesweep
