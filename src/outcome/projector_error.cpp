#include <Eigen/QR>

#include "aesweep/outcome/judge.hpp"

namespace aesweep {

double projector_error(const RowMatrix& encoder, const Eigen::VectorXd& rho_hat, double total) {
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(encoder.transpose());
  const Eigen::MatrixXd basis = qr.householderQ() * Eigen::MatrixXd::Identity(encoder.cols(), qr.rank());
  return 0.5 * (total - (rho_hat.asDiagonal() * basis.cwiseAbs2()).sum());
}

}  // namespace aesweep
