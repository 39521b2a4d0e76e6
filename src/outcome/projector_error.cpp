#include <Eigen/QR>

#include "aesweep/outcome/judge.hpp"

namespace aesweep {

double projector_error(const RowMatrix& encoder, const Eigen::VectorXd& rho_hat, double total) {
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(encoder.transpose());
  const Eigen::MatrixXd basis = qr.householderQ() * Eigen::MatrixXd::Identity(encoder.cols(), qr.rank());
  return 0.5 * (total - (rho_hat.asDiagonal() * basis.cwiseAbs2()).sum());
}

double alignment_error(const RowMatrix& encoder, const Eigen::VectorXd& rho_hat, double total) {
  double sum = 0.0;
  for (Eigen::Index k = 0; k < encoder.rows(); ++k) sum += projector_error(encoder.row(k), rho_hat, total);
  return sum / static_cast<double>(encoder.rows());
}

}  // namespace aesweep
