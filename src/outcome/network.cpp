#include "aesweep/outcome/network.hpp"

namespace aesweep {

bool Weights::finite() const { return encoder.allFinite() && decoder.allFinite() && bias.allFinite(); }

bool is_pca_rule(RuleKind kind) { return kind == RuleKind::hebb || kind == RuleKind::oja || kind == RuleKind::sanger; }

void imply_decoder(const LearningRule& rule, Weights& weights) {
  if (is_pca_rule(rule.kind)) {
    weights.decoder = weights.encoder;
  } else if (rule.tying != Tying::none) {
    weights.decoder = rule.decoder_scale * weights.encoder;
  }
}

Weights weights_from(const Start& start) { return {start.encoder, start.decoder, start.bias}; }

}  // namespace aesweep
