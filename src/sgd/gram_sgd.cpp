#include "aesweep/sgd/gram_sgd.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <stdexcept>
#include <string>

#include "gram_group.hpp"

namespace aesweep {
namespace {

int vectors_per_sample(const LearningRule& rule) { return rule.noise > 0.0 ? 2 : 1; }

void check(const LearningRule& rule, const GramInputs& inputs, const std::vector<Weights>& starts, const std::vector<RandomStream>& streams) {
  if (starts.empty() || starts.size() != streams.size()) throw std::invalid_argument("Gram process: needs one stream a replica");
  if (rule.kind == RuleKind::normalised_hebb && rule.norm_power != 2.0)
    throw std::invalid_argument("Gram process: rows of p-norm one only for p = 2, since other norms need all D coordinates; use vector SGD");
  const Eigen::Index hidden = starts[0].hidden(), tracked = static_cast<Eigen::Index>(inputs.tracked.size());
  for (const auto& start : starts)
    if (start.hidden() != hidden || start.modes() != tracked + GramSgd::bulk_axes(rule, hidden) || start.decoder.rows() != hidden ||
        start.decoder.cols() != start.modes() || start.bias.size() != hidden)
      throw std::invalid_argument("Gram process: a start's shape is not that of the tracked axes and the rows' own");
  const double least = GramSgd::smallest_dimension(rule, hidden, tracked);
  if (!(inputs.dimension >= least))
    throw std::invalid_argument("Gram process: needs D >= " + std::to_string(static_cast<std::int64_t>(least)) + " for this network; use vector SGD");
}

/// The same Gram matrix by lower-triangular bulk rows.
void make_triangular(const GramPlan& plan, Weights& weights) {
  const Eigen::Index K = plan.hidden, m = plan.rows;
  Eigen::MatrixXd rows(m, m);
  rows.topRows(K) = weights.encoder.rightCols(m);
  if (plan.decoder > 0) rows.bottomRows(K) = weights.decoder.rightCols(m);
  if (rows.triangularView<Eigen::StrictlyUpper>().toDenseMatrix().isZero(0.0)) return;
  const Eigen::HouseholderQR<Eigen::MatrixXd> factored(rows.transpose());
  rows = factored.matrixQR().triangularView<Eigen::Upper>().transpose();
  weights.encoder.rightCols(m) = rows.topRows(K);
  if (plan.decoder > 0) weights.decoder.rightCols(m) = rows.bottomRows(K);
}

}  // namespace

struct GramSgd::Groups {
  std::vector<GramGroup> members;
  std::size_t replicas;
  std::uint64_t steps, epoch;
};

int GramSgd::group() { return lanes::kLanes; }

Eigen::Index GramSgd::bulk_axes(const LearningRule& rule, Eigen::Index hidden) {
  return is_pca_rule(rule.kind) || rule.tying != Tying::none ? hidden : 2 * hidden;
}

int GramSgd::block(const LearningRule&, Eigen::Index hidden, Eigen::Index) { return hidden < 4 ? 4 : 8; }

double GramSgd::smallest_dimension(const LearningRule& rule, Eigen::Index hidden, Eigen::Index tracked) {
  return static_cast<double>(tracked + bulk_axes(rule, hidden) + vectors_per_sample(rule) * block(rule, hidden, tracked));
}

GramSgd::GramSgd(const LearningRule& rule, const GramInputs& inputs, const std::vector<Weights>& starts, const std::vector<RandomStream>& streams,
                 std::uint64_t steps) {
  check(rule, inputs, starts, streams);
  const Eigen::Index hidden = starts[0].hidden();
  const GramPlan plan(rule, inputs, static_cast<int>(hidden), block(rule, hidden, static_cast<Eigen::Index>(inputs.tracked.size())));
  groups_ = std::make_unique<Groups>(Groups{{}, starts.size(), steps, static_cast<std::uint64_t>(plan.block) * kGramBlocksInEpoch});
  auto triangular = starts;
  for (auto& start : triangular) make_triangular(plan, start);
  for (std::size_t first = 0; first < starts.size(); first += lanes::kLanes) {
    std::vector<const Weights*> own;
    std::vector<RandomStream> streams_of_group;
    for (std::size_t lane = 0; lane < lanes::kLanes; ++lane) {   // idle lanes run copies of the last replica
      const std::size_t replica = std::min(first + lane, starts.size() - 1);
      own.push_back(&triangular[replica]);
      streams_of_group.push_back(streams[replica]);
    }
    groups_->members.emplace_back(plan, own, streams_of_group);
  }
}

GramSgd::GramSgd(GramSgd&&) noexcept = default;
GramSgd& GramSgd::operator=(GramSgd&&) noexcept = default;
GramSgd::~GramSgd() = default;

void GramSgd::advance(std::uint64_t target) {
  for (auto& group : groups_->members) group.advance(groups_->steps, target);
  groups_->steps = std::max(groups_->steps, target);
}

std::uint64_t GramSgd::epoch() const { return groups_->epoch; }
std::uint64_t GramSgd::steps() const { return groups_->steps; }
std::size_t GramSgd::replicas() const { return groups_->replicas; }

Weights GramSgd::weights(std::size_t replica) const {
  return groups_->members[replica / lanes::kLanes].weights(static_cast<int>(replica % lanes::kLanes));
}

}  // namespace aesweep
