#include "aesweep/data/population.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <vector>

namespace aesweep {
namespace {

/// Gauss rules of this order, of which the nodes above kLeastWeight are kept, for M = 1, 2, 3, 4. Laplace latents, Gaussians of random variance,
/// leave smoother integrands than the half-normal.
constexpr std::array<Eigen::Index, 4> kLaplaceOrder{64, 24, 14, 8}, kNonnegativeOrder{128, 48, 16, 8};
constexpr double kLeastWeight = 1e-17;
/// Key of the fixed samples: the fractional part of the golden ratio.
constexpr std::uint64_t kSampleKey = 0x9e3779b97f4a7c15;

/// One coefficient as a discrete law: of c itself, or of the variance of a Gaussian c.
struct Axis {
  std::vector<double> point, weight;
};

/// Gauss rule of the given order for a density on [0, ∞) that falls at least as fast as e^{−z²/2}, by Lanczos tridiagonalisation of a discretised
/// density (the double-exponential trapezoidal rule, exact to rounding) and Golub & Welsch, Math. Comp. 23, 221 (1969).
Axis gauss_rule(Eigen::Index order, const std::function<double(double)>& density) {
  const Eigen::Index points = 641;
  Eigen::ArrayXd z(points), weight(points);
  for (Eigen::Index i = 0; i < points; ++i) {
    const double h = 1.0 / 64.0, s = h * static_cast<double>(i - 384);
    z[i] = std::exp(s - std::exp(-s));
    weight[i] = h * z[i] * (1.0 + std::exp(-s)) * density(z[i]);
  }
  Eigen::MatrixXd basis = Eigen::MatrixXd::Zero(points, order);
  Eigen::VectorXd next = (weight / weight.sum()).sqrt(), diagonal(order), off(order - 1);
  for (Eigen::Index j = 0; j < order; ++j) {
    basis.col(j) = next;
    next = (z * basis.col(j).array()).matrix();
    diagonal[j] = next.dot(basis.col(j));
    for (int pass = 0; pass < 2; ++pass) next -= basis.leftCols(j + 1) * (basis.leftCols(j + 1).transpose() * next);
    const double norm = next.norm();
    if (j + 1 < order) off[j] = norm;
    next /= norm;
  }
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, off);
  Axis axis;
  for (Eigen::Index j = 0; j < order; ++j) {
    const double root = solver.eigenvectors()(0, j);
    if (root * root < kLeastWeight) continue;
    axis.point.push_back(solver.eigenvalues()[j]);
    axis.weight.push_back(root * root);
  }
  return axis;
}

/// Whether a law is a mixture of centred Gaussians that differ in their variance, rather than of shifted ones of one variance.
bool mixes_variances(LatentLaw law) { return law == LatentLaw::laplace || law == LatentLaw::sparse; }

/// @param order  of the Gauss rule; 0: there is none, and the axis is empty.
Axis axis_of(const Latent& latent, Eigen::Index order) {
  switch (latent.law) {
    case LatentLaw::rademacher: return {{1.0, -1.0}, {0.5, 0.5}};
    case LatentLaw::mixture: return {{latent.separation, -latent.separation}, {0.5, 0.5}};
    case LatentLaw::sparse: return {{1.0 / latent.sparsity, 0.0}, {latent.sparsity, 1.0 - latent.sparsity}};
    case LatentLaw::laplace: {
      if (order == 0) return {};
      Axis axis = gauss_rule(order, [](double u) { return 2.0 * u * std::exp(-u * u); });
      for (double& u : axis.point) u *= u;   // the variance v = u² has the density e^{−v}
      return axis;
    }
    case LatentLaw::nonnegative: {
      if (order == 0) return {};
      Axis axis = gauss_rule(order, [](double z) { return 2.0 / std::sqrt(2.0 * std::numbers::pi) * std::exp(-0.5 * z * z); });
      for (double& z : axis.point) z = (z - std::sqrt(2.0 * std::numbers::inv_pi)) / std::sqrt(1.0 - 2.0 * std::numbers::inv_pi);
      return axis;
    }
    default: return {};
  }
}

/// A sample of c, or of its variances, with its weights.
struct Nodes {
  Eigen::MatrixXd point;    // shape (M, N)
  Eigen::VectorXd weight;   // shape (N)
};

Nodes tensor_product(const Axis& axis, Eigen::Index spikes, Eigen::Index count) {
  Nodes nodes{Eigen::MatrixXd(spikes, count), Eigen::VectorXd::Ones(count)};
  const auto each = static_cast<Eigen::Index>(axis.point.size());
  for (Eigen::Index i = 0; i < count; ++i) {
    for (Eigen::Index m = 0, digits = i; m < spikes; ++m, digits /= each) {
      const auto digit = static_cast<std::size_t>(digits % each);
      nodes.point(m, i) = axis.point[digit];
      nodes.weight[i] *= axis.weight[digit];
    }
  }
  nodes.weight /= nodes.weight.sum();
  return nodes;
}

void draw_variances(const Latent& latent, const RandomStream& stream, Eigen::MatrixXd& point) {
  std::vector<double> z(static_cast<std::size_t>(2 * point.rows()));
  for (Eigen::Index i = 0; i < point.cols(); ++i) {
    const auto step = static_cast<std::uint64_t>(i);
    if (latent.law == LatentLaw::laplace) {
      stream.normals(Purpose::latents, step, z);
    } else {
      draw_latents(latent, stream, step, 0, z);
    }
    for (Eigen::Index m = 0; m < point.rows(); ++m) {
      const auto first = static_cast<std::size_t>(2 * m);
      point(m, i) = latent.law == LatentLaw::laplace ? 0.5 * (z[first] * z[first] + z[first + 1] * z[first + 1]) : z[first] != 0.0 ? 1.0 : 0.0;
    }
  }
  for (Eigen::Index m = 0; m < point.rows(); ++m) {
    if (point.row(m).sum() == 0.0) point(m, m % point.cols()) = 1.0;   // so rare that no sample has it
    point.row(m) /= point.row(m).mean();
  }
}

void draw_means(const Latent& latent, const RandomStream& stream, Eigen::MatrixXd& point) {
  const Latent drawn = latent.law == LatentLaw::mixture ? Latent{LatentLaw::rademacher} : latent;
  for (Eigen::Index i = 0; i < point.cols(); ++i)
    draw_latents(drawn, stream, static_cast<std::uint64_t>(i), 0, {point.col(i).data(), static_cast<std::size_t>(point.rows())});
  if (drawn.law == LatentLaw::rademacher) point.rightCols(point.cols() / 2) = -point.leftCols(point.cols() / 2);
  point.colwise() -= point.rowwise().mean().eval();
  const Eigen::MatrixXd covariance = point * point.transpose() / static_cast<double>(point.cols());
  covariance.llt().matrixL().solveInPlace(point);
  if (latent.law == LatentLaw::mixture) point *= latent.separation;
}

Nodes samples(const Latent& latent, Eigen::Index spikes) {
  Nodes nodes{Eigen::MatrixXd(spikes, kMostNodes), Eigen::VectorXd::Constant(kMostNodes, 1.0 / static_cast<double>(kMostNodes))};
  const RandomStream stream(kSampleKey, 0);
  (mixes_variances(latent.law) ? draw_variances : draw_means)(latent, stream, nodes.point);
  return nodes;
}

Nodes nodes_of(const Latent& latent, Eigen::Index spikes, Eigen::Index order) {
  const double limit = order > 0 ? std::numeric_limits<double>::infinity() : static_cast<double>(kMostNodes);
  const auto& rules = latent.law == LatentLaw::laplace ? kLaplaceOrder : kNonnegativeOrder;
  if (order == 0 && spikes <= static_cast<Eigen::Index>(rules.size())) order = rules[static_cast<std::size_t>(spikes - 1)];
  const Axis axis = axis_of(latent, order);
  const double count = axis.point.empty() ? 2.0 * static_cast<double>(kMostNodes)
                                          : std::pow(static_cast<double>(axis.point.size()), static_cast<double>(spikes));
  if (count <= limit) return tensor_product(axis, spikes, static_cast<Eigen::Index>(std::lround(count)));
  return samples(latent, spikes);
}

}  // namespace

std::shared_ptr<const GaussianMixture> latent_mixture(const Latent& latent, std::span<const double> spikes, double floor, Eigen::Index order) {
  if (latent.law == LatentLaw::gaussian || spikes.empty()) return nullptr;
  Eigen::VectorXd theta = Eigen::Map<const Eigen::VectorXd>(spikes.data(), static_cast<Eigen::Index>(spikes.size()));
  std::sort(theta.begin(), theta.end(), std::greater());
  Nodes nodes = nodes_of(latent, theta.size(), order);
  auto mixture = std::make_shared<GaussianMixture>();
  mixture->weight = std::move(nodes.weight);
  if (mixes_variances(latent.law)) {
    mixture->mean = Eigen::MatrixXd::Zero(theta.size(), mixture->nodes());
    mixture->spread = (theta.asDiagonal() * nodes.point).array() + floor;
  } else {
    mixture->mean = theta.cwiseSqrt().asDiagonal() * nodes.point;
    const double rest = latent.law == LatentLaw::mixture ? 1.0 - latent.separation * latent.separation : 0.0;
    mixture->spread = (rest * theta).array() + floor;
  }
  return mixture;
}

}  // namespace aesweep
