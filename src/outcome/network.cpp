#include "aesweep/outcome/network.hpp"

namespace aesweep {

bool Weights::finite() const { return encoder.allFinite() && decoder.allFinite() && bias.allFinite(); }

bool is_pca_rule(RuleKind kind) { return is_hebbian(kind) || kind == RuleKind::oja || kind == RuleKind::sanger; }

bool is_hebbian(RuleKind kind) { return kind == RuleKind::hebb || kind == RuleKind::normalised_hebb; }

void normalise(Eigen::Ref<Eigen::RowVectorXd> row, double power) {
  row /= row.cwiseAbs().maxCoeff();   // powers neither underflow nor overflow then
  row /= power == 2.0 ? row.norm() : std::pow(row.array().abs().pow(power).sum(), 1.0 / power);
}

void impose(const LearningRule& rule, Weights& weights) {
  if (rule.kind == RuleKind::normalised_hebb)
    for (Eigen::Index k = 0; k < weights.hidden(); ++k) normalise(weights.encoder.row(k), rule.norm_power);
  if (is_pca_rule(rule.kind)) {
    weights.decoder = weights.encoder;
  } else if (rule.tying != Tying::none) {
    weights.decoder = rule.decoder_scale * weights.encoder;
  }
}

Weights weights_from(const Start& start) { return {start.encoder, start.decoder, start.bias}; }

}  // namespace aesweep
