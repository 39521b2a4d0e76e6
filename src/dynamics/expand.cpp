#include "aesweep/dynamics/expand.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cassert>

namespace aesweep {
namespace {

/// Qᵀ of [W; V̂] = L Qᵀ over a block of the start, shape (2K, count).
Eigen::MatrixXd row_basis(const Weights& start, Eigen::Index first, Eigen::Index count) {
  const Eigen::Index hidden = start.hidden();
  Eigen::MatrixXd rows(count, 2 * hidden);
  rows.leftCols(hidden) = start.encoder.middleCols(first, count).transpose();
  rows.rightCols(hidden) = start.decoder.middleCols(first, count).transpose();
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(rows);
  const Eigen::MatrixXd basis = qr.householderQ() * Eigen::MatrixXd::Identity(count, 2 * hidden);
  return basis.transpose();
}

}  // namespace

Weights expand(const Spectrum& spectrum, const Weights& start, Eigen::Index followed, const Weights& weights) {
  const Eigen::Index hidden = start.hidden(), dimension = spectrum.dimension();
  assert(start.modes() == dimension);
  Weights full{RowMatrix(hidden, dimension), RowMatrix(hidden, dimension), weights.bias};
  Eigen::Index at = 0, from = 0;   // in all modes, in the flow's
  const auto copy = [&](Eigen::Index count) {
    full.encoder.middleCols(at, count) = weights.encoder.middleCols(from, count);
    full.decoder.middleCols(at, count) = weights.decoder.middleCols(from, count);
    at += count;
    from += count;
  };
  for (const auto& block : spectrum.blocks()) {
    const Eigen::Index single = std::clamp(followed - at, Eigen::Index{0}, block.count), rest = block.count - single;
    copy(single);
    if (rest <= 2 * hidden) {
      copy(rest);
      continue;
    }
    const Eigen::MatrixXd basis = row_basis(start, at, rest);
    full.encoder.middleCols(at, rest).noalias() = weights.encoder.middleCols(from, 2 * hidden) * basis;
    full.decoder.middleCols(at, rest).noalias() = weights.decoder.middleCols(from, 2 * hidden) * basis;
    at += rest;
    from += 2 * hidden;
  }
  assert(from == weights.modes());
  return full;
}

}  // namespace aesweep
