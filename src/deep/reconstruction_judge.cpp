#include "aesweep/deep/reconstruction_judge.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "exceptional_set.hpp"
#include "reconstruction_probe.hpp"
#include "supremum_search.hpp"
#include "test_set.hpp"

namespace aesweep {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kCurvePoints = 4096, kSurfacePoints = 10946;

}  // namespace

class ReconstructionJudge::Implementation {
 public:
  Implementation(std::shared_ptr<const Manifold> manifold, Eigen::MatrixXd isometry, int latents, std::vector<double> quantiles,
                 std::vector<double> epsilons, int test_points)
      : manifold_(std::move(manifold)),
        isometry_(std::move(isometry)),
        quantiles_(std::move(quantiles)),
        epsilons_(std::move(epsilons)),
        set_(make_test_set(*manifold_, test_points)),
        probe_(*manifold_, isometry_, latents, set_.places.size()),
        search_(*manifold_, set_, isometry_, latents),
        exceptional_(*manifold_, set_, isometry_, latents, epsilons_),
        sorted_(set_.places.size()) {
    assert(isometry_.cols() == manifold_->facts().ambient);
    outcome_.explained.resize(static_cast<std::size_t>(isometry_.cols()));
    outcome_.quantile.resize(quantiles_.size());
    outcome_.exceptional.resize(epsilons_.size());
    outcome_.pieces.resize(epsilons_.size());
    outcome_.cuts.resize(epsilons_.size());
    outcome_.latent_low.resize(static_cast<std::size_t>(latents));
    outcome_.latent_high.resize(static_cast<std::size_t>(latents));
  }

  const ReconstructionOutcome& measure(const Reconstruct& map) {
    probe_.look(map, set_.places);
    const auto is_finite = [](double x) { return std::isfinite(x); };
    if (!std::ranges::all_of(probe_.distances(), is_finite) || !std::ranges::all_of(probe_.latents(), is_finite)) return nothing();
    average();
    order();
    const Visit worst = search_.run(map, probe_);
    outcome_.supremum = worst.distance;
    outcome_.worst = worst.place;
    exceptional_.measure(map, probe_, search_.visits(), outcome_);
    return outcome_;
  }

  const ReconstructionProbe& probe() const { return probe_; }
  const TestSet& set() const { return set_; }

 private:
  const ReconstructionOutcome& nothing() {
    outcome_.pmse = outcome_.supremum = kNaN;
    outcome_.worst = {};
    for (auto* values : {&outcome_.explained, &outcome_.quantile, &outcome_.exceptional, &outcome_.latent_low, &outcome_.latent_high})
      std::ranges::fill(*values, kNaN);
    std::ranges::fill(outcome_.pieces, -1);
    std::ranges::fill(outcome_.cuts, -1);
    return outcome_;
  }

  /// pmse, explained variance, range of the latents.
  void average() {
    const Eigen::Index n = isometry_.rows(), count = static_cast<Eigen::Index>(set_.places.size());
    const Eigen::Index k = static_cast<Eigen::Index>(outcome_.latent_low.size());
    using Rows = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>>;   // a point is a column
    const Rows x(probe_.points().data(), n, count), reconstructed(probe_.reconstructions().data(), n, count), codes(probe_.latents().data(), k, count);
    double sum = 0.0;
    for (const double distance : probe_.distances()) sum += distance * distance;
    outcome_.pmse = 0.5 * sum / static_cast<double>(count);
    for (Eigen::Index m = 0; m < isometry_.cols(); ++m) {
      double error = 0.0, variance = 0.0;
      for (Eigen::Index i = 0; i < count; ++i) {
        const double along = isometry_.col(m).dot(x.col(i)), off = isometry_.col(m).dot(reconstructed.col(i)) - along;
        error += off * off;
        variance += along * along;
      }
      outcome_.explained[static_cast<std::size_t>(m)] = 1.0 - error / variance;
    }
    for (Eigen::Index j = 0; j < k; ++j) {
      outcome_.latent_low[static_cast<std::size_t>(j)] = codes.row(j).minCoeff();
      outcome_.latent_high[static_cast<std::size_t>(j)] = codes.row(j).maxCoeff();
    }
  }

  /// Quantile q of P distances: number ⌈qP⌉ in ascending order, from 1.
  void order() {
    std::ranges::copy(probe_.distances(), sorted_.begin());
    std::ranges::sort(sorted_);
    for (std::size_t q = 0; q < quantiles_.size(); ++q) {
      const auto place = static_cast<std::size_t>(std::ceil(quantiles_[q] * static_cast<double>(sorted_.size())));
      outcome_.quantile[q] = sorted_[std::clamp<std::size_t>(place, 1, sorted_.size()) - 1];
    }
  }

  std::shared_ptr<const Manifold> manifold_;
  Eigen::MatrixXd isometry_;
  std::vector<double> quantiles_, epsilons_;
  TestSet set_;
  ReconstructionProbe probe_;
  SupremumSearch search_;
  ExceptionalSet exceptional_;
  std::vector<double> sorted_;
  ReconstructionOutcome outcome_;
};

ReconstructionJudge::ReconstructionJudge(std::shared_ptr<const Manifold> manifold, Eigen::MatrixXd isometry, int latents,
                                         std::vector<double> quantiles, std::vector<double> epsilons, int test_points) {
  if (test_points == 0) test_points = manifold->facts().dimension == 1 ? kCurvePoints : kSurfacePoints;
  implementation_ = std::make_unique<Implementation>(std::move(manifold), std::move(isometry), latents, std::move(quantiles), std::move(epsilons),
                                                     test_points);
}
ReconstructionJudge::~ReconstructionJudge() = default;

const ReconstructionOutcome& ReconstructionJudge::measure(const Reconstruct& map) { return implementation_->measure(map); }
std::span<const ChartPlace> ReconstructionJudge::places() const { return implementation_->set().places; }
std::span<const double> ReconstructionJudge::points() const { return implementation_->probe().points(); }
std::span<const double> ReconstructionJudge::reconstructions() const { return implementation_->probe().reconstructions(); }
std::span<const double> ReconstructionJudge::latents() const { return implementation_->probe().latents(); }
double ReconstructionJudge::spacing() const { return implementation_->set().spacing; }

}  // namespace aesweep
