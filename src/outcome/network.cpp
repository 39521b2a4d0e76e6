#include "aesweep/outcome/network.hpp"

namespace aesweep {

bool Weights::finite() const { return encoder.allFinite() && decoder.allFinite() && bias.allFinite(); }

Weights weights_from(const Start& start) { return {start.encoder, start.decoder, start.bias}; }

}  // namespace aesweep
