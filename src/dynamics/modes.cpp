#include "aesweep/dynamics/modes.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cassert>
#include <functional>
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

Modes compress(const Spectrum& spectrum, const Weights& start, Eigen::Index followed, std::shared_ptr<const GaussianMixture> mixture) {
  if (mixture) followed = std::max(followed, mixture->leading());
  assert(start.modes() == spectrum.dimension() && followed <= spectrum.dimension());
  const Eigen::Index hidden = start.hidden();
  const auto plan = pieces(spectrum, hidden, followed);
  Eigen::Index n = 0;
  for (const auto& piece : plan) n += piece.kept;

  Modes modes{{Eigen::VectorXd(n), spectrum.total(), 0, std::move(mixture)}, {RowMatrix(hidden, n), RowMatrix(hidden, n), start.bias}};
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

Modes infinite_modes(std::span<const double> spikes, double bulk, const Weights& leading, double encoder_std, double decoder_std,
                     const Latent& latent) {
  const auto count = static_cast<Eigen::Index>(spikes.size());
  const Eigen::Index hidden = leading.hidden(), single = leading.modes(), n = single + 2 * hidden;
  assert(single >= count);
  Eigen::VectorXd rho_hat = Eigen::VectorXd::Zero(n);
  std::copy(spikes.begin(), spikes.end(), rho_hat.begin());
  std::sort(rho_hat.begin(), rho_hat.begin() + count, std::greater());
  const double total = rho_hat.sum() + bulk;
  rho_hat.tail(hidden).setConstant(bulk);
  Modes modes{{rho_hat, total, hidden, latent_mixture(latent, spikes, 0.0)}, {RowMatrix::Zero(hidden, n), RowMatrix::Zero(hidden, n), leading.bias}};
  modes.weights.encoder.leftCols(single) = leading.encoder;
  modes.weights.decoder.leftCols(single) = leading.decoder;
  modes.weights.decoder.middleCols(single, hidden).diagonal().setConstant(decoder_std);
  modes.weights.encoder.rightCols(hidden).diagonal().setConstant(encoder_std);
  return modes;
}

}  // namespace aesweep
