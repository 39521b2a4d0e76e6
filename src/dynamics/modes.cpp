#include "aesweep/dynamics/modes.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cassert>
#include <vector>

namespace aesweep {
namespace {

/// Modes first..first+count of the start go to `kept` modes of the result: as they are, or as the LQ factor.
struct Piece {
  double rho_hat;
  Eigen::Index first, count, kept;
};

std::vector<Piece> pieces(const Spectrum& spectrum, Eigen::Index hidden, Eigen::Index followed) {
  std::vector<Piece> result;
  Eigen::Index first = 0;
  for (const auto& block : spectrum.blocks()) {
    const Eigen::Index single = std::clamp(followed - first, Eigen::Index{0}, block.count);
    const Eigen::Index rest = block.count - single;
    if (single > 0) result.push_back({block.rho_hat, first, single, single});
    if (rest > 0) result.push_back({block.rho_hat, first + single, rest, std::min(rest, 2 * hidden)});
    first += block.count;
  }
  return result;
}

/// L of [W; V̂] = L Qᵀ, shape (2K, 2K), from the QR decomposition of the transpose.
Eigen::MatrixXd lower_factor(const Weights& start, Eigen::Index first, Eigen::Index count) {
  const Eigen::Index hidden = start.hidden();
  Eigen::MatrixXd rows(count, 2 * hidden);
  rows.leftCols(hidden) = start.encoder.middleCols(first, count).transpose();
  rows.rightCols(hidden) = start.decoder.middleCols(first, count).transpose();
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(rows);
  return qr.matrixQR().topRows(2 * hidden).triangularView<Eigen::Upper>().transpose();
}

}  // namespace

Modes compress(const Spectrum& spectrum, const Weights& start, Eigen::Index followed) {
  assert(start.modes() == spectrum.dimension() && followed <= spectrum.dimension());
  const Eigen::Index hidden = start.hidden();
  const auto plan = pieces(spectrum, hidden, followed);
  Eigen::Index n = 0;
  for (const auto& piece : plan) n += piece.kept;

  Modes modes{Eigen::VectorXd(n), {RowMatrix(hidden, n), RowMatrix(hidden, n), start.bias}};
  Eigen::Index at = 0;
  for (const auto& piece : plan) {
    modes.rho_hat.segment(at, piece.kept).setConstant(piece.rho_hat);
    if (piece.kept == piece.count) {
      modes.weights.encoder.middleCols(at, piece.kept) = start.encoder.middleCols(piece.first, piece.count);
      modes.weights.decoder.middleCols(at, piece.kept) = start.decoder.middleCols(piece.first, piece.count);
    } else {
      const Eigen::MatrixXd factor = lower_factor(start, piece.first, piece.count);
      modes.weights.encoder.middleCols(at, piece.kept) = factor.topRows(hidden);
      modes.weights.decoder.middleCols(at, piece.kept) = factor.bottomRows(hidden);
    }
    at += piece.kept;
  }
  return modes;
}

}  // namespace aesweep
